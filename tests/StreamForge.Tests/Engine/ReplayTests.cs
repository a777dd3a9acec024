using System.Text.Json.Nodes;
using StreamForge.Core;
using StreamForge.Embedded.Replays;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Tests.Engine;

/// <summary>Events that did not count, taken in once more: exactly once, or left where they are with the reason.</summary>
public sealed class ReplayTests : IDisposable
{
    private const long Start = 1_700_000_000_000;

    private const string Pipeline = """
        metadata: {name: case}
        sources:
          s: {type: files, path: events.json, format: json, event_time: t, watermark: {out_of_orderness: 0s}, schema: [{name: t, type: timestamptz, unit: ms}, {name: k, type: string}, {name: x, type: bigint}]}
        features:
          - {view: v, input: s, entity: [k], windows: [{tumbling: 1m}, lifetime], aggregates: [{name: n, function: count}]}
        sinks:
          out: {type: files, input: s, path: out}
          closed: {type: files, input: v, path: closed}

        """;

    private readonly PipelineFolder _folder = new(Pipeline);

    public void Dispose() => _folder.Dispose();

    private static string Event(int second, string x = "1", string key = "a") => FormattableString.Invariant($"{{\"t\": {Start + second * 1000L}, \"k\": \"{key}\", \"x\": {x}}}\n");

    private System.Collections.Immutable.ImmutableArray<ReplayedRecord> ReplayLetters()
    {
        using var held = _folder.Data.Lock();
        return DeadLetterReplay.Replay(_folder.Data, "case", (_, _, _) => true, TimeProvider.System);
    }

    private async Task<LateReplayResult> ReplayLateAsync()
    {
        using var held = _folder.Data.Lock();
        return await LateReplay.ReplayAsync(_folder.Data, "case", _ => true, TimeProvider.System, CancellationToken.None);
    }

    [Fact]
    public async Task Dead_letters_are_taken_in_once_by_the_next_run_and_those_that_fail_again_stay_with_their_new_reason()
    {
        _folder.Write("events.json", Event(0) + Event(1, "\"many\"") + "{\"k\": \"a\", \"x\": 1}\n" + Event(2));
        await _folder.RunAsync();
        Assert.Equal(2, _folder.DeadLetters().Length);
        Assert.Equal("2", _folder.Read("v", "a")["n_lifetime"].ToString());

        // What did not fit a number fits a text; what has no time has none today either.
        _folder.Pipeline = Pipeline.Replace("{name: x, type: bigint}", "{name: x, type: string}", StringComparison.Ordinal);
        Assert.Equal([null, null], ReplayLetters().Select(l => l.Refused));
        Assert.Empty(ReplayLetters());
        Assert.All(_folder.DeadLetters(), l => Assert.True((bool)JsonNode.Parse(l)!["replayed"]!));
        await _folder.RunAsync();
        Assert.Equal("3", _folder.Read("v", "a")["n_lifetime"].ToString());
        Assert.Equal(3, _folder.SinkRows().Length);
        var letters = _folder.DeadLetters();
        Assert.Equal(3, letters.Length);
        var again = JsonNode.Parse(letters[2])!;
        Assert.Equal((ReplayLog.Partition, "it lacks its event time, t", null), ((int)again["partition"]!, (string)again["reason"]!, again["replayed"]));
        Assert.StartsWith("replay-00000001.json:", (string)again["position"]!, StringComparison.Ordinal);
        await _folder.RunAsync();
        Assert.Equal("3", _folder.Read("v", "a")["n_lifetime"].ToString());

        // The one that failed again can be replayed again, behind the first.
        Assert.Equal([2L], ReplayLetters().Select(l => l.Number));
        _folder.Append("events.json", Event(3));
        await _folder.RunAsync();
        Assert.Equal("4", _folder.Read("v", "a")["n_lifetime"].ToString());
        Assert.Equal(4, _folder.DeadLetters().Length);
    }

    [Fact]
    public async Task Marks_without_their_events_count_for_nothing()
    {
        _folder.Write("events.json", Event(0) + Event(1, "\"many\""));
        await _folder.RunAsync();
        ReplayLetters();
        var log = Path.Combine(_folder.Data.Path, "replay", "case", "s", "replay-00000001.json");
        File.Delete(log);
        Assert.Null(JsonNode.Parse(Assert.Single(_folder.DeadLetters()))!["replayed"]);
        Assert.Single(ReplayLetters());
        Assert.True(File.Exists(log));
    }

    [Fact]
    public async Task Letters_of_csv_files_come_back_under_their_files_header_and_stay_when_it_is_gone()
    {
        _folder.Pipeline = Pipeline.Replace("events.json, format: json", "\"*.csv\", format: csv", StringComparison.Ordinal);
        _folder.Write("one.csv", $"k,x,t\na,1,{Start}\na,many,{Start}\n");
        _folder.Write("two.csv", $"x,t,k\nfew,{Start},b\n");
        await _folder.RunAsync();
        File.Delete(_folder["two.csv"]);
        Assert.Equal([null, "the file two.csv is gone, and with it the names of its columns"], ReplayLetters().Select(l => l.Refused));
        _folder.Pipeline = _folder.Pipeline.Replace("{name: x, type: bigint}", "{name: x, type: string}", StringComparison.Ordinal);
        _folder.Write("two.csv", $"x,t,k\nfew,{Start},b\n");
        await _folder.RunAsync();
        Assert.Equal("2", _folder.Read("v", "a")["n_lifetime"].ToString());
    }

