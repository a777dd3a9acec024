using StreamForge.Core;
using StreamForge.Embedded.Evolution;
using StreamForge.Pipeline.Evolution;

namespace StreamForge.Tests.Engine;

/// <summary>A changed definition compared with live state: each rule by its line.</summary>
public sealed class DiffTests : IClassFixture<DiffTests.RanCase>
{
    private const string Pipeline = """
        metadata: {name: case}
        sources:
          s: {type: files, path: events.json, format: json, event_time: t, schema: [{name: t, type: timestamptz, unit: ms}, {name: k, type: string}, {name: x, type: bigint}, {name: y, type: double}]}
          unused: {type: files, path: events.json, format: json, event_time: t, schema: [{name: t, type: timestamptz, unit: ms}]}
        transformations:
          - {name: all, type: sql_transform, input: s, sql: "SELECT t, k, x, y FROM {{ input }} WHERE x > 0"}
        features:
          - view: v
            input: all
            entity: [k]
            windows: [1h, {tumbling: 1h}, lifetime]
            resolution: 5m
            aggregates: [{name: n, function: count}, {name: sum, function: sum, of: x, description: "all of x"}]
            derived: [{name: mean, expression: "sum_1h / NULLIF(n_1h, 0)"}]
          - {view: w, input: all, entity: [x], windows: [lifetime], aggregates: [{name: n, function: count}]}
        services:
          - {name: served, features: ["v:n_1h"]}
        sinks:
          out: {type: files, input: all, path: out}
          closed: {type: files, input: v, path: closed}

        """;

    private readonly PipelineFolder _folder;

    public DiffTests(RanCase ran)
    {
        _folder = ran.Folder;
        _folder.Pipeline = Pipeline;
    }

    public sealed class RanCase : IAsyncLifetime
    {
        internal PipelineFolder Folder { get; } = new(Pipeline);

        public async Task InitializeAsync()
        {
            Folder.Write("events.json", string.Concat(Enumerable.Range(0, 10).Select(i => FormattableString.Invariant($"{{\"t\": {1_700_000_000_000 + i * 1000}, \"k\": \"a\", \"x\": 1, \"y\": 0.5}}\n"))));
            File.Copy(Folder["events.json"], Folder["other.json"]);
            await Folder.RunAsync();
        }

        public Task DisposeAsync()
        {
            Folder.Dispose();
            return Task.CompletedTask;
        }
    }

    private async Task<DefinitionChange> CompareAsync(string[]? reset = null, string[]? forget = null)
    {
        await using var loaded = await _folder.LoadAsync();
        return LiveDefinition.Find(_folder.Data, "case")!.Compare(loaded.Plan, new ChangeRequest([.. reset ?? []], [.. forget ?? []]));
    }

    /// <summary>Whatever is not simply kept.</summary>
    private static string Text(DefinitionChange change) => string.Join('\n', change.Changes.Where(c => c.Verdict != ChangeVerdict.Kept || c.Detail is not null || c.Since is not null).Select(c =>
        $"{c.Subject.Word()} {(c.View is null ? "" : c.View + ".")}{c.Name} {c.Verdict.Word()}{(c.Detail is null ? "" : $": {c.Detail}")}"
        + (c.Since is { } since ? $" since {EventTime.Format(since.Time)} whole {(since.WholeFrom is { } whole ? EventTime.Format(whole) : "never")}" : "")));

