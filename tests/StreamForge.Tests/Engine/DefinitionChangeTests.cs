using StreamForge.Core;

namespace StreamForge.Tests.Engine;

/// <summary>A changed definition over live state: kept, begun or refused, never guessed.</summary>
public sealed class DefinitionChangeTests : IDisposable
{
    private const string Pipeline = """
        metadata: {name: case}
        sources:
          s: {type: files, path: events.json, format: json, event_time: t, schema: [{name: t, type: timestamptz, unit: ms}, {name: k, type: string}, {name: x, type: bigint}]}
        transformations:
          - {name: all, type: sql_transform, input: s, sql: "SELECT t, k, x FROM {{ input }} WHERE x > 0"}
        features:
          - view: v
            input: all
            entity: [k]
            windows: [1h, lifetime]
            resolution: 1m
            aggregates: [{name: n, function: count}, {name: sum, function: sum, of: x}]
          - {view: w, input: all, entity: [x], windows: [lifetime], aggregates: [{name: n, function: count}]}
        sinks:
          out: {type: files, input: all, path: out}
        """;

    private readonly PipelineFolder _folder = new(Pipeline);

    public DefinitionChangeTests() => _folder.Write("events.json", Events(0, 10));

    public void Dispose() => _folder.Dispose();

    private static string Events(int from, int count) => string.Concat(Enumerable.Range(from, count).Select(i => $"{{\"t\": {1_700_000_000_000 + i * 1000}, \"k\": \"a\", \"x\": 1}}\n"));

    [Theory]
    [InlineData("WHERE x > 0", "WHERE x > 1", "the view v has changed over its live state: it was 'transformation: ")]
    [InlineData("entity: [k]", "entity: [k, x]", "the view v has changed over its live state: it was 'entity k string' and is now 'entity k string, x bigint'")]
    [InlineData("event_time: t,", "event_time: t, timezone: Europe/London,", "the view v has changed over its live state: it was 'source event time t in UTC' and is now 'source event time t in Europe/London'")]
    [InlineData("resolution: 1m", "resolution: 5m", "it was 'tiles 1m kept 1h' and is now 'tiles 5m kept 1h'")]
    [InlineData("windows: [1h, lifetime]", "windows: [2h, lifetime]", "it was 'tiles 1m kept 1h' and is now 'tiles 1m kept 2h'")]
    [InlineData("windows: [1h, lifetime]", "windows: [1h]", "'lifetime' is gone")]
    [InlineData("function: sum, of: x", "function: sum, of: \"x + 1\"", "it was 'sum.integer v1 of ")]
    [InlineData("function: sum, of: x}", "function: sum, of: x}, {name: top, function: max, of: x}", "'max.bigint v1 of ")]
    [InlineData("path: events.json", "path: other.json", "it was 'source s: files events.json json' and is now 'source s: files other.json json'")]
    public async Task A_changed_view_is_refused_with_the_difference_named(string was, string now, string difference)
    {
        await _folder.RunAsync();
        File.Copy(_folder["events.json"], _folder["other.json"]);
        _folder.Pipeline = Pipeline.Replace(was, now, StringComparison.Ordinal);
        Assert.NotEqual(Pipeline, _folder.Pipeline);
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => _folder.RunAsync());
        Assert.Equal(ErrorKind.Conflict, error.Kind);
        Assert.StartsWith("case: the view v has changed over its live state: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(difference, error.Message, StringComparison.Ordinal);
        Assert.EndsWith("; put it back, take it in with ./streamforge apply FILE (./streamforge diff FILE shows what it does), or run with another --data-dir (or delete this one) to compute everything again", error.Message, StringComparison.Ordinal);
        _folder.Pipeline = Pipeline;
        _folder.Append("events.json", Events(10, 5));
        await _folder.RunAsync();
        Assert.Equal("15", _folder.Read("v", "a")["sum_lifetime"].ToString());
    }

    [Theory]
    [InlineData("SELECT t, k, x FROM", "SELECT t, k, x FROM")]
    [InlineData("SELECT t, k, x FROM", "SELECT t, k, x, x * 2 AS twice FROM")]
    public async Task State_of_former_fingerprints_goes_on(string was, string now)
    {
        await _folder.RunAsync();
        var former = _folder.Plan.Views.Select(v => v.FormerFingerprints[^1]).ToArray();
        Assert.Contains("SELECT `t` AS `t`, `k` AS `k`, `x` AS `x` FROM", string.Join('\n', former[0]), StringComparison.Ordinal);
        Assert.Contains("sum.integer v1 of `x` where true", former[0]);
        _folder.Checkpoints.Publish(_folder.Checkpoint with { Views = [.. _folder.Checkpoint.Views.Zip(former, (v, f) => v with { Fingerprint = f })] });
        _folder.Pipeline = Pipeline.Replace(was, now, StringComparison.Ordinal);
        _folder.Append("events.json", Events(10, 5));
        await _folder.RunAsync();
        Assert.Equal("15", _folder.Read("v", "a")["sum_lifetime"].ToString());
        Assert.Equal(_folder.Plan.Views.Select(v => v.Fingerprint), _folder.Checkpoint.Views.Select(v => v.Fingerprint));
    }

