using StreamForge.Embedded.Trials;
using StreamForge.Tests.Engine;

namespace StreamForge.Tests.Changes;

/// <summary>Tests in pipeline files over changelogs.</summary>
public class GivenChangesTests
{
    private const string Row = "order_id: 1, amount: 40, at: \"2026-03-01T12:07:00Z\"";

    [Theory]
    [InlineData("before: full", $"{{op: c, after: {{{Row}}}}}", 1, 40)]
    [InlineData("before: full", $"{{_op: c, {Row}}}", 1, 40)]
    [InlineData("before: full", $"{{{Row}}}", 1, 40)]
    [InlineData("before: full", $"{{op: r, after: {{{Row}}}}}, {{op: d, before: {{{Row}}}}}", 0, null)]
    [InlineData("before: full", $"{{{Row}}}, {{_op: d, {Row}}}", 0, null)]
    [InlineData("before: full", $"{{{Row}}}, {{op: u, before: {{{Row}}}, after: {{order_id: 1, amount: 7, at: \"2026-03-01T12:08:00Z\"}}}}", 1, 7)]
    [InlineData("before: stored, key: order_id", $"{{{Row}}}, {{_op: u, order_id: 1, amount: 7, at: \"2026-03-01T12:08:00Z\"}}", 1, 7)]
    [InlineData("before: stored, key: order_id", $"{{{Row}}}, {{op: t, source: {{}}}}", 0, null)]
    [InlineData("before: stored", $"{{key: {{order_id: 1}}, value: {{op: c, after: {{{Row}}}}}}}, {{key: {{order_id: 1}}, value: null}}", 0, null)]
    [InlineData("before: stored, key: order_id", $"{{{Row}}}, {{op: c, after: {{order_id: 2, amount: 1, at: \"2026-03-01T12:08:00Z\"}}, source: {{sequence: \"[null, \\\"5\\\"]\"}}}}, {{op: c, after: {{order_id: 3, amount: 1, at: \"2026-03-01T12:08:00Z\"}}, source: {{sequence: \"[null, \\\"4\\\"]\"}}}}", 2, 41)]
    public async Task Given_changes_are_taken_as_the_source_would_deliver_them(string before, string given, int orders, int? spend)
    {
        using var folder = Folder(before, given, $"{{n_lifetime: {orders}, spend_lifetime: {(spend is null ? "null" : spend)}}}");
        await using var pipeline = await folder.LoadAsync();
        Assert.Empty(PipelineTests.Faults(pipeline.Plan));
        var outcome = await PipelineTests.RunAsync(pipeline.Plan, Assert.Single(pipeline.Plan.Definition.Tests));
        Assert.Empty(outcome.DeadLetters);
        Assert.Empty(outcome.Failures);
    }

    [Fact]
    public async Task A_change_that_would_stop_the_pipeline_fails_its_test()
    {
        using var folder = Folder("before: full", $"{{{Row}}}, {{_op: u, {Row}}}", "{n_lifetime: 1}");
        await using var pipeline = await folder.LoadAsync();
        var outcome = await PipelineTests.RunAsync(pipeline.Plan, Assert.Single(pipeline.Plan.Definition.Tests));
        Assert.Contains("an update comes without the whole row", Assert.Single(outcome.Failures).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_column_that_the_source_has_not_is_a_fault()
    {
        using var folder = Folder("before: full", "{op: c, after: {order_id: 1, amont: 40}}", "{n_lifetime: 1}");
        await using var pipeline = await folder.LoadAsync();
        Assert.Contains("'amont'", Assert.Single(PipelineTests.Faults(pipeline.Plan)).Sentence, StringComparison.Ordinal);
    }

    /// <summary>A row that comes and goes, so that the key is known.</summary>
    private static string Known(string op, string image) => $"{{key: {{order_id: 99}}, value: {{op: {op}, {image}: {{order_id: 99, amount: 0, at: \"2026-03-01T00:00:00Z\"}}}}}}";

    private static PipelineFolder Folder(string before, string given, string expect) => new($$$"""
        metadata: {name: case, version: "1"}
        sources:
          orders:
            type: files
            path: none-*.jsonl
            format: debezium-json
            schema: [{name: order_id, type: bigint}, {name: amount, type: bigint}, {name: at, type: timestamp, unit: ms}]
            event_time: at
            {{{before.Replace(", ", "\n    ", StringComparison.Ordinal)}}}
        transformations:
          - {name: rows, type: sql_transform, input: orders, sql: "SELECT 1 AS one, amount, at FROM {{ input }}"}
        features:
          - view: totals
            input: rows
            entity: [one]
            windows: [lifetime]
            aggregates: [{name: n, function: count}, {name: spend, function: sum, of: amount}]
        tests:
          - {given: [{{{given}}}, {{{Known("c", "after")}}}, {{{Known("d", "before")}}}], view: totals, key: {one: 1}, expect: {{{expect}}}}
        """);
}
