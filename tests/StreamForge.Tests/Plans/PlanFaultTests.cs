namespace StreamForge.Tests.Plans;

public sealed class PlanFaultTests
{
    private static string View(string aggregates, string more = "", string windows = "1h", string entity = "user") =>
        $"features:\n  - view: v\n    input: s\n    entity: [{entity}]\n    windows: [{windows}]\n    aggregates:\n{string.Concat(aggregates.Split('\n').Select(a => $"      - {{{a}}}\n"))}{more}";

    [Fact]
    public void Every_sort_of_fault_is_found_in_one_run_each_at_its_place()
    {
        var faults = PlanCase.Faults("""
            transformations:
              - name: a
                type: sql_transform
                input: s
                sql: |
                  SELECT user, prize,
                         quantity + note AS x
                  FROM s
              - {name: b, type: sql_transform, input: s, sql: "SELECT user, country FROM s", expect: [{must: countri IS NOT NULL}, {must: user}]}
            features:
              - {view: cascade, input: a, entity: [nothing], windows: [1h], aggregates: [{name: n, function: sum, of: nothing}]}
              - view: v
                input: s
                entity: [usr, {name: user, type: date}]
                event_time: shiped
                windows: [1h, {tumbling: 100m}]
                resolution: 45m
                aggregates:
                  - {name: a, function: sum, of: amuont}
                  - {name: b, function: count, where: prise > 1}
                  - {name: c, function: count, where: quantity}
                  - {name: d, function: sum, of: country}
                  - {name: e, function: avg, of: t}
              - {view: w, input: s, entity: [user], event_time: price, windows: [1h], aggregates: [{name: n, function: count}]}
            services:
              - {name: r, features: [cascade:anything, v:anything, "w:*", q:n, nothing]}
            """);
        // Nothing about 'cascade', which reads the broken 'a', nor about what services name in views with faults of their own.
        Assert.Equal(
            [
                "6:20: unknown column 'prize'; did you mean 'price'?",
                "7:14: arithmetic needs two numbers, quantity + note has int and string; use CAST for the string",
                "9:98: unknown column 'countri'; did you mean 'country'?",
                "9:127: 'user' is a bigint; a condition must be boolean",
                "14:14: unknown column 'usr'; did you mean 'user'?",
                "14:26: the entity user is declared date, but its column is a bigint",
                "15:17: unknown column 'shiped'; did you mean 'shipped'?",
                "16:19: the resolution 45m does not divide the tumbling window 100m",
                "19:38: unknown column 'amuont'; did you mean 'amount'?",
                "20:43: unknown column 'prise'; did you mean 'price'?",
                "21:43: 'quantity' is a int; a condition must be boolean",
                "22:29: sum needs a number, not a string",
                "23:29: avg needs a number, not a timestamptz",
                "24:53: the event time price is a double; it must be a timestamp",
                "26:63: unknown view 'q'; did you mean 'v'?",
                "26:68: 'nothing' names no feature; write view:feature, or view:* for all of them",
            ], faults);
    }

    [Theory]
    [InlineData("n_1d", "unknown column 'n_1d'; did you mean 'n_1h'?")]
    [InlineData("price", "unknown column 'price'; there are n_1h")]
    [InlineData("n_1h + RAND()", "'n_1h + RAND()' is not the same at every reading; a derived feature may not use NOW, RAND or UUID")]
    [InlineData("CAST(NOW() AS STRING)", "'CAST(NOW() AS STRING)' is not the same at every reading; a derived feature may not use NOW, RAND or UUID")]
    public void A_derived_feature_computes_from_stored_ones_and_nothing_else(string expression, string sentence) =>
        Assert.Equal([$"8:38: {sentence}"], PlanCase.Faults(View("name: n, function: count", $"    derived: [{{name: d, expression: \"{expression}\"}}]\n")));

    [Fact]
    public void A_resolution_divides_a_hopping_window_and_its_hop_and_is_no_longer_than_a_gap() => Assert.Equal(
        ["5:15: the resolution 2h does not divide the hopping window 3h", "5:41: the resolution 2h does not divide the hop 1h", "5:67: the resolution 2h is longer than the session's gap 30m"],
        PlanCase.Faults(View("name: n, function: count", "    resolution: 2h\n", "{hopping: 3h, every: 2h}, {hopping: 4h, every: 1h}, {session: 30m}")));

    [Fact]
    public void A_resolution_divides_a_tumbling_window_and_is_no_longer_than_a_sliding_one() => Assert.Equal(
        ["5:15: the resolution 2h is longer than the window 1h", "5:19: the resolution 2h does not divide the tumbling window 3h"],
        PlanCase.Faults(View("name: n, function: count", "    resolution: 2h\n", "1h, {tumbling: 3h}, {tumbling: 4h}")));

    [Fact]
    public void A_source_without_an_event_time_says_what_it_lacks()
    {
        var result = PlanCase.Result("metadata: {name: p}\nsources:\n  s: {type: files, path: none.json, format: json}\n" + View("name: n, function: count"));
        Assert.Equal(["p.yaml:3:3: the source s needs 'event_time', the column that says when an event happened"], result.Faults.Select(f => f.ToString()));
    }

    [Theory]
    [InlineData("tt", "unknown column 'tt'; did you mean 't'?")]
    [InlineData("price", "the event time price is a double; it must be a timestamp")]
    public void A_sources_event_time_is_a_timestamp_that_it_has(string column, string sentence)
    {
        var result = PlanCase.Result(PlanCase.Head.Replace("event_time: t", $"event_time: {column}", StringComparison.Ordinal) + View("name: n, function: count"));
        Assert.Equal([sentence], result.Faults.Select(f => f.Sentence));
        Assert.Equal((3, 63), (result.Faults[0].Line, result.Faults[0].Column));
    }

    [Fact]
    public void Faults_of_the_key_and_of_derived_features_are_found_together_when_all_aggregates_are_right() => Assert.Equal(
        2, PlanCase.Faults(View("name: n, function: count", "    derived: [{name: d, expression: m_1h}]\n", entity: "usr")).Length);

    [Fact]
    public void Services_expand_their_wildcards_in_order_and_name_each_feature_once()
    {
        var plan = PlanCase.Plan(View("name: n, function: count\nname: m, function: count", "services:\n  - {name: r, features: [v:m_1d, \"v:*\", v:m_1d]}\n", "1h, 1d"));
        Assert.Equal(["v:m_1d", "v:n_1h", "v:n_1d", "v:m_1h"], plan.Services[0].Features.ToArray());
    }
}