    [Fact]
    public async Task State_of_former_fingerprints_is_refused_to_another_definition()
    {
        await _folder.RunAsync();
        var former = _folder.Plan.Views.Select(v => v.FormerFingerprints[^1]).ToArray();
        _folder.Checkpoints.Publish(_folder.Checkpoint with { Views = [.. _folder.Checkpoint.Views.Zip(former, (v, f) => v with { Fingerprint = f })] });
        _folder.Pipeline = Pipeline.Replace("WHERE x > 0", "WHERE x > 1", StringComparison.Ordinal);
        Assert.Equal(ErrorKind.Conflict, (await Assert.ThrowsAsync<StreamForgeException>(() => _folder.RunAsync())).Kind);
    }

    [Theory]
    [InlineData("  - {view: w, input: all, entity: [x], windows: [lifetime], aggregates: [{name: n, function: count}]}\n", "the view w is no longer in the file, but its state is kept")]
    [InlineData("sinks:\n  out: {type: files, input: all, path: out}", "the sink out is no longer in the file, but its commits are kept")]
    public async Task A_removed_part_is_refused_by_name(string part, string difference)
    {
        await _folder.RunAsync();
        _folder.Pipeline = Pipeline.Replace(part, "", StringComparison.Ordinal);
        Assert.NotEqual(Pipeline, _folder.Pipeline);
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => _folder.RunAsync());
        Assert.Equal(ErrorKind.Conflict, error.Kind);
        Assert.StartsWith($"case: {difference}; ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT t, k, x FROM {{ input }} WHERE x > 0", "select  t , k,x\\n from {{ input }} where x>0")]
    [InlineData("{name: n, function: count}, {name: sum", "{name: events, function: count}, {name: total")]
    [InlineData("{name: n, function: count}, {name: sum, function: sum, of: x}", "{name: sum, function: sum, of: x}, {name: n, function: count}")]
    [InlineData("event_time: t, schema", "event_time: t, watermark: {allowed_lateness: 1h}, schema")]
    [InlineData("  out: {type: files", "  another: {type: files, input: s, path: out2}\n  out: {type: files")]
    [InlineData("metadata: {name: case}", "metadata: {name: case, owner: me}\norchestration: {max_records: 3, parallelism: 5}")]
    public async Task What_means_the_same_keeps_its_state(string was, string now)
    {
        await _folder.RunAsync();
        _folder.Pipeline = Pipeline.Replace(was, now, StringComparison.Ordinal);
        Assert.NotEqual(Pipeline, _folder.Pipeline);
        _folder.Append("events.json", Events(10, 5));
        await _folder.RunAsync();
        Assert.Equal(["15", "15", "15", "15"], _folder.Read("v", "a").Values.Select(v => v.ToString()));
    }

    [Fact]
    public async Task A_new_view_begins_at_the_checkpoints_positions_and_the_others_go_on()
    {
        await _folder.RunAsync();
        _folder.Pipeline = Pipeline.Replace("features:\n", "features:\n  - {view: fresh, input: all, entity: [k], windows: [lifetime], aggregates: [{name: n, function: count}]}\n", StringComparison.Ordinal);
        _folder.Append("events.json", Events(10, 5));
        await _folder.RunAsync();
        Assert.Equal("15", _folder.Read("v", "a")["n_lifetime"].ToString());
        Assert.Equal("15", _folder.Read("w", "1")["n_lifetime"].ToString());
        Assert.Equal("5", _folder.Read("fresh", "a")["n_lifetime"].ToString());
        _folder.Append("events.json", Events(15, 2));
        await _folder.RunAsync();
        Assert.Equal("7", _folder.Read("fresh", "a")["n_lifetime"].ToString());
        Assert.Equal("17", _folder.Read("w", "1")["n_lifetime"].ToString());
    }

    [Fact]
    public async Task A_source_file_that_was_cut_or_replaced_is_refused()
    {
        await _folder.RunAsync();
        _folder.Write("events.json", Events(0, 2));
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => _folder.RunAsync());
        Assert.Equal(ErrorKind.DataLoss, error.Kind);
        Assert.Contains("events.json: the file ends at byte ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sinks_folder_of_another_pipeline_is_refused_and_left_alone()
    {
        await _folder.RunAsync();
        using var other = new PipelineFolder(Pipeline.Replace("name: case", "name: other", StringComparison.Ordinal).Replace("path: out", $"path: {_folder["out"]}", StringComparison.Ordinal), "other");
        other.Write("events.json", Events(0, 3));
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => other.RunAsync());
        Assert.Equal($"the folder {_folder["out"]} belongs to sink out of pipeline case; give sink out a folder of its own", error.Message);
        Assert.Equal(10, _folder.SinkRows().Length);
    }

    [Fact]
    public async Task A_fresh_start_replaces_what_its_sink_wrote_before_and_nothing_else_in_the_folder()
    {
        await _folder.RunAsync();
        _folder.Write("out/notes.jsonl", "mine");
        Directory.Delete(_folder["data"], recursive: true);
        _folder.Write("events.json", Events(0, 4));
        await _folder.RunAsync();
        Assert.Equal("mine", System.Text.Encoding.UTF8.GetString(_folder.Bytes("out/notes.jsonl")));
        Assert.Equal(5, _folder.SinkRows().Length);
    }
}
