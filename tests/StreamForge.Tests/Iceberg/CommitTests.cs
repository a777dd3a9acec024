using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Iceberg.Catalogs;
using StreamForge.Iceberg.Manifests;
using StreamForge.Iceberg.Scans;
using StreamForge.Iceberg.Spec;
using StreamForge.Iceberg.Transactions;
using StreamForge.ObjectStores.Local;

namespace StreamForge.Tests.Iceberg;

public sealed class CommitTests : IDisposable
{
    private static readonly TableName Name = TableName.Parse("retail.lines");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("commits ü ");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Every_commit_is_one_snapshot_and_its_repetition_none()
    {
        var table = await CreateAsync(new LocalObjectStore());
        var first = await AppendAsync(table, "c1");
        var second = await AppendAsync(table, "c2");
        Assert.Equal(first.SnapshotId, (await AppendAsync(table, "c1")).SnapshotId);
        var loaded = (await Catalog(new LocalObjectStore()).LoadAsync(Name, default)).Metadata;
        Assert.Equal([first.SnapshotId, second.SnapshotId], loaded.Snapshots.Select(snapshot => snapshot.SnapshotId));
        Assert.Equal(first.SnapshotId, loaded.CurrentSnapshot!.ParentSnapshotId);
        Assert.Equal("2", loaded.CurrentSnapshot.Summary["total-data-files"]);
        Assert.True(loaded.Snapshots[0].TimestampMs < loaded.Snapshots[1].TimestampMs);
    }

