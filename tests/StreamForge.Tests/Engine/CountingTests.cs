using StreamForge.Core;

namespace StreamForge.Tests.Engine;

/// <summary>Which rows count, which do not and who says so, through the whole engine.</summary>
public sealed class CountingTests : IDisposable
{
    private readonly PipelineFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <param name="view">The rest of the one view <c>v</c>.</param>
    /// <param name="transformation">Between the source and the view, in flow style; may be empty.</param>
    private void Use(string view, string transformation = "") => _folder.Pipeline = $$"""
        metadata: {name: case}
        sources:
          s:
            type: files
            path: events.json
            format: json
            event_time: t
            schema: [{name: t, type: timestamptz, unit: ms}, {name: k, type: string}, {name: j, type: bigint}, {name: x, type: bigint}]
        {{(transformation.Length == 0 ? "" : $"transformations:\n  - {{name: step, type: sql_transform, input: s, {transformation}}}")}}
        features:
          - {view: v, input: {{(transformation.Length == 0 ? "s" : "step")}}, windows: [lifetime], {{view}}}
        """;

    private void Events(params IEnumerable<string> fields) =>
        _folder.Write("events.json", string.Concat(fields.Select((f, i) => $$"""{"t": {{1_700_000_000_000 + i}}, {{f}}}""" + "\n")));