    [Fact]
    public async Task Changelogs_and_other_formats_are_refused_with_the_reason()
    {
        _folder.Write("events.json", Event(0) + Event(1, "\"many\""));
        await _folder.RunAsync();
        var plan = _folder.Plan;
        Assert.Equal("json", DeadLetterReplay.Format(plan.Sources[0]));
        Assert.Null(DeadLetterReplay.Format(plan.Sources[0] with { Definition = plan.Sources[0].Definition with { Changelog = new ChangelogDefinition([], BeforeImages.Full) } }));
        Assert.Null(DeadLetterReplay.Format(plan.Sources[0] with { Definition = plan.Sources[0].Definition with { Options = new FilesSourceOptions("x", "parquet") } }));
    }

    [Fact]
    public async Task Windows_that_late_events_missed_are_given_to_the_sink_as_their_next_revision_once()
    {
        // Three windows; then, far behind, an event of the first and one of a window that nobody has heard of.
        _folder.Write("events.json", Event(0) + Event(10) + Event(70) + Event(600) + Event(20) + Event(130, key: "b") + Event(900));
        await _folder.RunAsync();
        Assert.Equal(2, _folder.Late().Length);
        var before = _folder.SinkRows("closed");
        var state = _folder.AllFeatures();
        var result = await ReplayLateAsync();
        Assert.Equal([null, null], result.Events.Select(e => e.Refused));
        Assert.Equal(2, result.Rows);
        string[] added = [.. _folder.SinkRows("closed").Except(before)];
        Assert.Equal(
            ["a 2023-11-14T22:13:00Z 1 u 3", "b 2023-11-14T22:15:00Z 0 c 1"],
            added.Select(r => JsonNode.Parse(r)!).Select(r => $"{r["k"]} {r["window_start"]} {r["revision"]} {r["op"]} {r["n"]}").Order(StringComparer.Ordinal));
        Assert.Equal(state, _folder.AllFeatures());
        Assert.All(_folder.Late(), l => Assert.True((bool)JsonNode.Parse(l)!["replayed"]!));

        Assert.Empty((await ReplayLateAsync()).Events);
        await _folder.RunAsync();
        _folder.Append("events.json", Event(30) + Event(2000));
        await _folder.RunAsync();
        Assert.Equal(1, (await ReplayLateAsync()).Rows);
        Assert.Equal(2, _folder.SinkRows("closed").Select(r => JsonNode.Parse(r)!).Where(r => (string)r["k"]! == "a").Max(r => (long)r["revision"]!));
        Assert.False(Directory.Exists(Path.Combine(_folder.Data.Path, "replay", ".run")));
    }

    [Fact]
    public async Task A_process_that_dies_before_the_sinks_commit_has_it_repeated_by_the_next_start()
    {
        _folder.Write("events.json", Event(0) + Event(600) + Event(20) + Event(900));
        await _folder.RunAsync();
        var rows = _folder.SinkRows("closed").Length;
        Assert.Equal(1, (await ReplayLateAsync()).Rows);
        var file = Directory.GetFiles(_folder["closed"], $"v-{ReplayLog.Partition}-*.jsonl").Single();
        File.Move(file, Path.Combine(_folder["closed"], ".writing", $"v-{ReplayLog.Partition}-000000000000.part"));
        await _folder.RunAsync();
        Assert.Equal(rows + 1, _folder.SinkRows("closed").Length);
    }

    [Fact]
    public async Task Late_events_stay_while_their_window_is_not_final_or_the_history_is_not_what_was_read()
    {
        _folder.Write("events.json", Event(0) + Event(200) + Event(10));
        await _folder.RunAsync();
        Assert.Single(_folder.Late());
        var rows = _folder.SinkRows("closed");
        _folder.Append("events.json", Event(5000));
        var error = await Assert.ThrowsAsync<StreamForgeException>(ReplayLateAsync);
        Assert.Equal(ErrorKind.Conflict, error.Kind);
        Assert.Contains("run the pipeline to the source's end with --once, then replay", error.Message, StringComparison.Ordinal);
        Assert.Equal(rows, _folder.SinkRows("closed"));
        Assert.Equal(1, _folder.Checkpoint.Id);
    }

    [Fact]
    public async Task Nothing_is_corrected_where_no_sink_was_given_what_was_missed()
    {
        _folder.Pipeline = Pipeline.Replace("  closed: {type: files, input: v, path: closed}\n", "", StringComparison.Ordinal);
        _folder.Write("events.json", Event(0) + Event(600) + Event(20));
        await _folder.RunAsync();
        var result = await ReplayLateAsync();
        Assert.Equal((0L, null), (result.Rows, Assert.Single(result.Events).Refused));
    }
}
