using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using StreamForge.Core;
using StreamForge.Embedded.Sinks;
using StreamForge.Iceberg.Catalogs;
using StreamForge.Iceberg.Scans;
using StreamForge.Iceberg.Spec;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Cli.Lake;

/// <summary>
/// The tables of a lakehouse for a page that asks again and again: folders are listed every few seconds at most, metadata are read once for each commit, and rows once for each snapshot. Safe from any thread.
/// </summary>
internal sealed class TableReader(Lakehouse lakehouse, TimeProvider clock) : ITableReader
{
    private const int MostRows = 100;
    private static readonly TimeSpan NamesAge = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<TableName, LoadedTable> _tables = new();
    private readonly ConcurrentDictionary<TableName, (long Snapshot, TableRows Rows)> _rows = new();
    private volatile Names? _names;

    private sealed record Names(long Timestamp, ImmutableArray<(WarehouseCatalog Catalog, TableName Name)> All);

    public async ValueTask<ImmutableArray<TableSummary>> ListAsync(CancellationToken cancellation)
    {
        var summaries = ImmutableArray.CreateBuilder<TableSummary>();
        foreach (var (catalog, name) in (await NamesAsync(NamesAge, cancellation)).All)
        {
            if (await TryLoadAsync(catalog, name, cancellation) is { } table) summaries.Add(Summary(table));
        }
        return [.. summaries.OrderBy(t => t.Name, StringComparer.Ordinal)];
    }

    public async ValueTask<TableSnapshots> SnapshotsAsync(string table, int skip, int limit, CancellationToken cancellation)
    {
        var snapshots = (await FindAsync(table, cancellation)).Metadata.Snapshots;
        return new TableSnapshots(snapshots.Length, [.. snapshots.Reverse().Skip(skip).Take(limit).Select(Describe)]);
    }

    public async ValueTask<TableRows> NewestRowsAsync(string table, int limit, CancellationToken cancellation)
    {
        var found = await FindAsync(table, cancellation);
        var snapshot = found.Metadata.CurrentSnapshot?.SnapshotId ?? -1;
        if (!_rows.TryGetValue(found.Name, out var known) || known.Snapshot != snapshot) _rows[found.Name] = known = (snapshot, await ReadAsync(found, cancellation));
        return known.Rows.Rows.Length <= limit ? known.Rows : known.Rows with { Rows = known.Rows.Rows[..limit] };
    }

    private async ValueTask<TableRows> ReadAsync(LoadedTable table, CancellationToken cancellation)
    {
        var newest = await NewestRows.ReadAsync(lakehouse.Store, table.Metadata, table.MetadataLocation, MostRows, cancellation);
        var rows = ImmutableArray.CreateBuilder<string>();
        using var json = new JsonRowWriter(newest.Schema);
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var batch in newest.Batches.Reverse())
        {
            for (var row = batch.Count - 1; row >= 0 && rows.Count < MostRows; row--)
            {
                json.Write(batch, row, 1, buffer);
                rows.Add(Encoding.UTF8.GetString(buffer.WrittenSpan[..^1]));
                buffer.ResetWrittenCount();
            }
            batch.Release();
        }
        return new TableRows([.. newest.Schema.Fields.Select(f => f.Name)], rows.ToImmutable(), newest.File);
    }

    private async ValueTask<LoadedTable> FindAsync(string table, CancellationToken cancellation)
    {
        var names = await NamesAsync(NamesAge, cancellation);
        if (names.All.All(t => t.Name.ToString() != table)) names = await NamesAsync(TimeSpan.Zero, cancellation);
        foreach (var (catalog, name) in names.All)
        {
            if (name.ToString() == table && await TryLoadAsync(catalog, name, cancellation) is { } found) return found;
        }
        throw new StreamForgeException(ErrorKind.NotFound, $"there is no table '{table}'{DefinitionText.Suggest(table, names.All.Select(t => t.Name.ToString()))}");
    }

    /// <summary>The table as it is now; null when it is gone.</summary>
    private async ValueTask<LoadedTable?> TryLoadAsync(WarehouseCatalog catalog, TableName name, CancellationToken cancellation)
    {
        if (_tables.TryGetValue(name, out var known) && await catalog.IsCurrentAsync(known, cancellation)) return known;
        try
        {
            return _tables[name] = await catalog.LoadAsync(name, cancellation);
        }
        catch (StreamForgeException error) when (error.Kind == ErrorKind.NotFound)
        {
            _tables.TryRemove(name, out _);
            _rows.TryRemove(name, out _);
            return null;
        }
    }

    /// <summary>Each table once, also when two warehouses have one of its name: then it is the first's, as for the command line.</summary>
    private async ValueTask<Names> NamesAsync(TimeSpan age, CancellationToken cancellation)
    {
        if (_names is { } known && clock.GetElapsedTime(known.Timestamp) < age) return known;
        return _names = new Names(clock.GetTimestamp(), [.. (await lakehouse.NamesAsync(cancellation)).DistinctBy(t => t.Name)]);
    }

    private static TableSummary Summary(LoadedTable table) => new(
        table.Name.ToString(), table.Metadata.Location, table.Metadata.Properties.GetValueOrDefault("write.format.default"), TableFacts.Total(table, "records") ?? 0, TableFacts.Total(table, "data-files") ?? 0,
        TableFacts.Total(table, "files-size") ?? 0, table.Metadata.Snapshots.Length, table.Metadata.CurrentSnapshot is { } newest ? newest.TimestampMs * 1000 : EventTime.MinValue);

    private static TableSnapshot Describe(Snapshot snapshot) => new(
        snapshot.SnapshotId, snapshot.ParentSnapshotId, snapshot.TimestampMs * 1000, snapshot.Operation ?? "", Number(snapshot, "added-records"), Number(snapshot, "added-data-files"),
        Number(snapshot, "added-files-size"), Number(snapshot, "total-records"), snapshot.Summary);

    private static long Number(Snapshot snapshot, string key) => long.TryParse(snapshot.Summary.GetValueOrDefault(key), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
