using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using StreamForge.Core;
using StreamForge.Iceberg.Spec;
using StreamForge.Sql;

namespace StreamForge.Iceberg.Scans;

/// <summary>
/// Reads a table at one snapshot. Planning reads the manifest list and the manifests: those whose partition summaries, and files whose partition values and bounds, leave no row for the filter are passed over; Parquet row groups
/// follow when files are opened. What is left is read file by file, a few at the same time, deletes are taken away, and the filter decides each row. Batches come in the files' order; memory is bounded by the
/// files read at the same time, and by the deletes. The plan can be read once or several times, from any thread.
/// </summary>
public sealed class TableScan
{
    private readonly IObjectStore _store;
    private readonly ScanContext _context;
    private readonly ImmutableArray<(PlannedFile File, ImmutableArray<PlannedFile> Deletes)> _files;
    private readonly ScanOptions _options;

    private TableScan(IObjectStore store, ScanContext context, ImmutableArray<(PlannedFile, ImmutableArray<PlannedFile>)> files, Snapshot? snapshot, ScanOptions options)
    {
        (_store, _context, _files, Snapshot, _options) = (store, context, files, snapshot, options);
    }

    /// <summary>The columns of the batches.</summary>
    public Schema Schema => _context.Output;

    /// <summary>What is read; null for an empty table.</summary>
    public Snapshot? Snapshot { get; }

    public ScanCounts Counts => _context.Counts;

    /// <summary>Chooses the snapshot and the files.</summary>
    /// <param name="store">Holds the table.</param>
    /// <param name="metadata">The table.</param>
    /// <param name="metadataLocation">Where its metadata was found: a moved table's files are looked for from there.</param>
    /// <param name="options">What is read.</param>
    /// <param name="cancellation">Ends the planning.</param>
    /// <exception cref="StreamForgeException">NotFound or OutOfRange: no such snapshot. InvalidArgument: the filter or a column is wrong. Corrupt, NotSupported: the table cannot be read.</exception>
    public static async ValueTask<TableScan> PlanAsync(IObjectStore store, TableMetadata metadata, string metadataLocation, ScanOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(options);
        var snapshot = SnapshotChoice.Choose(metadata, options);
        // The current table is read by its current schema, an older state by the schema that it was written with.
        var schema = (options.SnapshotId ?? options.AsOf) is not null && snapshot?.SchemaId is { } id && metadata.SchemaOf(id) is { } then ? then : metadata.CurrentSchema;
        var context = ScanContext.Of(metadata, metadataLocation, schema, options);
        var files = snapshot is null ? [] : await new ScanPlanner(store, metadata, context, schema).FilesAsync(snapshot, cancellation);
        return new TableScan(store, context, files, snapshot, options);
    }

    /// <summary>Reads the rows. The caller owns a reference to each batch.</summary>
    public async IAsyncEnumerable<ColumnBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var deletes = new DeleteReader(_store, _context.Locations, _context.Metadata);
        var running = new Queue<(ChannelReader<ColumnBatch> Batches, Task Task)>();
        var next = 0;
        try
        {
            while (true)
            {
                while (next < _files.Length && running.Count < Math.Max(1, _options.Parallelism)) running.Enqueue(Start(_files[next++], deletes, stop.Token));
                if (!running.TryPeek(out var first)) yield break;
                await foreach (var batch in first.Batches.ReadAllAsync(cancellation)) yield return batch;
                running.Dequeue();
            }
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var (batches, task) in running)
            {
                await task;
                while (batches.TryRead(out var batch)) batch.Release();
            }
        }
    }

    private (ChannelReader<ColumnBatch>, Task) Start((PlannedFile File, ImmutableArray<PlannedFile> Deletes) file, DeleteReader deletes, CancellationToken cancellation)
    {
        var channel = Channel.CreateBounded<ColumnBatch>(2);
        var task = Task.Run(async () =>
        {
            Exception? failure = null;
            try
            {
                await using var scan = await FileScan.OpenAsync(_store, _context, file.File, file.Deletes, deletes, cancellation);
                while (await scan.ReadAsync(cancellation) is { } batch)
                {
                    if (batch.Count > 0) await channel.Writer.WriteAsync(batch, cancellation);
                    else batch.Release();
                }
            }
            catch (Exception e)
            {
                failure = e;
            }
            channel.Writer.Complete(failure);
        }, CancellationToken.None);
        return (channel.Reader, task);
    }
}

