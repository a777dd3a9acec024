using System.Collections.Immutable;
using System.Diagnostics;
using StreamForge.Iceberg.Catalogs;
using StreamForge.Iceberg.Manifests;
using StreamForge.Iceberg.Spec;
using StreamForge.Iceberg.Transactions;
using StreamForge.ObjectStores.Local;

namespace StreamForge.Cli.Bench;

/// <summary>
/// <c>commit</c>: the commit of one data file to a table that has many snapshots already, and to one that has a single one, in turns on the same disk. Each is the append that a sink makes, on a table
/// that it has open. The one with a single snapshot is made anew for every turn; the other one's turns go through all numbers of manifests between two merges.
/// </summary>
internal sealed class CommitScenario : IBenchScenario
{
    private const int FullSnapshots = 1000;
    private const int FullTurns = AppendPlan.DefaultMinCountToMerge;
    private const int LeastTurns = 3;
    private const int RowsAFile = 1000;

    public string Name => "commit";

    public string Summary => "Commits to an Iceberg table with 1,000 snapshots and to one with a single snapshot, in turns";

    public async Task<BenchReport> RunAsync(BenchContext context, CancellationToken cancellation)
    {
        var snapshots = Math.Max(2, (int)(FullSnapshots * context.Scale));
        var turns = Math.Max(LeastTurns, (int)(FullTurns * Math.Min(1, context.Scale)));
        var tables = await BenchTables.OpenAsync(LocalPath.ToLocation(context.WorkDirectory), cancellation);
        context.Progress($"{snapshots:N0} commits to a table (not counted)");
        var old = await tables.CreateAsync("old", cancellation);
        for (var i = 0; i < snapshots; i++) await tables.AppendAsync(old, cancellation);
        context.Progress($"{turns:N0} turns");
        var toOld = new List<double>();
        var toNew = new List<double>();
        for (var turn = 0; turn < turns; turn++)
        {
            var young = await tables.CreateAsync($"young_{turn}", cancellation);
            await tables.AppendAsync(young, cancellation);
            toOld.Add(await tables.AppendAsync(old, cancellation));
            toNew.Add(await tables.AppendAsync(young, cancellation));
        }
        var (oldMedian, newMedian) = (Medians.Of(toOld), Medians.Of(toNew));
        return new BenchReport(
        [
            new("snapshots_before", snapshots, "snapshots"),
            new("snapshots_after", old.Metadata.Snapshots.Length, "snapshots"),
            new("turns", turns, "turns"),
            new("commit_to_many_median", oldMedian * 1e3, "ms"),
            new("commit_to_one_median", newMedian * 1e3, "ms"),
            new("many_to_one_median", oldMedian / newMedian, "ratio", 2, GoalIsLimit: true),
            new("many_to_one_mean", toOld.Average() / toNew.Average(), "ratio"),
            new("metadata_bytes", new FileInfo(LocalPath.FromLocation(old.MetadataLocation)).Length, "bytes"),
        ])
        {
            Notes = ["A commit is timed from the call to the published metadata, with all its syncs; the data file that it names is there before. Merging manifests, once in a hundred commits, shows in the mean."],
        };
    }

    /// <summary>Tables of clickstream rows in one warehouse. Every commit names a file of its own, all of the same bytes.</summary>
    private sealed class BenchTables(WarehouseCatalog catalog, LocalObjectStore store, TableSchema schema, byte[] content, DataFile file)
    {
        public static async Task<BenchTables> OpenAsync(string warehouse, CancellationToken cancellation)
        {
            var store = new LocalObjectStore();
            var batches = await ClickstreamRows.ReadAsync(RowsAFile, cancellation);
            var schema = TypeMapping.ToTableSchema(batches[0].Schema);
            using var content = new MemoryStream();
            var metrics = await ClickstreamRows.EncodeAsync(batches, content, cancellation);
            foreach (var batch in batches) batch.Release();
            var file = DataFiles.Of("", "parquet", [], metrics, schema);
            foreach (var column in metrics.Columns) column.Bounds?.Release();
            return new BenchTables(new WarehouseCatalog(store, warehouse, TimeProvider.System), store, schema, content.ToArray(), file);
        }

        public async Task<Table> CreateAsync(string name, CancellationToken cancellation)
        {
            var creation = new TableCreation(schema, PartitionSpec.Unpartitioned, ImmutableSortedDictionary<string, string>.Empty);
            return new Table(catalog, store, TimeProvider.System, await catalog.CreateAsync(new TableName(["bench"], name), creation, cancellation));
        }

        /// <summary>Adds a file in one commit.</summary>
        /// <returns>Seconds that the commit took.</returns>
        public async Task<double> AppendAsync(Table table, CancellationToken cancellation)
        {
            var commit = Guid.CreateVersion7().ToString("N");
            var location = $"{table.Metadata.Location}/data/{commit}-00000.parquet";
            await store.TryPutAsync(location, content, overwrite: false, cancellation);
            var properties = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["streamforge.pipeline"] = "bench",
                ["streamforge.sink"] = "lake",
                ["streamforge.checkpoint"] = "1",
                ["streamforge.positions"] = """{"clicks/0":"1000"}""",
            };
            var started = Stopwatch.GetTimestamp();
            await table.AppendAsync([file with { Location = location }], commit, properties, cancellation);
            return Stopwatch.GetElapsedTime(started).TotalSeconds;
        }
    }
}
