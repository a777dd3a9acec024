using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Iceberg.Scans;

/// <summary>
/// A snapshot as a sequence of files, for readers that go on where they stopped: all files that make up the table at the snapshot, or only those that the snapshot added. The order is that of the commits that the
/// files came with, and within one that of its manifests, which never change, so the n-th file is the same one at every planning. One task at a time.
/// </summary>
public sealed class SnapshotFiles : IDisposable
{
    private readonly IObjectStore _store;
    private readonly ScanContext _context;
    private readonly ImmutableArray<(PlannedFile File, ImmutableArray<PlannedFile> Deletes)> _files;
    private readonly DeleteReader _deletes;

    private SnapshotFiles(IObjectStore store, ScanContext context, ImmutableArray<(PlannedFile, ImmutableArray<PlannedFile>)> files)
    {
        (_store, _context, _files) = (store, context, files);
        _deletes = new DeleteReader(store, context.Locations, context.Metadata);
    }

    /// <summary>How many files there are.</summary>
    public int Count => _files.Length;

    /// <summary>Their rows, those that deletes take included.</summary>
    public long Records => _files.Sum(f => f.File.File.Records);

    /// <param name="store">Holds the table.</param>
    /// <param name="metadata">The table.</param>
    /// <param name="metadataLocation">Where its metadata was found.</param>
    /// <param name="snapshot">One of its snapshots.</param>
    /// <param name="addedOnly">Only the files that the snapshot added, each whole; else all files, less what is deleted of them.</param>
    /// <param name="columns">The columns to read, by the names of the current schema.</param>
    /// <param name="batchRows">Rows of a batch at most.</param>
    /// <param name="cancellation">Ends the planning.</param>
    /// <exception cref="StreamForgeException">InvalidArgument: the table has no such column. Corrupt, NotSupported: it cannot be read.</exception>
    public static async ValueTask<SnapshotFiles> PlanAsync(
        IObjectStore store, TableMetadata metadata, string metadataLocation, Snapshot snapshot, bool addedOnly, ImmutableArray<string> columns, int batchRows, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(snapshot);
        var schema = metadata.CurrentSchema;
        var context = ScanContext.Of(metadata, metadataLocation, schema, new ScanOptions { Columns = columns, BatchRows = batchRows });
        var planner = new ScanPlanner(store, metadata, context, schema);
        ImmutableArray<(PlannedFile, ImmutableArray<PlannedFile>)> files = addedOnly
            ? [.. (await planner.AddedAsync(snapshot, cancellation)).Select(file => (file, ImmutableArray<PlannedFile>.Empty))]
            : [.. (await planner.FilesAsync(snapshot, cancellation)).OrderBy(planned => planned.Item1.Sequence)];
        return new SnapshotFiles(store, context, files);
    }

    /// <summary>Where a file is, as the table recorded it: relative to the table when it lies below it.</summary>
    public string Name(int index)
    {
        var location = _files[index].File.File.Location;
        var table = _context.Metadata.Location.TrimEnd('/') + "/";
        return location.StartsWith(table, StringComparison.Ordinal) ? location[table.Length..] : location;
    }

    /// <summary>The rows that a file's writer counted in it, deleted ones included.</summary>
    public long RecordsOf(int index) => _files[index].File.File.Records;

    /// <summary>Opens a file; the caller disposes it.</summary>
    public async ValueTask<SnapshotFileReader> OpenAsync(int index, CancellationToken cancellation) =>
        new(await FileScan.OpenAsync(_store, _context, _files[index].File, _files[index].Deletes, _deletes, cancellation));

    public void Dispose() => _deletes.Dispose();
}

/// <summary>The rows of one file, in order. One task at a time.</summary>
public sealed class SnapshotFileReader : IAsyncDisposable
{
    private readonly FileScan _scan;

    internal SnapshotFileReader(FileScan scan) => _scan = scan;

    /// <summary>The next rows, possibly none, each with its number in the file, from 0, as its position; null at the end. The caller owns a reference to the batch.</summary>
    public ValueTask<ColumnBatch?> ReadAsync(CancellationToken cancellation) => _scan.ReadAsync(cancellation);

    public ValueTask DisposeAsync() => _scan.DisposeAsync();
}