/// <summary>Which snapshot is meant.</summary>
internal static class SnapshotChoice
{
    public static Snapshot? Choose(TableMetadata metadata, ScanOptions options)
    {
        if (options.SnapshotId is { } id)
            return metadata.Find(id) ?? throw new StreamForgeException(ErrorKind.NotFound, $"the table at {metadata.Location} keeps no snapshot {id}; {Hint(metadata, id)}");
        if (options.AsOf is not { } asOf) return metadata.CurrentSnapshot;
        SnapshotLogEntry? latest = null;
        foreach (var entry in metadata.SnapshotLog)
        {
            if (entry.TimestampMs <= EventTime.FloorDivide(asOf, 1000)) latest = entry;
        }
        if (latest is null)
        {
            var earliest = metadata.SnapshotLog.IsEmpty ? "it has none" : $"the earliest that is kept is of {EventTime.Format(metadata.SnapshotLog[0].TimestampMs * 1000)}";
            throw new StreamForgeException(ErrorKind.OutOfRange, $"the table at {metadata.Location} has no snapshot as of {EventTime.Format(asOf)}: {earliest}");
        }
        return metadata.Find(latest.SnapshotId) ?? throw new StreamForgeException(ErrorKind.OutOfRange, $"the snapshot {latest.SnapshotId}, which was the table's at {EventTime.Format(asOf)}, is no longer kept");
    }

    private static string Hint(TableMetadata metadata, long id)
    {
        if (NearestName.Find($"{id}", metadata.Snapshots.Select(s => $"{s.SnapshotId}")) is { } near) return $"did you mean {near}?";
        return metadata.CurrentSnapshot is { } newest ? $"its newest is {newest.SnapshotId} of {EventTime.Format(newest.TimestampMs * 1000)}, and `tables snapshots` lists all" : "it has none yet";
    }
}

/// <summary>What all files of a scan share.</summary>
/// <param name="Metadata">The table.</param>
/// <param name="Locations">Where its files are.</param>
/// <param name="Wanted">The columns that the batches or the filter need.</param>
/// <param name="Output">The batches' columns.</param>
/// <param name="Outputs">For each of them its place in <paramref name="Wanted"/>.</param>
/// <param name="Input">All of <paramref name="Wanted"/>, as the filter sees them.</param>
/// <param name="Filter">Or null.</param>
/// <param name="Names">How columns are found in files without ids.</param>
/// <param name="Options">What is read.</param>
/// <param name="Counts">What was looked at.</param>
internal sealed record ScanContext(TableMetadata Metadata, TableLocations Locations, ImmutableArray<WantedColumn> Wanted, Schema Output, ImmutableArray<int> Outputs, Schema Input, SqlExpression? Filter, NameMapping Names, ScanOptions Options, ScanCounts Counts)
{
    public static ScanContext Of(TableMetadata metadata, string metadataLocation, TableSchema schema, ScanOptions options)
    {
        var core = TypeMapping.ToCore(schema);
        SqlExpression? filter = null;
        if (options.Where is { } where)
        {
            var compiled = SqlExpression.Compile(where, core);
            if (compiled.Result is null) throw new StreamForgeException(ErrorKind.InvalidArgument, string.Join(Environment.NewLine, compiled.Errors.Select(e => $"the filter at {e}")));
            if (compiled.Result.Type.Kind != TypeKind.Boolean) throw new StreamForgeException(ErrorKind.InvalidArgument, $"the filter is {compiled.Result.Type}; a boolean expression is wanted");
            filter = compiled.Result;
        }
        var names = options.Columns.IsDefault ? [.. core.Fields.Select(f => f.Name)] : options.Columns;
        foreach (var name in names)
        {
            if (core.Contains(name)) continue;
            var hint = NearestName.Find(name, core.Fields.Select(f => f.Name)) is { } near ? $"; did you mean {near}?" : "";
            throw new StreamForgeException(ErrorKind.InvalidArgument, $"the table at {metadata.Location} has no column {name}{hint}");
        }
        var needed = names.Concat(filter?.ColumnsRead ?? []).Distinct(StringComparer.Ordinal).ToArray();
        var wanted = needed.Select(name => new WantedColumn(schema.Fields.First(f => f.Name == name), core[core.IndexOf(name)].Type)).ToImmutableArray();
        return new ScanContext(metadata, new TableLocations(metadata.Location, metadataLocation), wanted, new Schema(names.Select(name => core[core.IndexOf(name)])), [.. names.Select(name => Array.IndexOf(needed, name))],
            new Schema(wanted.Select(w => new Field(w.Field.Name, w.Type))), filter, NameMapping.Of(metadata, metadataLocation), options, new ScanCounts());
    }
}
