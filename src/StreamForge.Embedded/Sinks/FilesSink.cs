using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using StreamForge.Core;
using StreamForge.Embedded.Storage;
using StreamForge.ObjectStores.Local;

namespace StreamForge.Embedded.Sinks;

/// <summary>
/// A sink of plain files: JSON Lines in a folder, one file for each partition and checkpoint, named by the rows of the partition that it covers:
/// <c>orders-0-000000000000-000000541908.jsonl</c>.
/// <para>
/// Rows go to <c>.writing/</c> within the folder. <see cref="PrepareAsync"/> syncs those files and names their final places; <see cref="CommitAsync"/> renames them, which can be repeated: a file that
/// already stands in its final place was committed before. Readers see only committed files, each whole.
/// </para>
/// <para>
/// The folder belongs to one sink of one data directory, which is noted in <c>.streamforge.json</c>. A pipeline that starts without a checkpoint computes everything from the beginning, so
/// what an earlier run of the same sink left there is removed first; a folder of another pipeline is refused.
/// </para>
/// </summary>
internal sealed partial class FilesSink : ISink
{
    private readonly string _folder;
    private readonly string _writing;
    private readonly string _pipeline;
    private readonly Dictionary<PartitionId, PartFile> _open = [];
    private readonly ArrayBufferWriter<byte> _buffer = new(64 * 1024);
    private readonly JsonRowWriter _rows;

    /// <param name="withOps">Whether rows say what they are: those of a changelog do.</param>
    public FilesSink(string pipeline, string name, string folder, Schema schema, bool withOps = false)
    {
        _pipeline = pipeline;
        Name = name;
        _folder = folder;
        _writing = Path.Combine(folder, ".writing");
        _rows = new JsonRowWriter(schema, withOps);
    }

    public string Name { get; }

    /// <summary>Every checkpoint is committed.</summary>
    public bool HasUncommitted => false;

    private sealed record PartFile(FileStream File, string Temporary, long First)
    {
        public long Last { get; set; }
    }

    private sealed record Owner(string Pipeline, string Sink);

    private sealed record Move(string From, string To);

    public ValueTask RecoverAsync(string? pending, bool fresh, CancellationToken cancellation)
    {
        Guard(() =>
        {
            DurableFolder.Create(_writing);
            Own(fresh);
            var keep = Moves(pending).Select(m => m.From).ToHashSet(StringComparer.Ordinal);
            foreach (var file in Directory.EnumerateFiles(_writing))
            {
                if (!keep.Contains(Path.GetFileName(file))) File.Delete(file);
            }
        });
        return ValueTask.CompletedTask;
    }

    private void Own(bool fresh)
    {
        var note = Path.Combine(_folder, ".streamforge.json");
        var owner = new Owner(_pipeline, Name);
        if (File.Exists(note))
        {
            if (JsonSerializer.Deserialize<Owner>(File.ReadAllBytes(note)) is { } other && other != owner)
                throw new StreamForgeException(ErrorKind.Conflict, $"the folder {_folder} belongs to sink {other.Sink} of pipeline {other.Pipeline}; give sink {Name} a folder of its own");
            if (!fresh) return;
            foreach (var file in Directory.EnumerateFiles(_folder).Where(f => Committed().IsMatch(Path.GetFileName(f)))) File.Delete(file);
            DurableFolder.Sync(_folder);
            return;
        }
        DurableFiles.Publish(note, JsonSerializer.SerializeToUtf8Bytes(owner));
    }

    public ValueTask WriteAsync(ColumnBatch batch, CancellationToken cancellation)
    {
        var first = batch.Headers.Orders[0] & RowMask;
        Guard(() =>
        {
            if (!_open.TryGetValue(batch.Origin.Partition, out var part))
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"{batch.Origin.Partition.Source}-{batch.Origin.Partition.Partition}-{first:D12}.part");
                part = new PartFile(new FileStream(Path.Combine(_writing, name), FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0), name, first);
                _open.Add(batch.Origin.Partition, part);
            }
            _rows.Write(batch, _buffer);
            part.File.Write(_buffer.WrittenSpan);
            _buffer.ResetWrittenCount();
            part.Last = batch.Headers.Orders[batch.Count - 1] & RowMask;
        });
        return ValueTask.CompletedTask;
    }

    /// <summary>The names that this class gives; whatever else lies in the folder is not its own.</summary>
    [GeneratedRegex(@"-\d+-\d{12,}-\d{12,}\.jsonl$", RegexOptions.CultureInvariant)]
    private static partial Regex Committed();

    private const long RowMask = (1L << 48) - 1;

    public ValueTask<string?> PrepareAsync(PrepareRequest request, CancellationToken cancellation)
    {
        if (_open.Count == 0) return new ValueTask<string?>((string?)null);
        var moves = new List<Move>();
        Guard(() =>
        {
            foreach (var (partition, part) in _open)
            {
                part.File.Flush(flushToDisk: true);
                part.File.Dispose();
                moves.Add(new Move(part.Temporary, string.Create(CultureInfo.InvariantCulture, $"{partition.Source}-{partition.Partition}-{part.First:D12}-{part.Last:D12}.jsonl")));
            }
            DurableFolder.Sync(_writing);
        });
        _open.Clear();
        return new ValueTask<string?>(JsonSerializer.Serialize(moves));
    }

    public ValueTask CommitAsync(string pending, CancellationToken cancellation)
    {
        Guard(() =>
        {
            foreach (var move in Moves(pending))
            {
                var from = Path.Combine(_writing, move.From);
                var to = Path.Combine(_folder, move.To);
                if (File.Exists(from)) File.Move(from, to, overwrite: true);
                else if (!File.Exists(to)) throw new StreamForgeException(ErrorKind.DataLoss, $"sink {Name}: the file {to} of the newest checkpoint has vanished; delete the data directory to compute everything again");
            }
            DurableFolder.Sync(_folder);
        });
        return ValueTask.CompletedTask;
    }

    private static List<Move> Moves(string? pending) => pending is null ? [] : JsonSerializer.Deserialize<List<Move>>(pending) ?? [];

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.Translate(error, $"write sink {Name} in {_folder}");
        }
    }

    public ValueTask DisposeAsync()
    {
        foreach (var part in _open.Values) part.File.Dispose();
        _open.Clear();
        _rows.Dispose();
        return ValueTask.CompletedTask;
    }
}
