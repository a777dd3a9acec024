using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Evolution;
using StreamForge.Pipeline.Evolution;

namespace StreamForge.Tests.Engine;

/// <summary>A changed definition applied to live state: what is kept goes on with the numbers that it would have had, what is new says since when it counts.</summary>
public sealed class ApplyTests : IDisposable
{
    private const long Start = 1_700_000_000_000;

    private const string Pipeline = """
        metadata: {name: case}
        sources:
          s: {type: files, path: events.json, format: json, event_time: t, watermark: {out_of_orderness: 2m}, schema: [{name: t, type: timestamptz, unit: ms}, {name: k, type: string}, {name: x, type: bigint}, {name: w, type: string}]}
        features:
          - view: v
            input: s
            entity: [k]
            windows: [10m, 1h, {tumbling: 20m}, lifetime]
            resolution: 1m
            aggregates:
              - {name: n, function: count}
              - {name: sum, function: sum, of: x}
              - {name: words, function: distinct, of: w}
              - {name: said, function: last, of: w}
          - {view: other, input: s, entity: [w], windows: [lifetime], aggregates: [{name: n, function: count}]}
        sinks:
          out: {type: files, input: s, path: out}

        """;

    private readonly PipelineFolder _folder = new(Pipeline);

    public void Dispose() => _folder.Dispose();

