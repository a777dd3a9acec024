using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Formats.Avro.Columns;
using StreamForge.Formats.Compression;
using StreamForge.Formats.DataFiles;
using StreamForge.Formats.Parquet;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Embedded.Sinks.Iceberg;

/// <summary>What a table's files look like.</summary>
/// <param name="DataLocation">Where they go, ending in a slash.</param>
/// <param name="Columns">The columns of each file, in the order of the rows.</param>
/// <param name="Format">parquet or avro.</param>
internal sealed record TableLayout(string DataLocation, TableSchema Schema, PartitionSpec Spec, ImmutableArray<DataFileColumn> Columns, string Format);

/// <summary>A data file that is durable under its name.</summary>
internal sealed record FinishedFile(string Location, PartitionKey Partition, DataFileMetrics Metrics);

/// <summary>
/// Spreads rows over the data files of their partitions.
/// <para>
/// A file ends when it has reached its target size, when the commit is prepared, or when too much is open: more files than <see cref="TableWriterLimits.MostOpen"/> or more bytes held in memory than <see cref="TableWriterLimits.MostHeld"/>.
/// Then the largest file ends, as that frees the most and leaves the fewest small files. Nothing is visible to readers of the table before a snapshot names it.
/// </para>
/// One task at a time.
/// </summary>
internal sealed class TableWriter(IObjectStore store, TableLayout layout, TableWriterLimits limits) : IAsyncDisposable
{
    private readonly Dictionary<PartitionKey, OpenDataFile> _open = [];
    private readonly List<FinishedFile> _finished = [];
    private readonly PartitionGroups _groups = new();
    private readonly int[] _sources = [.. layout.Spec.Fields.Select(f => layout.Columns.ToList().FindIndex(c => c.FieldId == f.SourceId))];
    private string _commit = "";
    private int _counter;
    private long _held;

    /// <summary>The commit that files are written for; their names begin with it.</summary>
    public void Begin(string commit)
    {
        _commit = commit;
        _counter = 0;
    }

    /// <param name="columns">The rows, one column for each of the layout's.</param>
    public async ValueTask WriteAsync(Column[] columns, CancellationToken cancellation)
    {
        if (_sources.Length == 0)
        {
            var file = await FileAsync(new PartitionKey([]), cancellation);
            var held = file.HeldBytes;
            await file.WriteAsync(columns, cancellation);
            await RollAsync(file, held, cancellation);
            return;
        }
        var values = new Column[_sources.Length];
        var made = 0;
        try
        {
            for (; made < values.Length; made++) values[made] = layout.Spec.Fields[made].Transform.Apply(columns[_sources[made]]);
            _groups.Split(values, columns[0].Count);
            for (var group = 0; group < _groups.Count; group++)
            {
                var first = _groups.Rows(group)[0];
                var file = await FileAsync(new PartitionKey([.. values.Select(v => Literal.Of(v, first))]), cancellation);
                var held = file.HeldBytes;
                await (_groups.Count == 1 ? file.WriteAsync(columns, cancellation) : file.WriteAsync(columns, _groups.Rows(group), cancellation));
                await RollAsync(file, held, cancellation);
            }
        }
        finally
        {
            for (var i = 0; i < made; i++) values[i].Release();
        }
    }

    /// <summary>Ends every file; the result is all that have ended since the last call.</summary>
    public async Task<ImmutableArray<FinishedFile>> FinishAsync(CancellationToken cancellation)
    {
        // What takes time here is the disk's sync, so several files wait for it together.
        foreach (var files in _open.Values.ToArray().Chunk(limits.Together)) await Task.WhenAll(files.Select(f => EndAsync(f, cancellation)));
        var result = _finished.ToImmutableArray();
        _finished.Clear();
        return result;
    }

    private async ValueTask<OpenDataFile> FileAsync(PartitionKey partition, CancellationToken cancellation)
    {
        if (_open.TryGetValue(partition, out var open)) return open;
        if (_open.Count >= limits.MostOpen) await EndAsync(_open.Values.MaxBy(f => f.EstimatedBytes)!, cancellation);
        var folder = layout.Spec.Path(layout.Schema, partition.Values);
        var location = $"{layout.DataLocation}{folder}{(folder.Length == 0 ? "" : "/")}{_commit}-{_counter++:D5}.{layout.Format}";
        var target = await store.CreateAsync(location, cancellation);
        var bytes = new ByteSegments();
        return _open[partition] = new OpenDataFile(target, bytes, Encoder(bytes), partition);
    }

    private IDataFileEncoder Encoder(ByteSegments bytes) => layout.Format switch
    {
        "avro" => new AvroEncoder(bytes, layout.Columns, CompressionCodec.Gzip),
        _ => new ParquetEncoder(bytes, layout.Columns),
    };

    private async ValueTask RollAsync(OpenDataFile file, long heldBefore, CancellationToken cancellation)
    {
        _held += file.HeldBytes - heldBefore;
        if (file.EstimatedBytes >= limits.TargetBytes) await EndAsync(file, cancellation);
        while (_held > limits.MostHeld && _open.Count > 1) await EndAsync(_open.Values.MaxBy(f => f.HeldBytes)!, cancellation);
    }

    private async Task EndAsync(OpenDataFile file, CancellationToken cancellation)
    {
        await using (file)
        {
            var held = file.HeldBytes;
            var metrics = await file.CompleteAsync(cancellation);
            lock (_finished)
            {
                _held -= held;
                _open.Remove(file.Partition);
                _finished.Add(new FinishedFile(file.Location, file.Partition, metrics));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var file in _open.Values) await file.DisposeAsync();
        _open.Clear();
    }
}

/// <summary>How much a sink may have open.</summary>
/// <param name="TargetBytes">A file ends at about this size.</param>
/// <param name="MostOpen">Files at most.</param>
/// <param name="MostHeld">Bytes that all open files hold in memory at most.</param>
/// <param name="Together">Files that are ended side by side.</param>
internal sealed record TableWriterLimits(long TargetBytes, int MostOpen, long MostHeld, int Together)
{
    public static TableWriterLimits Default { get; } = new(512L << 20, MostOpen: 200, MostHeld: 256L << 20, Together: 8);
}