    [Fact]
    public async Task A_must_that_is_not_met_is_a_dead_letter_and_a_should_is_counted()
    {
        Use(
            "entity: [k], aggregates: [{name: n, function: count}, {name: sum, function: sum, of: x}]",
            """sql: "SELECT t, k, x FROM {{ input }}", expect: [{must: "x > 0"}, {should: "x < 100"}]""");
        Events("\"k\": \"a\", \"x\": 5", "\"k\": \"a\", \"x\": -5", "\"k\": \"a\", \"x\": 500", "\"k\": \"a\"");
        var status = await _folder.RunAsync();
        Assert.Equal((4, 2, 2, 1), (status.Events, status.Rows, status.DeadLetters, status.Unexpected));
        Assert.Equal(["2", "505"], _folder.Read("v", "a").Values.Select(v => v.ToString()));
        Assert.All(_folder.DeadLetters(), l => Assert.Contains("\"reason\":\"transformation step: it fails the expectation x > 0\"", l, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_row_whose_key_has_a_null_is_counted_and_is_no_dead_letter()
    {
        Use("entity: [k, {name: j, type: string}], aggregates: [{name: n, function: count}]");
        Events("\"k\": \"a\", \"j\": 1", "\"k\": null, \"j\": 1", "\"j\": 1", "\"k\": \"a\"", "\"k\": \"\", \"j\": 2");
        var status = await _folder.RunAsync();
        Assert.Equal((5, 3, 0), (status.Events, status.NullKeys, status.DeadLetters));
        Assert.Equal("1", _folder.Read("v", "a,1")["n_lifetime"].ToString());
        Assert.Equal("1", _folder.Read("v", ",2")["n_lifetime"].ToString());
    }

    [Fact]
    public async Task A_key_of_another_type_is_matched_by_value_and_what_has_none_is_a_dead_letter()
    {
        Use("entity: [{name: k, type: bigint}], aggregates: [{name: n, function: count}]");
        Events("\"k\": \"17\"", "\"k\": \"17.0\"", "\"k\": \"17.5\"", "\"k\": \"many\"");
        var status = await _folder.RunAsync();
        Assert.Equal(("2", 2), (_folder.Read("v", "17")["n_lifetime"].ToString(), status.DeadLetters));
        Assert.Contains("\"reason\":\"view v: k = 17.5 is no bigint\"", _folder.DeadLetters()[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_too_long_is_a_dead_letter_and_the_longest_one_is_kept()
    {
        Use("entity: [k], aggregates: [{name: n, function: count}]");
        var longest = new string('k', 65_529);
        Events($"\"k\": \"{longest}\"", $"\"k\": \"{longest}k\"", $"\"k\": \"{new string('k', 1_000_000)}\"", "\"k\": \"a\"");
        var status = await _folder.RunAsync();
        Assert.Equal((4, 2), (status.Events, status.DeadLetters));
        Assert.Equal(("1", "1"), (_folder.Read("v", "a")["n_lifetime"].ToString(), _folder.Read("v", longest)["n_lifetime"].ToString()));
        Assert.All(_folder.DeadLetters(), l => Assert.Contains("\"reason\":\"view v: its key is longer than 65535 bytes\"", l, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Distinct_is_exact_up_to_its_limit_and_then_within_the_sketchs_error()
    {
        Use("entity: [k], aggregates: [{name: n, function: distinct, of: x, exact_up_to: 100}, {name: m, function: distinct, of: x, exact_up_to: 20000}]");
        Events(Enumerable.Range(0, 40_000).Select(i => $"\"k\": \"{(i < 200 ? "few" : "many")}\", \"x\": {(i < 200 ? i % 100 : i % 20_000)}"));
        await _folder.RunAsync();
        Assert.Equal(["100", "100"], _folder.Read("v", "few").Values.Select(v => v.ToString()));
        var many = _folder.Read("v", "many");
        Assert.Equal("20000", many["m_lifetime"].ToString());
        Assert.NotEqual("20000", many["n_lifetime"].ToString());
        Assert.InRange(many["n_lifetime"].Int64, 20_000 * (1 - 3 * 1.04 / 64), 20_000 * (1 + 3 * 1.04 / 64));
    }

    [Fact]
    public async Task A_sum_beyond_64_bits_is_an_error_of_that_read_and_nothing_else()
    {
        Use("entity: [k], aggregates: [{name: sum, function: sum, of: x}, {name: avg, function: avg, of: x}]");
        Events("\"k\": \"big\", \"x\": 9223372036854775807", "\"k\": \"big\", \"x\": 1", "\"k\": \"small\", \"x\": 1", "\"k\": \"low\", \"x\": -9223372036854775808", "\"k\": \"low\", \"x\": -1");
        await _folder.RunAsync();
        foreach (var (key, sum) in new[] { ("big", "9223372036854775808"), ("low", "-9223372036854775809") })
        {
            var error = Assert.Throws<StreamForgeException>(() => _folder.Read("v", key));
            Assert.Equal((ErrorKind.OutOfRange, $"v: the sum {sum} does not fit bigint; sum a decimal or double column instead"), (error.Kind, error.Message));
        }
        Assert.Equal("1", _folder.Read("v", "small")["sum_lifetime"].ToString());
        // A sum that comes back within its range is right again: nothing wrapped.
        _folder.Append("events.json", """{"t": 1700000001000, "k": "big", "x": -2}""" + "\n");
        await _folder.RunAsync();
        Assert.Equal("9223372036854775806", _folder.Read("v", "big")["sum_lifetime"].ToString());
    }

    [Fact]
    public async Task A_known_key_with_an_empty_window_counts_0_and_knows_nothing_else()
    {
        Use("entity: [k], aggregates: [{name: n, function: count}, {name: d, function: distinct, of: x}, {name: sum, function: sum, of: x}, {name: last, function: last, of: x}]");
        _folder.Pipeline = _folder.Pipeline.Replace("windows: [lifetime]", "windows: [1m]", StringComparison.Ordinal);
        _folder.Write("events.json", """{"t": 1700000000000, "k": "a", "x": 1}""" + "\n" + """{"t": 1700001000000, "k": "b"}""" + "\n");
        await _folder.RunAsync();
        Assert.Equal(["0 Present", "0 Present", "null NullValue", "null NullValue"], _folder.Read("v", "a").Values.Select(v => $"{v} {v.Status}"));
        Assert.Equal(["1 Present", "0 Present", "null NullValue", "null NullValue"], _folder.Read("v", "b").Values.Select(v => $"{v} {v.Status}"));
        Assert.Equal(["null NotFound", "null NotFound", "null NotFound", "null NotFound"], _folder.Read("v", "c").Values.Select(v => $"{v} {v.Status}"));
    }
}
