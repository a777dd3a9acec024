using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Transfer;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Storage;
using StreamForge.Embedded.Transfer;
using StreamForge.Features.KeyState;
using StreamForge.Pipeline.Changes;
using StreamForge.Pipeline.Evolution;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.States;
using StreamForge.Postgres;
using StreamForge.Postgres.Connections;
using StreamForge.Postgres.Transfer;

namespace StreamForge.Integration.Tests.Postgres;

/// <summary>A changed definition over the state that a cluster keeps in PostgreSQL.</summary>
public sealed class StateChangeTests : IDisposable
{
    private const string Pipeline = """
        metadata: {name: orders}
        sources:
          events:
            type: files
            path: events.json
            format: json
            schema: [{name: t, type: timestamptz}, {name: k, type: bigint}, {name: amount, type: "decimal(10,2)"}]
            event_time: t
            watermark: {out_of_orderness: 5m, allowed_lateness: 10m}
        features:
          - view: spending
            input: events
            entity: [k]
            windows: [30m, {tumbling: 1h}, lifetime]
            resolution: 1m
            aggregates: [{name: orders, function: count}, {name: spend, function: sum, of: amount}]
          - view: keys
            input: events
            entity: [k]
            windows: [{session: 20m}, {tumbling: 20m}]
            aggregates: [{name: n, function: distinct, of: amount}]
        sinks:
          closed: {type: files, input: spending, path: out}
        """;

    private readonly StateFiles _files = new();

    public void Dispose() => _files.Dispose();

    private static readonly string Spend = "{name: spend, function: sum, of: amount}";