    [Fact]
    public async Task Two_writers_lose_nothing()
    {
        var one = await CreateAsync(new LocalObjectStore());
        var catalog = Catalog(new LocalObjectStore());
        var other = new Table(catalog, new LocalObjectStore(), TimeProvider.System, await catalog.LoadAsync(Name, default));
        await Task.WhenAll(Task.Run(() => ManyAsync(one, "a")), Task.Run(() => ManyAsync(other, "b")));
        var files = await FilesAsync(new LocalObjectStore());
        Assert.Equal(40, files.Count);
        Assert.Equal(40, (await catalog.LoadAsync(Name, default)).Metadata.Snapshots.Length);

        static async Task ManyAsync(Table table, string prefix)
        {
            for (var i = 0; i < 20; i++) await AppendAsync(table, $"{prefix}{i}");
        }
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public async Task Process_that_dies_between_two_steps_leaves_a_readable_table(int steps, bool committed)
    {
        var store = new FaultyStore(new LocalObjectStore());
        var table = await CreateAsync(store);
        await AppendAsync(table, "c1");
        store.PutsUntilDeath = steps;
        await Record.ExceptionAsync(async () => await AppendAsync(table, "c2"));
        var files = await FilesAsync(new LocalObjectStore());
        Assert.Equal(committed ? 2 : 1, files.Count);
        Assert.Equal(files.Count, (await TableFolder.LoadAsync(new LocalObjectStore(), table.Metadata.Location, default)).Metadata.Snapshots.Length);

        var catalog = Catalog(new LocalObjectStore());
        var restarted = new Table(catalog, new LocalObjectStore(), TimeProvider.System, await catalog.LoadAsync(Name, default));
        await AppendAsync(restarted, "c2");
        Assert.Equal(2, (await FilesAsync(new LocalObjectStore())).Count);
        Assert.Equal(2, restarted.Metadata.Snapshots.Length);
    }

    [Fact]
    public async Task Unknown_outcome_is_settled_by_looking_for_the_commit()
    {
        var store = new FaultyStore(new LocalObjectStore());
        var table = await CreateAsync(store);
        store.LoseAnswerOf = "v2.metadata.json";
        var snapshot = await AppendAsync(table, "c1");
        Assert.Equal(snapshot.SnapshotId, Assert.Single(table.Metadata.Snapshots).SnapshotId);
        Assert.Single(await FilesAsync(new LocalObjectStore()));
    }

    [Fact]
    public async Task Manifests_are_merged_and_old_metadata_deleted()
    {
        var table = await CreateAsync(new LocalObjectStore());
        for (var i = 0; i < 250; i++) await AppendAsync(table, $"c{i}");
        Assert.InRange((await table.ManifestsAsync(default)).Length, 1, 100);
        Assert.Equal(Enumerable.Range(0, 250).Select(i => $"file:///data/c{i}.parquet").Order(), (await FilesAsync(new LocalObjectStore())).Order());
        Assert.InRange(_folder.GetFiles("*.metadata.json", SearchOption.AllDirectories).Length, WarehouseCatalog.KeptMetadata + 1, WarehouseCatalog.KeptMetadata + WarehouseCatalog.DeletedTogether);
    }

    [Fact]
    public async Task Writer_that_slept_for_more_commits_than_are_kept_does_not_win_with_an_old_version()
    {
        var awake = await CreateAsync(new LocalObjectStore());
        var catalog = Catalog(new LocalObjectStore());
        var asleep = await catalog.LoadAsync(Name, default);
        for (var i = 0; i < 125; i++) await AppendAsync(awake, $"c{i}");
        var change = new TableChange([], [new SetProperties(ImmutableSortedDictionary<string, string>.Empty.Add("a", "b"))]);
        await Assert.ThrowsAsync<CommitConflictException>(async () => await catalog.CommitAsync(asleep, change, default));
        Assert.Equal(125, (await catalog.LoadAsync(Name, default)).Metadata.Snapshots.Length);
    }

    [Fact]
    public async Task Columns_are_added_and_promoted_and_nothing_else()
    {
        var table = await CreateAsync(new LocalObjectStore());
        await table.EvolveAsync(new Schema([new Field("id", DataType.BigInt), new Field("amount", DataType.Decimal(12, 2))]), default);
        Assert.Equal([(1, "long"), (2, "string"), (3, "decimal(12, 2)")], table.Metadata.CurrentSchema.Fields.Select(field => (field.Id, field.Type.ToString())));
        await table.EvolveAsync(new Schema([new Field("id", DataType.Int)]), default);
        Assert.Equal(2, table.Metadata.Schemas.Length);
        var refused = await Assert.ThrowsAsync<StreamForgeException>(async () => await table.EvolveAsync(new Schema([new Field("id", DataType.String)]), default));
        Assert.Contains("the column id", refused.Message, StringComparison.Ordinal);
    }

    private WarehouseCatalog Catalog(IObjectStore store) => new(store, LocalPath.ToLocation(_folder.FullName), TimeProvider.System);

    private async Task<Table> CreateAsync(IObjectStore store)
    {
        var catalog = Catalog(store);
        var schema = TypeMapping.ToTableSchema(new Schema([new Field("id", DataType.Int), new Field("name", DataType.String)]));
        var spec = PartitionSpec.Parse(["bucket(4, id)"], schema, (_, sentence) => Assert.Fail(sentence));
        return new Table(catalog, store, TimeProvider.System, await catalog.CreateAsync(Name, new TableCreation(schema, spec, ImmutableSortedDictionary<string, string>.Empty), default));
    }

    private static async Task<Snapshot> AppendAsync(Table table, string commit) => await table.AppendAsync(
        [new DataFile { Location = $"file:///data/{commit}.parquet", Format = "PARQUET", Records = 3, Bytes = 100, Partition = [Literal.Of(2L)], Columns = [new ColumnStatistics(1, 40, 3, 0, null, [1, 0, 0, 0], [9, 0, 0, 0])] }],
        commit, new Dictionary<string, string> { ["streamforge.pipeline"] = "retail" }, default);

    private async Task<List<string>> FilesAsync(IObjectStore store)
    {
        var catalog = Catalog(store);
        var table = new Table(catalog, store, TimeProvider.System, await catalog.LoadAsync(Name, default));
        var files = new List<string>();
        foreach (var manifest in await table.ManifestsAsync(default))
        {
            await using var source = await store.OpenAsync(manifest.Location, default);
            var entries = await ManifestReader.ReadAsync(source, manifest, table.Metadata.DefaultSpec, default);
            Assert.All(entries, entry => Assert.True(entry.SequenceNumber > 0 && entry.File.Column(1)!.Upper![0] == 9));
            files.AddRange(entries.Where(entry => entry.Status != EntryStatus.Deleted).Select(entry => entry.File.Location));
        }
        return files;
    }
}
