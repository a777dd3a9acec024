using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Evolution;
using StreamForge.Pipeline.Evolution;

namespace StreamForge.Tests.Engine;

/// <summary>What begins over a changelog that has been read: each rule by itself.</summary>
public sealed class BegunPartsTests : IDisposable
{
    private const string Pipeline = """
        metadata: {name: case}
        sources:
          s: {type: files, path: s.json, format: debezium-json, key: [id], before: full, event_time: t, watermark: {out_of_orderness: 10s}, schema: [{name: id, type: bigint}, {name: t, type: timestamptz, unit: ms}, {name: k, type: string}, {name: x, type: bigint}, {name: note, type: string}]}
        transformations:
          - {name: rows, type: sql_transform, input: s, sql: "SELECT id, t, k, x FROM {{ input }} WHERE x < 1000"}
        features:
          - {view: v, input: rows, entity: [k], windows: [1h, lifetime], aggregates: [{name: n, function: count}]}
        sinks:
          out: {type: files, input: rows, path: out}

        """;

    private const long Start = 1_700_000_000_000;

    private readonly PipelineFolder _folder = new(Pipeline);
    private int _offset;

    public void Dispose() => _folder.Dispose();

    private static string Row(int id, int second, string k, long x, string note) => FormattableString.Invariant($"{{\"id\": {id}, \"t\": {Start + second * 1000L}, \"k\": \"{k}\", \"x\": {x}, \"note\": \"{note}\"}}");

    private void Change(string op, int id, string? before, string? after)
    {
        var offset = _offset++;
        _folder.Append("s.json", FormattableString.Invariant(
            $"{{\"topic\": \"s\", \"partition\": 0, \"offset\": {offset}, \"timestamp\": {Start}, \"key\": {{\"id\": {id}}}, \"value\": {{\"before\": {before ?? "null"}, \"after\": {after ?? "null"}, \"source\": {{\"connector\": \"postgresql\", \"sequence\": \"[\\\"{offset}\\\",\\\"{offset}\\\"]\"}}, \"op\": \"{op}\", \"ts_ms\": {Start}}}}}\n"));
    }

    private async Task<DefinitionChange> CompareAsync(string was, string now, string[]? reset = null, bool apply = false)
    {
        _folder.Pipeline = _folder.Pipeline.Replace(was, now, StringComparison.Ordinal);
        await using var loaded = await _folder.LoadAsync();
        using var held = _folder.Data.Lock();
        var live = LiveDefinition.Find(_folder.Data, "case")!;
        var change = live.Compare(loaded.Plan, new ChangeRequest([.. reset ?? []], []));
        if (apply) await DefinitionApply.ApplyAsync(live, loaded, change, _folder.Data, new TableHome(_folder.Data).Of(loaded.Plan.Definition), TimeProvider.System, CancellationToken.None);
        return change;
    }

    /// <summary>Two rows of the key a have been read.</summary>
    private async Task BeginAsync(string pipeline = Pipeline)
    {
        _folder.Pipeline = pipeline;
        Change("c", 1, null, Row(1, 0, "a", 5, "one"));
        Change("c", 2, null, Row(2, 60, "a", 7, "two"));
        await _folder.RunAsync();
    }

    private string Read(params string[] features) => string.Join(' ', features.Select(f => _folder.Read("v", "a")[f].ToString()));