    /// <summary>What is changed in the file, and what is said to it.</summary>
    private static readonly (string Was, string Now, string Words)[] Changes =
    [
        ("windows: [30m, {tumbling: 1h}, lifetime]", "windows: [{tumbling: 30m}, 2h, 30m, lifetime, {tumbling: 1h}]", "--yes"),
        (Spend, $"{{name: top, function: max, of: amount}}, {Spend}", ""),
        (Spend, "{name: spend, function: avg, of: amount}, {name: largest, function: max, of: amount}", "--reset spending.spend"),
        ("  - view: keys", "  - {view: fresh, input: events, entity: [k], windows: [1h], aggregates: [{name: n, function: count}]}\n  - view: others", "--forget keys"),
        ("sinks:\n", "sinks:\n  more: {type: files, input: keys, path: out2}\n", ""),
        ("  closed: {type: files, input: spending, path: out}", "  more: {type: files, input: keys, path: out2}", "--forget closed"),
        ("path: events.json\n", "path: others.json\n", "--reset events --reset spending --reset keys"),
        ("entity: [k]\n    windows: [{session: 20m}", "entity: [amount]\n    windows: [{session: 20m}", "--reset keys"),
    ];

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Changes.Length)];

    [ServiceTheory(PostgresTrial.Need), MemberData(nameof(Cases))]
    public async Task Apply_makes_of_the_state_what_export_and_apply_in_a_data_directory_and_import_make_of_it(int number)
    {
        var (was, now, words) = Changes[number];
        var arguments = words.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        await using var trial = await ImportedAsync(number);
        var before = await StateFiles.ExportAsync(trial);
        Assert.Contains(was, Pipeline, StringComparison.Ordinal);
        var changed = StateFiles.TextAsKafka(Pipeline.Replace(was, now, StringComparison.Ordinal)).Replace("type: files\n    path: others.json", "type: kafka\n    connection: 127.0.0.1:1\n    topic: others", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(_files.Folder, "changed.yaml"), changed);

        string[] cluster = ["--postgres", trial.Address, "--schema", trial.Schema, "--json"], directory = ["--data-dir", "hand", "--json"];
        var diff = await RunAsync(3, ["diff", "changed.yaml", .. cluster]);
        if (number == 0)
        {
            Assert.False((bool)(await RunAsync(0, ["apply", "changed.yaml", .. cluster, "--dry-run", .. arguments]))["applied"]!);
            Assert.Equal(StateFiles.Records(before), StateFiles.Records(await StateFiles.ExportAsync(trial)));
        }
        var applied = await RunAsync(0, ["apply", "changed.yaml", .. cluster, .. arguments]);
        Assert.Equal((true, 2), ((bool)applied["applied"]!, (int)applied["checkpoint"]!));
        await StateFiles.StopAsync(trial);
        var direct = await StateFiles.ExportAsync(trial);

        var hand = new DataDirectory(Path.Combine(_files.Folder, "hand"));
        EmbeddedStateImport.Import(new StateReader(new MemoryStream(before), "before.state"), hand, TimeProvider.System);
        Assert.Equal(diff.ToJsonString(), (await RunAsync(3, ["diff", "changed.yaml", .. directory])).ToJsonString());
        Assert.Equal(applied.ToJsonString(), (await RunAsync(0, ["apply", "changed.yaml", .. directory, .. arguments])).ToJsonString());
        var file = new MemoryStream();
        EmbeddedStateExport.Export(hand, "orders", file, TimeProvider.System);
        await using var other = await PostgresTrial.StartAsync();
        await StateFiles.ImportAsync(other, file.ToArray());
        await StateFiles.StopAsync(other);
        var detour = await StateFiles.ExportAsync(other);

        Assert.Equal(Compact(detour), Compact(direct));
        Assert.NotEqual(StateFiles.Records(before), StateFiles.Records(direct));
        Assert.Equal(Words(detour), Words(direct));
    }

    /// <summary>All records, states without the room that they were left to grow: a view that does not change keeps it in the cluster, and is written anew in a data directory.</summary>
    private static string[] Compact(byte[] file)
    {
        var plan = JsonSerializer.Deserialize<CatalogEntry>(StateFiles.Header(file).Definition!)!.Plan();
        var moves = plan.Views.Select(static v => new StateMigration(v.Layout, v.Layout, static _ => true)).ToArray();
        return StateFiles.Words(StateFiles.All(file).Select(r => r switch
        {
            KeyRecord key => key with { State = moves[key.View].Migrate(key.State).ToArray() },
            // A data directory's export gives a session's earliest end.
            WindowsRecord windows => windows with { Due = null },
            _ => r,
        }));
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task A_lost_connection_leaves_the_old_state_or_the_new_one()
    {
        await using var trial = await ImportedAsync(20);
        var address = PostgresAddress.Parse(trial.Address);
        await using var proxy = new CuttingProxy(address.Host!, address.Port);
        (address.Host, address.Port, address.SslMode, address.GssEncryptionMode, address.Pooling) = ("127.0.0.1", proxy.Port, SslMode.Disable, GssEncryptionMode.Disable, false);
        await using var fragile = new PostgresDatabase(address.ConnectionString, trial.Schema);
        var before = await StateFiles.ExportAsync(trial);
        var (words, cuts, moved) = (Words(before), 0, false);
        for (; !moved; cuts++)
        {
            proxy.LoseRequest(cuts);
            try
            {
                moved = await ApplyAsync(fragile, Spend, $"{{name: top, function: max, of: amount}}, {Spend}") is not null;
            }
            catch (StreamForgeException error)
            {
                Assert.True(error.Retryable, error.Message);
                Assert.Equal(words, Words(await StateFiles.ExportAsync(trial)));
                Assert.Equal(StateFiles.Records(before), StateFiles.Records(await StateFiles.ExportAsync(trial)));
            }
        }
        Assert.True(cuts > 12, $"it was cut {cuts} times only");
        await StateFiles.StopAsync(trial);
        Assert.Equal(2, StateFiles.Header(await StateFiles.ExportAsync(trial)).Checkpoint);
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task A_node_that_has_opened_the_pipeline_before_neither_reads_nor_writes_what_is_moved()
    {
        await using var trial = await ImportedAsync(21);
        var node = await PostgresPipelineStorage.OpenAsync(trial.Database, "orders", ["spending", "keys"], CancellationToken.None);
        var keys = (await node.Keys.SampleAsync(0, 5, CancellationToken.None)).Keys.Select(static k => new KeyId(0, k)).ToArray();
        var stored = await node.Keys.LoadAsync(keys, CancellationToken.None);
        var record = (await node.Records.LoadAsync("partition/events/0", CancellationToken.None))!;
        Assert.NotNull(await ApplyAsync(trial.Database, Spend, "{name: spend, function: sum, of: amount}, {name: top, function: max, of: amount}"));

        Assert.All(await node.Keys.LoadAsync(keys, CancellationToken.None), Assert.Null);
        var writes = keys.Zip(stored, static (id, old) => new KeyWrite(id, old!.Version, Guid.NewGuid(), old.Content, 0, null, [new Emission("closed", [1])])).ToArray();
        Assert.All(await node.Keys.WriteAsync(writes, CancellationToken.None), Assert.False);
        await Assert.ThrowsAsync<StreamForgeException>(async () => await node.Keys.WriteAsync([writes[0] with { Expected = 0 }], CancellationToken.None));
        Assert.False(await node.Records.TryWriteAsync(new RecordWrite("partition/events/0", record.Version, Guid.NewGuid(), record.Content, [], []), CancellationToken.None));
        Assert.Equal(0L, await trial.ScalarAsync("select count(*) from outbox"));
        var refused = await Assert.ThrowsAsync<StreamForgeException>(async () => await node.Keys.NewestEventAsync(0, CancellationToken.None));
        Assert.Contains("has been changed in PostgreSQL since this node opened it", refused.Message, StringComparison.Ordinal);

        var opened = await PostgresPipelineStorage.OpenAsync(trial.Database, "orders", ["spending", "keys"], CancellationToken.None);
        Assert.All(await opened.Keys.LoadAsync(keys, CancellationToken.None), Assert.NotNull);
        Assert.NotEqual(EventTime.MinValue, await opened.Keys.NewestEventAsync(0, CancellationToken.None));
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task A_pipeline_that_runs_is_not_changed_and_the_way_is_named()
    {
        await using var trial = await ImportedAsync(22, stop: false);
        await File.WriteAllTextAsync(Path.Combine(_files.Folder, "changed.yaml"), StateFiles.TextAsKafka(Pipeline.Replace("{name: orders, function: count}, ", "", StringComparison.Ordinal)));
        string[] place = ["--postgres", trial.Address, "--schema", trial.Schema];
        await trial.ScalarAsync("insert into OrleansMembershipVersionTable (DeploymentId) values ('dev')");
        await trial.ScalarAsync("insert into OrleansMembershipTable (DeploymentId, Address, Port, Generation, SiloName, HostName, Status, StartTime, IAmAliveTime) values ('dev', '10.0.0.7', 11111, 148, 'a', 'h', 3, now(), now())");
        await RunAsync(3, ["diff", "changed.yaml", .. place, "--json"]);
        Assert.Contains("the aggregate orders of spending is no longer in the file", await RefusedAsync(), StringComparison.Ordinal);
        Assert.Contains(
            "the state of orders cannot be moved to a changed definition now: the nodes 10.0.0.7:11111@148 are alive; stop the pipeline (POST /v1/pipelines/orders:stop at any silo), wait until its partitions are durable, end all nodes (SIGTERM), and apply again",
            await RefusedAsync("--yes"), StringComparison.Ordinal);
        await trial.ScalarAsync("update OrleansMembershipTable set Status = 6");
        await trial.ScalarAsync("insert into outbox (pipeline_id, sink, payload) select id, 'closed', 'x' from pipelines");
        Assert.Contains("1 batches of closed windows wait for their sinks; start a node with the file that it ran, stop the pipeline", await RefusedAsync("--yes"), StringComparison.Ordinal);
        await trial.ScalarAsync("delete from outbox");
        Assert.Equal(0, (await _files.CliAsync([], ["apply", "changed.yaml", .. place, "--yes"])).Code);
        Assert.Equal(2, (await _files.CliAsync([], ["apply", "changed.yaml", .. place, "--data-dir", "hand"])).Code);

        async Task<string> RefusedAsync(params string[] words)
        {
            var result = await _files.CliAsync([], ["apply", "changed.yaml", .. place, .. words]);
            Assert.Equal(2, result.Code);
            return result.Errors;
        }
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task A_pipeline_without_state_is_new_in_all_parts()
    {
        await using var trial = await PostgresTrial.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(_files.Folder, "new.yaml"), StateFiles.TextAsKafka(Pipeline));
        string[] place = ["--postgres", trial.Address, "--schema", trial.Schema];
        Assert.Equal(["new", "new"], (await RunAsync(3, ["diff", "new.yaml", .. place, "--json"]))["views"]!.AsArray().Select(static v => (string)v!["change"]!));
        Assert.Contains("has no state in PostgreSQL", (await _files.CliAsync([], ["apply", "new.yaml", .. place])).Output, StringComparison.Ordinal);
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task Images_go_on_under_their_partitions_new_index_with_the_columns_that_are_read()
    {
        const string text = """
            metadata: {name: orders}
            sources:
              clicks: {type: kafka, connection: "127.0.0.1:1", topic: clicks, format: json, event_time: t, schema: [{name: t, type: timestamptz}, {name: k, type: bigint}]}
              rows:
                type: kafka
                connection: 127.0.0.1:1
                topic: rows
                format: debezium-json
                changelog: {key: [id], before: stored}
                schema: [{name: id, type: bigint}, {name: amount, type: bigint}, {name: note, type: string}, {name: at, type: timestamptz}]
                event_time: at
            features:
              - {view: clicked, input: clicks, entity: [k], windows: [lifetime], aggregates: [{name: n, function: count}]}
              - {view: noted, input: rows, entity: [note], windows: [lifetime], aggregates: [{name: n, function: count}]}
              - {view: spent, input: rows, entity: [id], windows: [lifetime], aggregates: [{name: spend, function: sum, of: amount}]}
            """;
        var entry = new CatalogEntry("orders", "p.yaml", "/", text, ImmutableDictionary<string, string>.Empty, ImmutableDictionary<string, ImmutableArray<CatalogColumn>>.Empty
            .Add("clicks", [new("t", "timestamptz"), new("k", "bigint")]).Add("rows", [new("id", "bigint"), new("amount", "bigint"), new("note", "string"), new("at", "timestamptz")]));
        var after = text[..text.IndexOf("  - {view: clicked", StringComparison.Ordinal)] + text[text.IndexOf("  - {view: spent", StringComparison.Ordinal)..];
        after = after[..after.IndexOf("  clicks:", StringComparison.Ordinal)] + after[after.IndexOf("  rows:", StringComparison.Ordinal)..];
        PipelinePlan was = entry.Plan(), now = (entry with { Text = after }).Plan();
        var (columns, left) = (was.Source("rows").Columns, now.Source("rows").Columns);
        Assert.True(columns.Contains("note") && !left.Contains("note"));
        byte[] Image(Schema schema, int row)
        {
            var values = schema.Fields.Select(static f => Column.Create(f.Type, 1)).ToArray();
            foreach (var (field, column) in schema.Fields.Zip(values))
            {
                if (column is BytesColumn bytes) bytes.Append(System.Text.Encoding.UTF8.GetBytes($"note {row}"));
                else ((Int64Column)column).Append(field.Name == "id" ? row : row * 7);
            }
            return new ImageCodec(schema).Encode(new ImageHead(IsDead: false, 0, 1), values, 0).ToArray();
        }
        var dead = new ImageCodec(columns).EncodeDead(0, 1).ToArray();
        StatePartition Partition(string source, string? changes, StateImages? images) => new(source, 0, "", 50, PartitionCursor.Moved(0).State, 50, 5, changes is null ? null : 5, Finished: false) { Changes = changes, Images = images };
        var header = new StateHeader(
            "orders", 4, default, "cluster", 5, [new("clicks", "kafka"), new("rows", "kafka")], [Partition("clicks", null, null), Partition("rows", "{}", new StateImages(ImageColumns.Of(columns), 2001, 90_000))],
            [.. was.Views.Select(static v => new StateView(v.Name, v.Fingerprint, null))], [], ImmutableSortedDictionary<string, long>.Empty, JsonSerializer.Serialize(entry));
        var file = new MemoryStream();
        var writer = new StateWriter(file, header);
        for (var i = 0; i < 2000; i++) writer.Add(new ImageRecord(1, KeyOf(i), Image(columns, i)));
        writer.Add(new ImageRecord(1, KeyOf(2000), dead));
        writer.Complete();
        await using var trial = await PostgresTrial.StartAsync();
        await StateFiles.ImportAsync(trial, file.ToArray());

        await PostgresStateChange.ApplyAsync(trial.Database, "orders", TimeProvider.System, (state, _) => ValueTask.FromResult<ClusterChange?>(new ClusterChange(
            state.Header, state.Records, was, now, DefinitionComparison.Compare(was, now, state.Records.Live, new ChangeRequest([], ["clicks", "clicked", "noted"])),
            new NodeDefinition("", ImmutableDictionary<string, ImmutableArray<NodeColumn>>.Empty, []) { Entry = JsonSerializer.Serialize(entry with { Text = after }) })), CancellationToken.None);

        await StateFiles.StopAsync(trial);
        var moved = await StateFiles.ExportAsync(trial);
        var partition = Assert.Single(StateFiles.Header(moved).Partitions);
        var images = StateFiles.All(moved).OfType<ImageRecord>().ToArray();
        Assert.Equal(("rows", ImageColumns.Of(left), 2001), (partition.Source, partition.Images!.Columns, partition.Images.Rows));
        Assert.Equal(images.Sum(static i => (long)i.Key.Length + i.Image.Length), partition.Images.Bytes);
        Assert.Equal([.. Enumerable.Range(0, 2000).Select(i => Convert.ToHexString(Image(left, i))), Convert.ToHexString(dead)], images.Select(static i => Convert.ToHexString(i.Image)));
        Assert.Equal(0L, await trial.ScalarAsync("select count(*) from images where partition <> 0"));
        Assert.Equal(1L, await trial.ScalarAsync("select count(*) from records where name like 'partition/%'"));

        static byte[] KeyOf(int i) => [(byte)(i >> 8), (byte)i];
    }

    private async Task<PostgresTrial> ImportedAsync(int seed, bool stop = true)
    {
        var trial = await PostgresTrial.StartAsync();
        await StateFiles.ImportAsync(trial, StateFiles.AsKafka(await _files.RunAndExportAsync(Pipeline, seed)));
        if (stop) await StateFiles.StopAsync(trial);
        return trial;
    }

    private async Task<JsonNode> RunAsync(int code, params string[] arguments)
    {
        var result = await _files.CliAsync([], arguments);
        Assert.True(result.Code == code, $"{string.Join(' ', arguments)}: {result.Code} {result.Errors}");
        return JsonNode.Parse(result.Output)!;
    }

    /// <summary>Moves the state to the file with something else in it.</summary>
    private static async Task<ClusterChange?> ApplyAsync(PostgresDatabase database, string was, string now) => await PostgresStateChange.ApplyAsync(database, "orders", TimeProvider.System, (state, _) =>
    {
        var entry = JsonSerializer.Deserialize<CatalogEntry>(state.Records.Nodes!.Entry!)!;
        var changed = entry with { Text = entry.Text.Replace(was, now, StringComparison.Ordinal) };
        PipelinePlan before = entry.Plan(), after = changed.Plan();
        var change = DefinitionComparison.Compare(before, after, state.Records.Live, ChangeRequest.None);
        var nodes = new NodeDefinition("", ImmutableDictionary<string, ImmutableArray<NodeColumn>>.Empty, []) { Entry = JsonSerializer.Serialize(changed) };
        return ValueTask.FromResult<ClusterChange?>(new ClusterChange(state.Header, state.Records, before, after, change, nodes));
    }, CancellationToken.None);

    /// <summary>The header but when and where it was written, and how its sinks number their rows, which go on from what each has written.</summary>
    private static string Words(byte[] file)
    {
        var header = StateFiles.Header(file);
        var entry = JsonSerializer.Deserialize<CatalogEntry>(header.Definition!)!;
        return JsonSerializer.Serialize(header with { Created = default, Definition = entry.Text, Views = [.. header.Views.Select(static v => v with { ClosedRows = v.ClosedRows is null ? null : 0 })] });
    }
}
