using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Iceberg.Catalogs;
using StreamForge.Iceberg.Manifests;
using StreamForge.Iceberg.Spec;
using StreamForge.Iceberg.Transactions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Sinks.Iceberg;

/// <summary>The table of one sink: opened, or created, with the columns that the sink's rows need; and what the sink has done to it. One task at a time, but for <see cref="Status"/>.</summary>
internal sealed class SinkTable(IObjectStore store, string warehouse, IcebergSinkSettings settings, TimeProvider clock)
{
    private readonly WarehouseCatalog _catalog = new(store, warehouse, clock);
    private readonly TableName _name = new(settings.Options.Namespace, settings.Options.Table);
    private Table? _table;
    private TableLayout? _layout;
    private StructType _partition = StructType.Empty;
    private TableStatus? _status;

    /// <summary>Any thread.</summary>
    public TableStatus Status => Volatile.Read(ref _status) ?? new TableStatus(_name.ToString(), _catalog.LocationOf(_name), 0, 0, 0, 0, null, null);

    /// <summary>Opens the table, or creates it, and makes room for the sink's columns.</summary>
    /// <exception cref="StreamForgeException">Conflict, with the difference, when the table does not fit the sink.</exception>
    public async Task<TableLayout> OpenAsync(CancellationToken cancellation)
    {
        var rows = TableColumns.Of(settings.Plan.Schema);
        _table = new Table(_catalog, store, clock, await LoadOrCreateAsync(rows, cancellation));
        TableFit.CheckPartitions(_table.Metadata.CurrentSchema, _table.Metadata.DefaultSpec, settings.Plan.PartitionBy);
        TableFit.CheckNames(_table.Metadata.CurrentSchema, rows);
        await _table.EvolveAsync(rows, cancellation);
        var (schema, spec) = (_table.Metadata.CurrentSchema, _table.Metadata.DefaultSpec);
        _partition = spec.PartitionType(schema);
        _layout = new TableLayout(_table.Metadata.Location.TrimEnd('/') + "/data/", schema, spec, TableFit.FileColumns(schema, rows), settings.Options.FileFormat);
        Note([], 0);
        return _layout;
    }

    private async Task<LoadedTable> LoadOrCreateAsync(Schema rows, CancellationToken cancellation)
    {
        if (await TryLoadAsync(cancellation) is { } there) return there;
        var schema = TypeMapping.ToTableSchema(rows);
        var spec = new PartitionSpec(0, TableFit.Partitions(schema, settings.Plan.PartitionBy));
        var properties = ImmutableSortedDictionary<string, string>.Empty.Add("write.format.default", settings.Options.FileFormat);
        try
        {
            return await _catalog.CreateAsync(_name, new TableCreation(schema, spec, properties), cancellation);
        }
        catch (StreamForgeException error) when (error.Kind == ErrorKind.Conflict)
        {
            // Another writer has created it meanwhile.
            return await _catalog.LoadAsync(_name, cancellation);
        }
    }

    private async Task<LoadedTable?> TryLoadAsync(CancellationToken cancellation)
    {
        try
        {
            return await _catalog.LoadAsync(_name, cancellation);
        }
        catch (StreamForgeException error) when (error.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }

    /// <summary>A finished file as a checkpoint keeps it.</summary>
    public PendingFile Describe(FinishedFile file)
    {
        var described = DataFiles.Of(file.Location, _layout!.Format, [.. file.Partition.Values], file.Metrics, _layout.Schema);
        foreach (var column in file.Metrics.Columns) column.Bounds?.Release();
        return PendingFile.Of(described, _partition);
    }

    /// <summary>Checks that the files of a commit that is still to be made are there.</summary>
    /// <exception cref="StreamForgeException">DataLoss.</exception>
    public async Task CheckFilesAsync(PendingCommit pending, CancellationToken cancellation)
    {
        if (IsCommitted(pending.Commit)) return;
        foreach (var file in pending.Files)
        {
            if (!await store.ExistsAsync(file.Location, cancellation))
                throw new StreamForgeException(ErrorKind.DataLoss, $"the data file {file.Location} of the newest checkpoint has vanished; restore it, or delete the data directory and the table to compute everything again");
        }
    }

    /// <summary>Appends the commit's files in one snapshot, once.</summary>
    public async Task CommitAsync(PendingCommit pending, CancellationToken cancellation)
    {
        var isNew = !IsCommitted(pending.Commit);
        var properties = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["streamforge.pipeline"] = settings.Pipeline,
            ["streamforge.sink"] = settings.Plan.Name,
            ["streamforge.checkpoint"] = pending.Checkpoint.ToString(CultureInfo.InvariantCulture),
            ["streamforge.positions"] = JsonSerializer.Serialize(pending.Positions),
        };
        await _table!.AppendAsync([.. pending.Files.Select(f => f.ToDataFile(_partition))], pending.Commit, properties, cancellation);
        Note(isNew ? pending.Files : [], isNew ? 1 : 0);
    }

    private bool IsCommitted(string commit) => _table!.Metadata.FindCommit(commit) is not null;

    /// <summary>Deletes the data files of commits that were never made, complete or not, but for those that a later commit has taken over. Files of a commit that the table has are left alone.</summary>
    public async Task RemoveUncommittedAsync(IEnumerable<string> commits, ImmutableArray<PendingFile> kept, CancellationToken cancellation)
    {
        // The dash belongs to the names of a commit's files.
        var lost = commits.Where(c => !IsCommitted(c)).Select(c => c + "-").ToArray();
        if (lost.Length == 0) return;
        var known = kept.Select(f => f.Location).ToHashSet(StringComparer.Ordinal);
        var own = new List<string>();
        await foreach (var found in store.ListAsync(_layout!.DataLocation, cancellation))
        {
            var name = found.Location[(found.Location.LastIndexOf('/') + 1)..];
            if (lost.Any(c => name.StartsWith(c, StringComparison.Ordinal)) && !known.Contains(found.Location)) own.Add(found.Location);
        }
        foreach (var location in own) await store.DeleteAsync(location, cancellation);
        await store.DeleteUnfinishedAsync(_layout.DataLocation, lost, cancellation);
    }

    private void Note(ImmutableArray<PendingFile> files, int snapshots)
    {
        var (before, newest) = (Status, _table!.Metadata.CurrentSnapshot);
        Volatile.Write(ref _status, before with
        {
            Files = before.Files + files.Length,
            Bytes = before.Bytes + files.Sum(f => f.Bytes),
            Rows = before.Rows + files.Sum(f => f.Rows),
            Snapshots = before.Snapshots + snapshots,
            SnapshotId = newest?.SnapshotId,
            SnapshotTime = newest is null ? null : DateTimeOffset.FromUnixTimeMilliseconds(newest.TimestampMs),
        });
    }
}