    [Theory]
    [InlineData("SELECT t, k, x, y FROM {{ input }} WHERE x > 0", "select t,k, x,y from {{ input }} where x>0", "")]
    [InlineData("[{name: n, function: count}, {name: sum, function: sum, of: x, description: \"all of x\"}]", "[{name: sum, function: sum, of: x, description: \"all of x\"}, {name: n, function: count}]", "")]
    [InlineData("SELECT t, k, x, y FROM", "SELECT y, t, k, x, x * 2 AS twice, CAST(y AS bigint) AS whole FROM", "")]
    [InlineData("SELECT t, k, x, y FROM", "SELECT t, k, x FROM", "")]
    [InlineData("SELECT t, k, x, y FROM", "SELECT t, k, x, y, x * 2 AS z FROM", "aggregate v.twice new since 2023-11-14T22:13:29.000001Z whole never", "{name: sum, function", "{name: twice, function: sum, of: z}, {name: sum, function")]
    [InlineData("SELECT t, k, x, y FROM", "SELECT t, lower(k) AS k, x, y FROM", "view v refused: it was 'transformation: SELECT `k` AS `k` FROM *")]
    [InlineData("WHERE x > 0", "WHERE x > 1", "view v refused: it was 'transformation: *")]
    [InlineData("entity: [k]", "entity: [k, x]", "view v refused: it was 'entity k string' and is now 'entity k string, x bigint'; --reset v lets it begin empty")]
    [InlineData("function: sum, of: x,", "function: sum, of: \"x + 1\",", "aggregate v.sum refused: it was 'sum of `x` (sum.integer v1)' and is now 'sum of `x` + 1 (sum.integer v1)'; --reset v.sum lets it begin empty, or give it another name")]
    [InlineData("function: sum, of: x,", "function: sum, of: x, where: \"x > 2\",", "aggregate v.sum refused: it was 'sum of `x` (sum.integer v1)' and is now 'sum of `x` where `x` > 2 (sum.integer v1)'; --reset v.sum lets it begin empty, or give it another name")]
    [InlineData("function: sum, of: x,", "function: max, of: x,", "aggregate v.sum refused: it was 'sum of `x` (sum.integer v1)' and is now 'max of `x` (max.bigint v1)'; --reset v.sum lets it begin empty, or give it another name")]
    [InlineData("name: n, function: count}, {name: sum", "name: events, function: count}, {name: sum", "aggregate v.events kept: it was named n", "n_1h", "events_1h")]
    [InlineData("function: count}, {name: sum", "function: count}, {name: low, function: min, of: x}, {name: sum", "aggregate v.low new since 2023-11-14T22:13:29.000001Z whole never")]
    [InlineData(", {name: sum, function: sum, of: x, description: \"all of x\"}]", "]", "aggregate v.sum dropped: its state goes with it; --forget v.sum or --yes agrees to that\ndefinition derived feature v:mean free: it was 'sum_1h / NULLIF(n_1h, 0)' and is now 'n_1h'", "sum_1h / NULLIF(n_1h, 0)", "n_1h")]
    [InlineData("windows: [1h,", "windows: [1h, 30m,", "window v.30m kept: it is new, and made of the tiles of 5m that are kept")]
    [InlineData("windows: [1h,", "windows: [1h, 3h,", "window v.3h kept: it is new, and made of the tiles of 5m that are kept since 2023-11-14T21:10:00Z whole 2023-11-15T00:10:00Z")]
    [InlineData("resolution: 5m", "resolution: 1m", "window v.1h refused: its tiles were 5m and are now 1m, and tiles cannot be cut finer; --reset v.1h lets it begin empty\nwindow v.tumbling_1h refused: its tiles were 5m and are now 1m, and tiles cannot be cut finer; --reset v.tumbling_1h lets it begin empty")]
    [InlineData("resolution: 5m", "resolution: 10m", "window v.1h kept: its tiles were 5m and are now 10m\nwindow v.tumbling_1h kept: its tiles were 5m and are now 10m")]
    [InlineData(", lifetime]\n    resolution", "]\n    resolution", "window v.lifetime dropped: its state goes with it; --forget v.lifetime or --yes agrees to that")]
    [InlineData("  - {view: w, input: all, entity: [x], windows: [lifetime], aggregates: [{name: n, function: count}]}\n", "", "view w refused: it is no longer in the file; put it back, or --forget w gives up what is kept of it")]
    [InlineData("  out: {type: files, input: all, path: out}\n", "", "sink out refused: it is no longer in the file; put it back, or --forget out gives up what is kept of it")]
    [InlineData("input: all, path: out}", "input: s, path: out}", "sink out refused: it was 'files out of all' and is now 'files out of s'; give it another name, or --reset out lets it begin anew")]
    [InlineData("  closed:", "  rows: {type: files, input: s, path: rows}\n  closed:", "sink rows new: rows that were read before are not in it")]
    [InlineData("event_time: t, schema: [{name: t, type: timestamptz, unit: ms}]", "event_time: t, timezone: Europe/London, schema: [{name: t, type: timestamptz, unit: ms}]", "")]
    [InlineData("  unused: {type: files, path: events.json, format: json, event_time: t, schema: [{name: t, type: timestamptz, unit: ms}]}\n", "", "source unused refused: it is no longer in the file; put it back, or --forget unused gives up what is kept of it")]
    [InlineData("  unused: {type: files, path: events.json", "  unused: {type: files, path: other.json", "source unused refused: it was 'files events.json json' and is now 'files other.json json'; give it another name, or --reset unused reads it from its beginning")]
    [InlineData("event_time: t, schema: [{name: t, type: timestamptz, unit: ms}, {name: k", "event_time: t, watermark: {allowed_lateness: 1h}, schema: [{name: t, type: timestamptz, unit: ms}, {name: k",
        "definition watermark of s free: it was 'out_of_orderness 5s, idle_timeout 30s, allowed_lateness 0s, max_future 1d' and is now 'out_of_orderness 5s, idle_timeout 30s, allowed_lateness 1h, max_future 1d'")]
    [InlineData("features: [\"v:n_1h\"]", "features: [\"v:n_lifetime\"]", "definition service served free: it was 'v:n_1h' and is now 'v:n_lifetime'")]
    [InlineData("description: \"all of x\"", "description: \"x in all\"", "definition description of v:sum free: it was 'all of x' and is now 'x in all'")]
    public async Task Every_rule_has_its_line(string was, string now, string expected, string? other = null, string? otherNow = null)
    {
        _folder.Pipeline = Pipeline.Replace(was, now, StringComparison.Ordinal);
        Assert.NotEqual(Pipeline, _folder.Pipeline);
        if (other is not null) _folder.Pipeline = _folder.Pipeline.Replace(other, otherNow, StringComparison.Ordinal);
        var change = await CompareAsync();
        var text = Text(change);
        if (expected.EndsWith('*')) Assert.StartsWith(expected[..^1], text, StringComparison.Ordinal);
        else if (otherNow is "events_1h") Assert.StartsWith(expected, text, StringComparison.Ordinal);
        else Assert.Equal(expected, text);
        Assert.Equal(expected.Length > 0, change.IsChange);
    }