    [Fact]
    public async Task An_aggregate_that_begins_passes_rows_from_before_by_when_they_change_and_go()
    {
        await BeginAsync();
        var change = await CompareAsync("{name: n, function: count}", "{name: n, function: count}, {name: sum, function: sum, of: x}, {name: top, function: max, of: x}", apply: true);
        var begun = change.Changes.Single(c => c.Name == "sum");
        Assert.Equal((ChangeVerdict.New, (Start + 60_000) * 1000 + 1), (begun.Verdict, begun.Since!.Time));
        // One from before is changed and stays before, one moves behind the moment, and one is new.
        Change("u", 1, Row(1, 0, "a", 5, "one"), Row(1, 30, "a", 50, "one"));
        Change("u", 2, Row(2, 60, "a", 7, "two"), Row(2, 61, "a", 8, "two"));
        Change("c", 3, null, Row(3, 62, "a", 100, "three"));
        var status = await _folder.RunAsync();
        Assert.Equal("3 108 100", Read("n_lifetime", "sum_lifetime", "top_1h"));
        Change("d", 1, Row(1, 30, "a", 50, "one"), null);
        Change("d", 3, Row(3, 62, "a", 100, "three"), null);
        status = await _folder.RunAsync();
        Assert.Equal("1 8 8", Read("n_lifetime", "sum_lifetime", "top_1h"));
        Assert.Equal(0, status.Degraded);
        // A later change takes its moment over.
        change = await CompareAsync("{name: n, function: count}, ", "{name: keys, function: distinct, of: k}, ", apply: true);
        Assert.Equal([(Start + 62_000) * 1000 + 1, begun.Since.Time, begun.Since.Time], _folder.Checkpoint.Views[0].Floors!.Slots.Order().Reverse());
        Change("d", 2, Row(2, 61, "a", 8, "two"), null);
        Assert.Equal(0, (await _folder.RunAsync()).Degraded);
        Assert.Equal("null 0", Read("sum_lifetime", "keys_lifetime").Replace("NULL", "null", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_view_that_begins_or_is_reset_has_no_row_from_before(bool reset)
    {
        await BeginAsync();
        if (reset) await CompareAsync("case", "case", reset: ["v"], apply: true);
        else _folder.Pipeline = Pipeline.Replace("features:\n", "features:\n  - {view: w, input: rows, entity: [k], windows: [1h, lifetime], aggregates: [{name: n, function: count}]}\n", StringComparison.Ordinal);
        Change("d", 1, Row(1, 0, "a", 5, "one"), null);
        Change("u", 2, Row(2, 60, "a", 7, "two"), Row(2, 59, "b", 7, "two"));
        var status = await _folder.RunAsync();
        Assert.Equal(0, status.Degraded);
        Assert.Empty(_folder.Keys()[reset ? "v" : "w"]);
        Change("u", 2, Row(2, 59, "b", 7, "two"), Row(2, 70, "b", 7, "two"));
        status = await _folder.RunAsync();
        Assert.Equal((0, "1"), (status.Degraded, _folder.Read(reset ? "v" : "w", "b")["n_lifetime"].ToString()));
    }

    [Fact]
    public async Task What_fails_for_a_row_from_before_does_not_keep_it_where_it_counts()
    {
        await BeginAsync();
        await CompareAsync("{name: n, function: count}", "{name: n, function: count}, {name: whole, function: sum, of: \"CAST(CONCAT(k, '') AS bigint)\"}", apply: true);
        Change("d", 1, Row(1, 0, "a", 5, "one"), null);
        Assert.Equal(0, (await _folder.RunAsync()).Degraded);
        Assert.Equal("1", Read("n_lifetime"));
        Assert.Empty(_folder.DeadLetters());
        Change("c", 3, null, Row(3, 80, "a", 5, "three"));
        await _folder.RunAsync();
        Assert.Single(_folder.DeadLetters());
    }

    [Fact]
    public async Task A_transformation_with_another_name_is_no_change()
    {
        await BeginAsync();
        _folder.Pipeline = Pipeline.Replace("name: rows", "name: lines", StringComparison.Ordinal).Replace("input: rows", "input: lines", StringComparison.Ordinal);
        Assert.False((await CompareAsync("case", "case")).IsChange);
        Change("d", 1, Row(1, 0, "a", 5, "one"), null);
        await _folder.RunAsync();
        Assert.Equal("1", Read("n_lifetime"));
        Assert.Equal(3, _folder.SinkRows().Length);
        _folder.Pipeline = _folder.Pipeline.Replace("x < 1000", "x < 999", StringComparison.Ordinal);
        Assert.Equal(ChangeVerdict.Refused, (await CompareAsync("case", "case")).Changes.Single(c => c.Name == "v").Verdict);
    }

    [Fact]
    public async Task A_window_beside_others_does_not_begin_where_the_view_has_times_of_its_own()
    {
        const string At = "{view: v, input: at, event_time: own, entity: [k], windows: [1h, lifetime]";
        await BeginAsync(Pipeline.Replace("{view: v, input: rows, entity: [k], windows: [1h, lifetime]", At, StringComparison.Ordinal)
            .Replace("features:", "  - {name: at, type: sql_transform, input: s, sql: \"SELECT k, x, t + INTERVAL '1' DAY AS own FROM {{ input }}\"}\nfeatures:", StringComparison.Ordinal));
        var change = await CompareAsync("windows: [1h,", "windows: [90s, 1h,");
        Assert.Contains("over a changelog that is done at the source's event time, where this view counts rows at their own", change.Refused.Single().Detail, StringComparison.Ordinal);
        change = await CompareAsync("windows: [90s, 1h,", "windows: [1h,");
        Assert.False(change.IsChange);
        change = await CompareAsync("{name: n, function: count}", "{name: n, function: count}, {name: sum, function: sum, of: x}", apply: true);
        Assert.Null(change.Changes.Single(c => c.Name == "sum").Since!.WholeFrom);
        Change("d", 1, Row(1, 0, "a", 5, "one"), null);
        Assert.Equal(0, (await _folder.RunAsync()).Degraded);
        Assert.Equal("1", Read("n_lifetime"));
    }

    [Fact]
    public async Task Both_halves_of_a_ratio_begin_together_beside_an_aggregate_that_counts_one_of_them()
    {
        await BeginAsync();
        await CompareAsync("{name: n, function: count}", "{name: n, function: count}, {name: big, function: ratio, numerator: x}", apply: true);
        Change("c", 9, null, Row(9, 100, "a", 4, "nine"));
        Change("d", 1, Row(1, 0, "a", 5, "one"), null);
        Assert.Equal(0, (await _folder.RunAsync()).Degraded);
        Assert.Equal("4", Read("big_lifetime"));
    }

    [Theory]
    [InlineData("\"two\"", 0)]
    [InlineData("\"__debezium_unavailable_value\"", 1)]
    public async Task A_value_that_was_not_sent_and_not_stored_is_noticed(string note, int orphans)
    {
        await BeginAsync(Pipeline.Replace("before: full", "before: stored", StringComparison.Ordinal).Replace("sinks:\n  out: {type: files, input: rows, path: out}\n", "", StringComparison.Ordinal));
        _folder.Pipeline = _folder.Pipeline.Replace("SELECT id, t, k, x FROM", "SELECT id, t, k, x, note FROM", StringComparison.Ordinal);
        await CompareAsync("{name: n, function: count}", "{name: n, function: count}, {name: said, function: last, of: note}", apply: true);
        Change("u", 2, null, Row(2, 61, "a", 7, "two").Replace("\"two\"", note, StringComparison.Ordinal));
        Assert.Equal(orphans, (await _folder.RunAsync()).Degraded);
        Assert.Equal(orphans == 0 ? "two" : "null", Read("said_lifetime").Replace("NULL", "null", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(orphans == 1, string.Concat(_folder.Late()).Contains("the value of note was not sent and no earlier image has it, so it counts as null", StringComparison.Ordinal));
        Change("d", 1, null, null);
        Change("d", 2, null, null);
        Assert.Equal(orphans, (await _folder.RunAsync()).Degraded);
        Assert.Equal("0", Read("n_lifetime"));
    }
}
