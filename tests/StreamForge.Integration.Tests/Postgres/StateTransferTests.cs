using System.Collections.Immutable;
using System.Text.Json.Nodes;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Embedded.Storage;
using StreamForge.Embedded.Transfer;
using StreamForge.Pipeline.States;
using StreamForge.Postgres;

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

    private readonly StateFiles _files = new();

    public void Dispose() => _files.Dispose();

    [ServiceTheory(PostgresTrial.Need), InlineData(1), InlineData(2)]
    public async Task Embedded_to_file_to_PostgreSQL_to_file_to_embedded_is_the_same_in_every_byte_of_every_key(int seed)
    {
        await using var trial = await PostgresTrial.StartAsync();
        var first = StateFiles.AsKafka(await _files.RunAndExportAsync(Pipeline, seed));
        await StateFiles.ImportAsync(trial, first);
        await StateFiles.StopAsync(trial);
        var second = await StateFiles.ExportAsync(trial);
        Assert.Equal(StateFiles.Records(first), StateFiles.Records(second));
        Assert.Contains(StateFiles.Records(second), r => r.StartsWith("WindowsRecord", StringComparison.Ordinal));
        var (before, after) = (StateFiles.Header(first), StateFiles.Header(second));
        Assert.Equal(("orders", "cluster", before.Watermark, before.Checkpoint), (after.Pipeline, after.Host, after.Watermark, after.Checkpoint));
        // What follows from newest events, what the cluster does not count, and the topic's name are not there.
        Assert.Equal(before.Partitions.Select(p => p with { Segment = "", Cursor = PartitionCursor.Moved(0).State, Watermark = null, Finished = false }), after.Partitions);
        Assert.Equal(before.Sinks.AsEnumerable(), after.Sinks);
        Assert.Equal(before.Definition, after.Definition);
        Assert.Equal(before.Views.Select(v => (v.Name, string.Join('|', v.Fingerprint), v.ClosedRows)), after.Views.Select(v => (v.Name, string.Join('|', v.Fingerprint), v.ClosedRows)));

        var data = new DataDirectory(Path.Combine(_files.Folder, "back"));
        EmbeddedStateImport.Import(new StateReader(new MemoryStream(second), "second.state"), data, TimeProvider.System);
        var third = new MemoryStream();
        EmbeddedStateExport.Export(data, "orders", third, TimeProvider.System);
        Assert.Equal(StateFiles.Records(first), StateFiles.Records(third.ToArray()));

        // And a second cluster, from the first one's file.
        await using var other = await PostgresTrial.StartAsync();
        await StateFiles.ImportAsync(other, second);
        await StateFiles.StopAsync(other);
        Assert.Equal(StateFiles.Records(second), StateFiles.Records(await StateFiles.ExportAsync(other)));
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task The_keys_are_found_as_the_cluster_looks_for_them()
    {
        await using var trial = await PostgresTrial.StartAsync();
        var file = StateFiles.AsKafka(await _files.RunAndExportAsync(Pipeline, 3));
        await StateFiles.ImportAsync(trial, file);
        var storage = await PostgresPipelineStorage.OpenAsync(trial.Database, "orders", ["keys", "spending"], CancellationToken.None);
        var header = StateFiles.Header(file);
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
        await StateFiles.ImportAsync(trial, StateFiles.AsKafka(await _files.RunAndExportAsync(Pipeline, 4)));
        Assert.Contains("it is running; stop the pipeline", await RefusedAsync(ErrorKind.Conflict), StringComparison.Ordinal);
        await StateFiles.StopAsync(trial);
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
            var error = await Assert.ThrowsAsync<StreamForgeException>(() => StateFiles.ExportAsync(trial));
            Assert.Equal((kind, false), (error.Kind, error.Retryable));
            return error.Message;
        }
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task State_that_does_not_fit_is_refused_and_nothing_of_it_is_there()
    {
        await using var trial = await PostgresTrial.StartAsync();
        var files = await _files.RunAndExportAsync(Pipeline, 5);
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => StateFiles.ImportAsync(trial, files));
        Assert.Equal("the state of orders cannot move into the cluster: its source events is of type files, and the cluster reads kafka", error.Message);
        var file = StateFiles.AsKafka(files);
        Assert.Equal(ErrorKind.Corrupt, (await Assert.ThrowsAsync<StreamForgeException>(() => StateFiles.ImportAsync(trial, file[..^3]))).Kind);
        Assert.Equal(ErrorKind.Corrupt, (await Assert.ThrowsAsync<StreamForgeException>(() => StateFiles.ImportAsync(trial, file[..(file.Length / 2)]))).Kind);
        Assert.Empty(await PostgresPipelineStorage.PipelinesAsync(trial.Database, CancellationToken.None));
        await StateFiles.ImportAsync(trial, file);
        Assert.Contains("has state of orders already", (await Assert.ThrowsAsync<StreamForgeException>(() => StateFiles.ImportAsync(trial, file))).Message, StringComparison.Ordinal);
        Assert.Equal(1L, await trial.ScalarAsync("select count(*) from records where name = 'pipeline'"));
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task The_program_moves_state_with_one_command_each_way()
    {
        await using var trial = await PostgresTrial.StartAsync();
        var file = Path.Combine(_files.Folder, "kafka.state");
        await File.WriteAllBytesAsync(file, StateFiles.AsKafka(await _files.RunAndExportAsync(Pipeline, 6)));
        var postgres = new Dictionary<string, string> { ["STREAMFORGE_POSTGRES"] = trial.Address, ["STREAMFORGE_SCHEMA"] = trial.Schema };
        Assert.StartsWith("imported orders: checkpoint 1, 40 keys of 2 views", (await _files.CliAsync(postgres, "state", "import", file)).Output, StringComparison.Ordinal);
        var running = await _files.CliAsync(postgres, "state", "export", "orders", "back.state");
        Assert.Equal(2, running.Code);
        Assert.False(File.Exists(Path.Combine(_files.Folder, "back.state")) || File.Exists(Path.Combine(_files.Folder, "back.state.new")));
        await StateFiles.StopAsync(trial);
        var done = await _files.CliAsync(postgres, "state", "export", "orders", "back.state", "--json");
        Assert.Equal(40, (int)JsonNode.Parse(done.Output)!["keys"]!);
        Assert.Equal(2, (await _files.CliAsync(postgres, "state", "export", "orders", "back.state")).Code);
        Assert.Equal(0, (await _files.CliAsync(postgres, "state", "export", "orders", "back.state", "--yes")).Code);
        Assert.Equal(0, (await _files.CliAsync(postgres, "state", "import", "back.state", "--data-dir", "elsewhere")).Code);
        Assert.Equal(2, (await _files.CliAsync(postgres, "state", "import", "back.state", "--data-dir", "elsewhere")).Code);
        Assert.Equal(2, (await _files.CliAsync(postgres, "state", "import", "back.state", "--data-dir", "elsewhere", "--postgres", trial.Address)).Code);
        Assert.Equal(1, (await _files.CliAsync(postgres, "state", "import", "nothing.state", "--data-dir", "third")).Code);
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task The_program_makes_the_tables()
    {
        await using var trial = await PostgresTrial.StartAsync();
        await trial.ScalarAsync($"drop schema \"{trial.Schema}\" cascade");
        var first = await _files.CliAsync([], "silo", "init-db", "--postgres", trial.Address, "--schema", trial.Schema);
        Assert.Equal((0, "applied 001-keys-and-records\napplied 002-orleans\napplied 003-images\n"), (first.Code, first.Output[..(first.Output.IndexOf("the schema", StringComparison.Ordinal))]));
        Assert.Contains("is up to date: version 3", (await _files.CliAsync([], "silo", "init-db", "--postgres", trial.Address, "--schema", trial.Schema)).Output, StringComparison.Ordinal);
        var printed = await _files.CliAsync([], "silo", "init-db", "--print", "--schema", "other");
        Assert.Contains("create schema if not exists \"other\";", printed.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await _files.CliAsync([], "silo", "init-db")).Code);
    }

    private static ImmutableArray<WindowsRecord> Windows(byte[] file) => [.. StateFiles.All(file).OfType<WindowsRecord>()];
}