    [Fact]
    public async Task A_changed_expression_concerns_the_aggregates_that_read_it()
    {
        const string View = "  - {view: w, input: all, entity: [x], windows: [lifetime], aggregates: [{name: n, function: count}]}\n";
        _folder.Pipeline = Pipeline.Replace("SELECT t, k, x, y", "SELECT t, k, x + 1 AS x, y", StringComparison.Ordinal).Replace(View, "", StringComparison.Ordinal);
        Assert.Equal(
            "aggregate v.sum refused: it was 'sum of `x` (sum.integer v1) from SELECT `x` AS `x` FROM {{ input }} WHERE `x` > 0' and is now 'sum of `x` (sum.integer v1) from SELECT `x` + 1 AS `x` FROM {{ input }} WHERE `x` > 0'; "
            + "--reset v.sum lets it begin empty, or give it another name\nview w forgotten", Text(await CompareAsync(forget: ["w"])));
        var reset = await CompareAsync(reset: ["v.sum"], forget: ["w"]);
        Assert.Empty(reset.Refused);
        Assert.Equal([ChangeVerdict.Kept, ChangeVerdict.Reset], reset.Changes.Where(c => c.Subject == ChangeSubject.Aggregate).Select(c => c.Verdict));
    }

    [Fact]
    public async Task What_somebody_has_said_is_done()
    {
        _folder.Pipeline = Pipeline.Replace("function: sum, of: x,", "function: max, of: x,", StringComparison.Ordinal).Replace("  out: {type: files, input: all, path: out}\n", "", StringComparison.Ordinal);
        var change = await CompareAsync(reset: ["v.sum"], forget: ["out"]);
        Assert.Equal(
            "aggregate v.sum reset: it was 'sum of `x` (sum.integer v1)' and is now 'max of `x` (max.bigint v1)' since 2023-11-14T22:13:29.000001Z whole never\nsink out forgotten", Text(change));
        Assert.Empty(change.Refused);
        var whole = await CompareAsync(reset: ["v"], forget: ["out"]);
        Assert.StartsWith("view v reset since 2023-11-14T22:13:29.000001Z whole never", Text(whole), StringComparison.Ordinal);
        Assert.Equal(-1, whole.Views[0].Kept);
    }

    [Theory]
    [InlineData("v.sun", null, "--reset v.sun: nothing of that name is in the file; did you mean 'v.sum'?")]
    [InlineData(null, "nothing", "--forget nothing: nothing of that name is kept; ")]
    [InlineData(null, "w", "--forget w: w is still in the file; take it out, or name it with --reset")]
    public async Task Names_that_are_not_there_are_refused(string? reset, string? forget, string sentence)
    {
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => CompareAsync(reset is null ? [] : [reset], forget is null ? [] : [forget]));
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.StartsWith(sentence, error.Message, StringComparison.Ordinal);
    }
}
