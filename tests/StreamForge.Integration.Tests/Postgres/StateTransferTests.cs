using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Embedded.Storage;
using StreamForge.Embedded.Transfer;
using StreamForge.Pipeline.States;
using StreamForge.Postgres;
using StreamForge.Postgres.Transfer;

namespace StreamForge.Integration.Tests.Postgres;

/// <summary>State that goes from a data directory into the cluster's storage and back.</summary>
public sealed class StateTransferTests : IDisposable
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
            aggregates: [{name: orders, function: count}, {name: spend, function: sum, of: amount}]
          - view: keys
            input: events
            entity: [k]
            windows: [lifetime]
            aggregates: [{name: n, function: distinct, of: amount}]
        sinks:
          closed: {type: files, input: spending, path: out}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("streamforge-state-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [ServiceTheory(PostgresTrial.Need), InlineData(1), InlineData(2)]
    public async Task Embedded_to_file_to_PostgreSQL_to_file_to_embedded_is_the_same_in_every_byte_of_every_key(int seed)
    {
        await using var trial = await PostgresTrial.StartAsync();
        var first = AsKafka(await RunAndExportAsync(seed));
        await ImportAsync(trial, first);
        await StopAsync(trial);
        var second = await ExportAsync(trial);
        Assert.Equal(Records(first), Records(second));
        Assert.Contains(Records(second), r => r.StartsWith("WindowsRecord", StringComparison.Ordinal));
        var (before, after) = (Header(first), Header(second));
        Assert.Equal(("orders", "cluster", before.Watermark, before.Checkpoint), (after.Pipeline, after.Host, after.Watermark, after.Checkpoint));
        // What follows from newest events, what the cluster does not count, and the topic's name are not there.
        Assert.Equal(before.Partitions.Select(p => p with { Segment = "", Cursor = PartitionCursor.Moved(0).State, Watermark = null, Finished = false }), after.Partitions);
        Assert.Equal(before.Sinks.AsEnumerable(), after.Sinks);
        Assert.Equal(before.Views.Select(v => (v.Name, string.Join('|', v.Fingerprint), v.ClosedRows)), after.Views.Select(v => (v.Name, string.Join('|', v.Fingerprint), v.ClosedRows)));

        var data = new DataDirectory(Path.Combine(_folder, "back"));
        EmbeddedStateImport.Import(new StateReader(new MemoryStream(second), "second.state"), data, TimeProvider.System);
        // The cluster knows no file, so the definition comes from the pipeline's first run there; here it is put back by hand.
        Directory.CreateDirectory(data.Catalog);
        File.Copy(Path.Combine(_folder, "data", "catalog", "orders.json"), Path.Combine(data.Catalog, "orders.json"));
        var third = new MemoryStream();
        EmbeddedStateExport.Export(data, "orders", third, TimeProvider.System);
        Assert.Equal(Records(first), Records(third.ToArray()));

        // And a second cluster, from the first one's file.
        await using var other = await PostgresTrial.StartAsync();
        await ImportAsync(other, second);
        await StopAsync(other);
        Assert.Equal(Records(second), Records(await ExportAsync(other)));
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task The_keys_are_found_as_the_cluster_looks_for_them()
    {
        await using var trial = await PostgresTrial.StartAsync();
        var file = AsKafka(await RunAndExportAsync(3));
        await ImportAsync(trial, file);
        var storage = await PostgresPipelineStorage.OpenAsync(trial.Database, "orders", ["keys", "spending"], CancellationToken.None);
        var header = Header(file);
        var spending = header.Views.IndexOf(header.Views.Single(v => v.Name == "spending"));
        var due = Windows(file).Where(w => w.Due is not null).ToArray();
        Assert.NotEmpty(due);
        var found = await storage.Keys.DueAsync(1, 0, 1024, long.MaxValue, 1000, CancellationToken.None);
        Assert.Equal(due.Select(w => new KeyId(1, w.Key)).ToHashSet(), [.. found]);
        Assert.All(due, w => Assert.Equal(spending, w.View));
        Assert.Empty(await storage.Keys.DueAsync(1, 0, 1024, due.Min(w => w.Due!.Value) - 1, 1000, CancellationToken.None));
        Assert.All(await storage.Keys.LoadAsync(found, CancellationToken.None), k => Assert.Equal(1, k!.Version));
        Assert.Equal(header.Partitions.Max(p => p.NewestEvent), await storage.Keys.NewestEventAsync(0, CancellationToken.None));
        Assert.Equal(20, (await storage.Keys.SampleAsync(1, 3, CancellationToken.None)).Total);
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task What_is_not_at_rest_is_not_exported()
    {
        await using var trial = await PostgresTrial.StartAsync();
        await ImportAsync(trial, AsKafka(await RunAndExportAsync(4)));
        Assert.Contains("it is running; stop the pipeline", await RefusedAsync(ErrorKind.Conflict), StringComparison.Ordinal);
        await StopAsync(trial);
        await trial.ScalarAsync("insert into outbox (pipeline_id, sink, payload) select id, 'closed', 'x' from pipelines");
        Assert.Contains("1 batches of closed windows wait", await RefusedAsync(ErrorKind.Conflict), StringComparison.Ordinal);
        await trial.ScalarAsync("delete from outbox");
        // The partition's record from before the last flush of a key.
        await trial.ScalarAsync("update records set content = convert_to(regexp_replace(convert_from(content, 'UTF8'), '\"durable\":\\d+', '\"durable\":1'), 'UTF8') where name = 'partition/events/0'");
        Assert.Contains("the sink closed is ahead of the partition events/0", await RefusedAsync(ErrorKind.Conflict), StringComparison.Ordinal);
        await trial.ScalarAsync("delete from records");
        Assert.Contains("has never run in the cluster", await RefusedAsync(ErrorKind.NotFound), StringComparison.Ordinal);
        await trial.ScalarAsync("delete from pipelines");
        Assert.EndsWith("has no pipeline orders; there is none", await RefusedAsync(ErrorKind.NotFound), StringComparison.Ordinal);

        async Task<string> RefusedAsync(ErrorKind kind)
        {
            var error = await Assert.ThrowsAsync<StreamForgeException>(() => ExportAsync(trial));
            Assert.Equal((kind, false), (error.Kind, error.Retryable));
            return error.Message;
        }
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task State_that_does_not_fit_is_refused_and_nothing_of_it_is_there()
    {
        await using var trial = await PostgresTrial.StartAsync();
        var files = await RunAndExportAsync(5);
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => ImportAsync(trial, files));
        Assert.Equal("the state of orders cannot move into the cluster: its source events is of type files, and the cluster reads kafka", error.Message);
        var file = AsKafka(files);
        Assert.Equal(ErrorKind.Corrupt, (await Assert.ThrowsAsync<StreamForgeException>(() => ImportAsync(trial, file[..^3]))).Kind);
        Assert.Equal(ErrorKind.Corrupt, (await Assert.ThrowsAsync<StreamForgeException>(() => ImportAsync(trial, file[..(file.Length / 2)]))).Kind);
        Assert.Empty(await PostgresPipelineStorage.PipelinesAsync(trial.Database, CancellationToken.None));
        await ImportAsync(trial, file);
        Assert.Contains("has state of orders already", (await Assert.ThrowsAsync<StreamForgeException>(() => ImportAsync(trial, file))).Message, StringComparison.Ordinal);
        Assert.Equal(1L, await trial.ScalarAsync("select count(*) from records where name = 'pipeline'"));
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task The_program_moves_state_with_one_command_each_way()
    {
        await using var trial = await PostgresTrial.StartAsync();
        var file = Path.Combine(_folder, "kafka.state");
        await File.WriteAllBytesAsync(file, AsKafka(await RunAndExportAsync(6)));
        var postgres = new Dictionary<string, string> { ["STREAMFORGE_POSTGRES"] = trial.Address, ["STREAMFORGE_SCHEMA"] = trial.Schema };
        Assert.StartsWith("imported orders: checkpoint 1, 40 keys of 2 views", (await CliAsync(postgres, "state", "import", file)).Output, StringComparison.Ordinal);
        var running = await CliAsync(postgres, "state", "export", "orders", "back.state");
        Assert.Equal(2, running.Code);
        Assert.False(File.Exists(Path.Combine(_folder, "back.state")) || File.Exists(Path.Combine(_folder, "back.state.new")));
        await StopAsync(trial);
        var done = await CliAsync(postgres, "state", "export", "orders", "back.state", "--json");
        Assert.Equal(40, (int)JsonNode.Parse(done.Output)!["keys"]!);
        Assert.Equal(2, (await CliAsync(postgres, "state", "export", "orders", "back.state")).Code);
        Assert.Equal(0, (await CliAsync(postgres, "state", "export", "orders", "back.state", "--yes")).Code);
        Assert.Equal(0, (await CliAsync(postgres, "state", "import", "back.state", "--data-dir", "elsewhere")).Code);
        Assert.Equal(2, (await CliAsync(postgres, "state", "import", "back.state", "--data-dir", "elsewhere")).Code);
        Assert.Equal(2, (await CliAsync(postgres, "state", "import", "back.state", "--data-dir", "elsewhere", "--postgres", trial.Address)).Code);
        Assert.Equal(1, (await CliAsync(postgres, "state", "import", "nothing.state", "--data-dir", "third")).Code);
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task The_program_makes_the_tables()
    {
        await using var trial = await PostgresTrial.StartAsync();
        await trial.ScalarAsync($"drop schema \"{trial.Schema}\" cascade");
        var first = await CliAsync([], "silo", "init-db", "--postgres", trial.Address, "--schema", trial.Schema);
        Assert.Equal((0, "applied 001-keys-and-records\napplied 002-orleans\napplied 003-images\n"), (first.Code, first.Output[..(first.Output.IndexOf("the schema", StringComparison.Ordinal))]));
        Assert.Contains("is up to date: version 3", (await CliAsync([], "silo", "init-db", "--postgres", trial.Address, "--schema", trial.Schema)).Output, StringComparison.Ordinal);
        var printed = await CliAsync([], "silo", "init-db", "--print", "--schema", "other");
        Assert.Contains("create schema if not exists \"other\";", printed.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await CliAsync([], "silo", "init-db")).Code);
    }

    private async Task<CliResult> CliAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        using var process = CliProcess.Start(_folder, environment, arguments);
        return await process.EndAsync();
    }

    private async Task<byte[]> RunAndExportAsync(int seed)
    {
        var random = new Random(seed);
        var lines = new StringBuilder();
        for (var i = 0; i < 600; i++)
        {
            var time = new DateTime(2024, 1, 1, 10, 0, 0, DateTimeKind.Utc).AddSeconds(i * 15 - (random.Next(10) == 0 ? random.Next(6000) : 0));
            lines.Append(random.Next(60) == 0 ? "{\"t\": broken\n" : string.Create(CultureInfo.InvariantCulture, $"{{\"t\": \"{time:yyyy-MM-ddTHH:mm:ssZ}\", \"k\": {i % 20}, \"amount\": {random.Next(1000)}.25}}\n"));
        }
        await File.WriteAllTextAsync(Path.Combine(_folder, "events.json"), lines.ToString());
        await File.WriteAllTextAsync(Path.Combine(_folder, "pipeline.yaml"), Pipeline);
        var run = await CliAsync([], "run", "pipeline.yaml", "--once", "--data-dir", "data");
        Assert.True(run.Code == 0, run.Errors);
        var export = await CliAsync([], "state", "export", "orders", "files.state", "--data-dir", "data");
        Assert.True(export.Code == 0, export.Errors);
        return await File.ReadAllBytesAsync(Path.Combine(_folder, "files.state"));
    }

    /// <summary>The same state as if its events had come from a topic.</summary>
    private static byte[] AsKafka(byte[] file)
    {
        var reader = new StateReader(new MemoryStream(file), "files.state");
        var target = new MemoryStream();
        var writer = new StateWriter(target, reader.Header with
        {
            Sources = [.. reader.Header.Sources.Select(s => s with { Type = "kafka" })],
            Partitions = [.. reader.Header.Partitions.Select(p => p with { Segment = "events/0" })],
        });
        while (reader.Next() is { } record) writer.Add(record is LedgerRecord entry ? entry with { Json = AsKafka(entry.Json) } : record);
        writer.Complete();
        return target.ToArray();
    }

    private static string AsKafka(string json)
    {
        var entry = JsonNode.Parse(json)!;
        entry["position"] = "events/0:" + ((string)entry["position"]!).Split(':')[^1];
        return entry.ToJsonString();
    }

    private static Task ImportAsync(PostgresTrial trial, byte[] file) => PostgresStateImport.ImportAsync(new StateReader(new MemoryStream(file), "x.state"), trial.Database, CancellationToken.None);

    private static async Task<byte[]> ExportAsync(PostgresTrial trial)
    {
        var target = new MemoryStream();
        await PostgresStateExport.ExportAsync(trial.Database, "orders", target, TimeProvider.System, CancellationToken.None);
        return target.ToArray();
    }

    /// <summary>As the pipeline's own part leaves its record when it has been stopped.</summary>
    private static async Task StopAsync(PostgresTrial trial)
    {
        var storage = await PostgresPipelineStorage.OpenAsync(trial.Database, "orders", [], CancellationToken.None);
        var record = (await storage.Records.LoadAsync("pipeline", CancellationToken.None))!;
        var content = JsonNode.Parse(record.Content)!;
        content["content"]!["order"] = 1;
        Assert.True(await storage.Records.TryWriteAsync(new RecordWrite("pipeline", record.Version, Guid.NewGuid(), Encoding.UTF8.GetBytes(content.ToJsonString()), [], []), CancellationToken.None));
    }

    private static StateHeader Header(byte[] file) => new StateReader(new MemoryStream(file), "x.state").Header;

    private static ImmutableArray<WindowsRecord> Windows(byte[] file) => [.. All(file).OfType<WindowsRecord>()];

    private static IEnumerable<StateRecord> All(byte[] file)
    {
        var reader = new StateReader(new MemoryStream(file), "x.state");
        while (reader.Next() is { } record) yield return record;
    }

    private static string[] Records(byte[] file) => [.. All(file).Select(r => $"{r.GetType().Name} {System.Text.Json.JsonSerializer.Serialize<object>(r)}").Order(StringComparer.Ordinal)];
}