    /// <summary>Half an event a second of three keys, out of order by up to a minute, over five hours.</summary>
    private static string[] Events(int seed)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, 3000).Select(i => FormattableString.Invariant(
                $"{{\"t\": {Start + i * 6000L - random.Next(60_000)}, \"k\": \"{(char)('a' + random.Next(3))}\", \"x\": {random.Next(-50, 50)}, \"w\": \"w{random.Next(40)}\"}}\n")),
        ];
    }

    private async Task<DefinitionChange> ApplyAsync(string[]? reset = null, string[]? forget = null)
    {
        await using var loaded = await _folder.LoadAsync();
        using var held = _folder.Data.Lock();
        var live = LiveDefinition.Find(_folder.Data, "case")!;
        var change = live.Compare(loaded.Plan, new ChangeRequest([.. reset ?? []], [.. forget ?? []]));
        await DefinitionApply.ApplyAsync(live, loaded, change, _folder.Data, new TableHome(_folder.Data).Of(loaded.Plan.Definition), TimeProvider.System, CancellationToken.None);
        return change;
    }

    private static string Lines(IEnumerable<string> events) => string.Concat(events);

    [Theory]
    [InlineData("windows: [10m, 1h, {tumbling: 20m}, lifetime]", "windows: [lifetime, 1h, {tumbling: 20m}, 10m]")]
    [InlineData("windows: [10m, 1h, {tumbling: 20m}, lifetime]", "windows: [30m, 1h, {tumbling: 10m}, lifetime]")]
    [InlineData("windows: [10m, 1h, {tumbling: 20m}, lifetime]", "windows: [2h, 10m, lifetime]")]
    [InlineData("windows: [10m, 1h, {tumbling: 20m}, lifetime]", "windows: [10m, 1h]")]
    [InlineData("windows: [10m, 1h, {tumbling: 20m}, lifetime]", "windows: [lifetime]")]
    [InlineData("resolution: 1m", "resolution: 2m")]
    [InlineData("{name: n, function: count}\n", "{name: top, function: max, of: x}\n      - {name: n, function: count}\n")]
    [InlineData("              - {name: sum, function: sum, of: x}\n", "")]
    [InlineData("{name: words, function: distinct, of: w}", "{name: first, function: first, of: w}")]
    [InlineData("{name: sum, function: sum, of: x}", "{name: mean, function: avg, of: x}")]
    [InlineData("{name: said, function: last, of: w}", "{name: said, function: last, of: w, where: \"x > 0\"}", "v.said")]
    public async Task What_is_kept_has_the_numbers_of_a_run_from_the_beginning(string was, string now, string? reset = null)
    {
        was = was.Replace("              -", "      -", StringComparison.Ordinal);
        var events = Events(was.Length * 31 + now.Length);
        _folder.Write("events.json", Lines(events[..2000]));
        await _folder.RunAsync(shards: 2);
        _folder.Pipeline = Pipeline.Replace(was, now, StringComparison.Ordinal);
        Assert.NotEqual(Pipeline, _folder.Pipeline);
        await ApplyAsync(reset is null ? null : [reset]);
        _folder.Append("events.json", Lines(events[2000..]));
        await _folder.RunAsync(shards: 3);

        using var scratch = new PipelineFolder(_folder.Pipeline);
        scratch.Write("events.json", Lines(events));
        await scratch.RunAsync();
        var compared = 0;
        foreach (var key in (string[])["a", "b", "c"])
        {
            var (view, row) = PipelineFolder.ReadRow(_folder.AtRest.OpenFeatures(_folder.Plan), "v", key);
            var right = scratch.Read("v", key);
            foreach (var (i, feature) in view.Features.Index())
            {
                // A window that is not whole yet, or never will be, counts less; by now all but lifetime's and the longest are.
                if (feature.Since is { } since && (since.WholeFrom is null || since.WholeFrom > row.At)) continue;
                Assert.Equal($"{feature.Name} {right[feature.Name]}", $"{feature.Name} {row.Values[i]}");
                compared++;
            }
        }
        Assert.True(compared >= 9);
        Assert.Equal(scratch.Read("other", "w1")["n_lifetime"], _folder.Read("other", "w1")["n_lifetime"]);
        Assert.Equal(scratch.SinkRows(), _folder.SinkRows());
    }

    [Fact]
    public async Task New_aggregate_counts_since_the_checkpoint_and_says_so_until_it_is_reset()
    {
        var events = Events(1);
        _folder.Write("events.json", Lines(events[..100]));
        await _folder.RunAsync();
        var position = $"s/0 at {_folder.Checkpoint.Partitions[0].Position}";
        _folder.Pipeline = Pipeline.Replace("{name: n, function: count}\n", "{name: n, function: count}\n      - {name: big, function: count, where: \"x > 10\"}\n", StringComparison.Ordinal);
        await ApplyAsync();
        _folder.Append("events.json", Lines(events[100..200]));
        await _folder.RunAsync();
        var since = _folder.Plan.Views[0].Description.Features.Single(f => f.Name == "big_10m").Since!;
        Assert.Equal(position, Assert.Single(since.Positions));
        Assert.Equal(["big_10m", "big_1h", "big_lifetime", "big_tumbling_20m"], _folder.Checkpoint.Views[0].Since.Select(s => s.Feature));
        Assert.Equal(EventTime.Ceiling(since.Time, EventTime.Minute) + 10 * EventTime.Minute, since.WholeFrom);
        var expected = events[100..200].Count(e => e.Contains("\"k\": \"a\"", StringComparison.Ordinal) && int.Parse(e.Split("\"x\": ")[1].Split(',')[0], System.Globalization.CultureInfo.InvariantCulture) > 10);
        Assert.Equal($"{expected}", _folder.Read("v", "a")["big_lifetime"].ToString());
    }

    [Theory]
    [InlineData("x", null)]
    [InlineData("x * 3 AS x", "v.sum")]
    public async Task A_column_for_a_new_aggregate_leaves_the_others_as_they_are(string x, string? reset)
    {
        var events = Events(8);
        var joined = Pipeline.Replace("features:\n", "transformations:\n  - {name: rows, type: sql_transform, input: s, sql: \"SELECT t, k, x, w FROM {{ input }} WHERE x <> 7\"}\nfeatures:\n", StringComparison.Ordinal)
            .Replace("input: s\n", "input: rows\n", StringComparison.Ordinal);
        _folder.Pipeline = joined;
        _folder.Write("events.json", Lines(events[..2000]));
        await _folder.RunAsync();
        _folder.Pipeline = joined.Replace("t, k, x, w FROM", $"t, k, {x}, w, CONCAT(w, k) AS both FROM", StringComparison.Ordinal)
            .Replace("- {name: n, function: count}\n", "- {name: pairs, function: distinct, of: both}\n      - {name: n, function: count}\n", StringComparison.Ordinal);
        if (reset is not null) Assert.Equal(ErrorKind.Conflict, (await Assert.ThrowsAsync<StreamForgeException>(() => ApplyAsync())).Kind);
        var change = await ApplyAsync(reset is null ? null : [reset]);
        Assert.Equal(ChangeVerdict.New, change.Changes.Single(c => c.Name == "pairs").Verdict);
        Assert.Equal(reset is null ? ChangeVerdict.Kept : ChangeVerdict.Reset, change.Changes.Single(c => c.Name == "sum").Verdict);
        _folder.Append("events.json", Lines(events[2000..]));
        await _folder.RunAsync();
        using var scratch = new PipelineFolder(_folder.Pipeline);
        scratch.Write("events.json", Lines(events));
        await scratch.RunAsync();
        var (right, got) = (scratch.Read("v", "a"), _folder.Read("v", "a"));
        string[] counted = ["n_lifetime", "words_lifetime", "said_lifetime", "n_1h", "pairs_1h", "sum_1h", .. reset is null ? (string[])["sum_lifetime"] : []];
        Assert.Equal(counted.Select(c => right[c].ToString()), counted.Select(c => got[c].ToString()));
        if (reset is not null) Assert.NotEqual(right["sum_lifetime"].ToString(), got["sum_lifetime"].ToString());
    }

    [Fact]
    public async Task A_widened_window_keeps_its_tiles_and_says_from_when_it_is_whole()
    {
        var events = Events(2);
        _folder.Write("events.json", Lines(events[..2000]));
        await _folder.RunAsync();
        _folder.Pipeline = Pipeline.Replace("windows: [10m, 1h,", "windows: [10m, 2h,", StringComparison.Ordinal);
        var change = await ApplyAsync();
        var since = change.Views[0].Since["n_2h"];
        Assert.Empty(since.Positions);
        Assert.Equal(EventTime.Floor(_folder.Checkpoint.Watermark - EventTime.Hour, EventTime.Minute), since.Time);
        Assert.Equal(since.Time + 2 * EventTime.Hour, since.WholeFrom);
        _folder.Append("events.json", Lines(events[2000..]));
        await _folder.RunAsync();
        using var scratch = new PipelineFolder(_folder.Pipeline);
        scratch.Write("events.json", Lines(events));
        await scratch.RunAsync();
        Assert.True(since.WholeFrom < _folder.Checkpoint.Watermark);
        Assert.Equal(scratch.Read("v", "b")["words_2h"], _folder.Read("v", "b")["words_2h"]);
    }

    [Theory]
    [InlineData("{tumbling: 20m}")]
    [InlineData("{hopping: 20m, every: 10m}")]
    public async Task New_sink_over_windows_gets_every_window_that_was_open(string window)
    {
        const string Closed = "  closed: {type: files, input: v, path: closed}\n";
        var events = Events(3);
        _folder.Pipeline = Pipeline.Replace("{tumbling: 20m}", window, StringComparison.Ordinal);
        _folder.Write("events.json", Lines(events[..1500]));
        await _folder.RunAsync();
        var watermark = _folder.Checkpoint.Watermark;
        _folder.Pipeline += Closed;
        var change = await ApplyAsync();
        Assert.Equal(watermark, change.Changes.Single(c => c.Name == "closed").Since!.Time);
        _folder.Append("events.json", Lines(events[1500..]));
        await _folder.RunAsync(drain: true);
        using var scratch = new PipelineFolder(_folder.Pipeline);
        scratch.Write("events.json", Lines(events));
        await scratch.RunAsync(drain: true);
        string[] Rows(PipelineFolder folder) =>
        [
            .. folder.SinkRows("closed").Where(r => string.CompareOrdinal(r.Split("\"window_end\":\"")[1].Split('"')[0], EventTime.Format(watermark)) > 0).Select(r => string.Join(',', r.Split(",\"_")[0])).Order(StringComparer.Ordinal),
        ];
        Assert.NotEmpty(Rows(_folder));
        Assert.Equal(Rows(scratch), Rows(_folder));
        Assert.Equal(Rows(_folder).Length, _folder.SinkRows("closed").Length);
    }

    [Fact]
    public async Task Emitted_windows_go_on_with_their_revisions_under_another_order_of_windows()
    {
        const string Sink = "  closed: {type: files, input: v, path: closed}\n";
        var events = Events(4);
        _folder.Pipeline = Pipeline.Replace("out_of_orderness: 2m", "out_of_orderness: 10s, allowed_lateness: 10m", StringComparison.Ordinal) + Sink;
        var changed = _folder.Pipeline.Replace("windows: [10m, 1h, {tumbling: 20m}, lifetime]", "windows: [{tumbling: 20m}, lifetime, 10m]", StringComparison.Ordinal)
            .Replace("      - {name: sum, function: sum, of: x}\n", "", StringComparison.Ordinal).Replace("- {name: n, function: count}\n", "- {name: n, function: count}\n", StringComparison.Ordinal);
        _folder.Write("events.json", Lines(events[..1500]));
        await _folder.RunAsync();
        _folder.Pipeline = changed;
        await ApplyAsync();
        _folder.Append("events.json", Lines(events[1500..]));
        await _folder.RunAsync();
        using var scratch = new PipelineFolder(changed);
        scratch.Write("events.json", Lines(events));
        await scratch.RunAsync();
        static string[] Last(PipelineFolder folder) =>
        [
            .. folder.SinkRows("closed").Select(r => System.Text.Json.Nodes.JsonNode.Parse(r)!)
                .GroupBy(r => $"{r["k"]} {r["window_start"]}").Select(g => g.MaxBy(r => (long)r["revision"]!)!).Select(r => $"{r["k"]} {r["window_start"]} {r["n"]} {r["words"]} {r["said"]}").Order(StringComparer.Ordinal),
        ];
        Assert.Equal(Last(scratch), Last(_folder));
    }

    [Fact]
    public async Task A_process_that_dies_before_the_new_checkpoint_leaves_the_old_state_and_one_that_dies_after_it_the_new()
    {
        var events = Events(5);
        _folder.Write("events.json", Lines(events[..300]));
        await _folder.RunAsync();
        var before = _folder.AllFeatures();
        var entry = await File.ReadAllBytesAsync(Path.Combine(_folder.Data.Catalog, "case.json"));
        _folder.Pipeline = Pipeline.Replace("{name: n, function: count}\n", "{name: top, function: max, of: x}\n      - {name: n, function: count}\n", StringComparison.Ordinal);
        await ApplyAsync();
        var after = _folder.AllFeatures();
        Assert.NotEqual(before, after);

        // After the step that counts and before the catalog.
        await File.WriteAllBytesAsync(Path.Combine(_folder.Data.Catalog, "case.json"), entry);
        Assert.Equal(after, _folder.AllFeatures());
        await using (var loaded = await _folder.LoadAsync()) Assert.False(LiveDefinition.Find(_folder.Data, "case")!.Compare(loaded.Plan, ChangeRequest.None).IsChange);

        // Before it: a state file without a manifest.
        var manifest = Directory.GetFiles(_folder.Checkpoints.Path, "checkpoint-*.json").Order(StringComparer.Ordinal).Last();
        File.Delete(manifest);
        Assert.Equal(before, _folder.AllFeatures());
        await ApplyAsync();
        Assert.Equal(after, _folder.AllFeatures());
        _folder.Append("events.json", Lines(events[300..400]));
        await _folder.RunAsync();
        Assert.Equal("top_10m", _folder.Plan.Views[0].Description.Features[0].Name);
    }

    [Fact]
    public async Task Pending_commits_of_a_forgotten_sink_are_made()
    {
        _folder.Write("events.json", Lines(Events(6)[..50]));
        await _folder.RunAsync();
        var row = Assert.Single(Directory.GetFiles(_folder["out"], "*.jsonl"));
        // As if the process had died between the checkpoint and its commit.
        File.Move(row, Path.Combine(_folder["out"], ".writing", "s-0-000000000000.part"));
        _folder.Pipeline = Pipeline.Replace("sinks:\n  out: {type: files, input: s, path: out}\n", "", StringComparison.Ordinal);
        await ApplyAsync(forget: ["out"]);
        Assert.Equal(50, _folder.SinkRows().Length);
        Assert.Empty(_folder.Checkpoint.Sinks);
        await _folder.RunAsync();
    }

    [Fact]
    public async Task Damaged_state_is_left_alone()
    {
        _folder.Write("events.json", Lines(Events(7)[..50]));
        await _folder.RunAsync();
        var state = _folder.Checkpoints.StatePath(_folder.Checkpoint.Id);
        var bytes = await File.ReadAllBytesAsync(state);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(state, bytes);
        _folder.Pipeline = Pipeline.Replace("windows: [10m, 1h,", "windows: [10m, 2h,", StringComparison.Ordinal);
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => ApplyAsync());
        Assert.Equal(ErrorKind.Corrupt, error.Kind);
        Assert.Equal(1, _folder.Checkpoint.Id);
    }

    [Fact]
    public async Task Lifetime_that_is_counted_through_tiles_which_cannot_be_cut_is_refused()
    {
        _folder.Pipeline = Pipeline.Replace("    resolution: 1m\n", "", StringComparison.Ordinal).Replace("windows: [10m, 1h, {tumbling: 20m}, lifetime]", "windows: [1h, 30d, lifetime]", StringComparison.Ordinal);
        _folder.Write("events.json", Lines(Events(8)[..50]));
        await _folder.RunAsync();
        _folder.Pipeline = _folder.Pipeline.Replace("windows: [1h, 30d, lifetime]", "windows: [1h, lifetime]", StringComparison.Ordinal);
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => ApplyAsync());
        Assert.Equal(
            "case: the view v: the lifetime window is counted through tiles of 6h, which cannot be cut into the new longest ones of 1m; or --reset v lets the whole view begin empty", error.Message);
        await ApplyAsync(reset: ["v"]);
        Assert.Empty(_folder.Keys()["v"]);
    }
}
