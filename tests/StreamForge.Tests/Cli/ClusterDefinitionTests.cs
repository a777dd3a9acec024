using System.Collections.Immutable;
using System.Text.Json;
using StreamForge.Cli.Cluster;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Transfer;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.States;

namespace StreamForge.Tests.Cli;

/// <summary>What a node does with a file that is not the one that its cluster keeps.</summary>
public class ClusterDefinitionTests
{
    private const string Pipeline = """
        metadata: {name: shop}
        sources:
          s: {type: kafka, connection: "127.0.0.1:1", topic: events, format: json, event_time: t, schema: [{name: t, type: timestamptz}, {name: k, type: string}, {name: x, type: bigint}]}
        features:
          - view: v
            input: s
            entity: [k]
            windows: [1h, {tumbling: 1h}, {tumbling: 30m}]
            resolution: 1m
            aggregates: [{name: n, function: count}, {name: sum, function: sum, of: x}]
        services:
          - {name: one, features: ["v:sum_tumbling_30m"]}
        sinks:
          out: {type: files, input: v, path: out}
        """;

    private static CatalogEntry Entry(string text) => new(
        "shop", "shop.yaml", "/", text, ImmutableDictionary<string, string>.Empty,
        ImmutableDictionary<string, ImmutableArray<CatalogColumn>>.Empty.Add("s", [new CatalogColumn("t", "timestamptz"), new CatalogColumn("k", "string"), new CatalogColumn("x", "bigint")]));

    /// <summary>What the cluster keeps after it has read a hundred events.</summary>
    private static ClusterRecords Kept(PipelinePlan plan, NodeDefinition nodes)
    {
        var header = new StateHeader(
            "shop", 3, default, "cluster", 1_700_000_000_000_000, [new StateSource("s", "kafka")],
            [new StatePartition("s", 0, "", 100, PartitionCursor.Moved(0).State, 100, 1_700_000_300_000_000, null, Finished: false)],
            [new StateView("v", plan.Views[0].Fingerprint, 7)], [new StateSink("out", null)], ImmutableSortedDictionary<string, long>.Empty, nodes.Entry);
        return ClusterRecords.Read("shop", [.. ClusterState.Records(header).Select(static r => (r.Name, new StreamForge.Cluster.Ports.StoredRecord(1, Guid.Empty, r.Content)))])!;
    }

    private static NodeDefinition Resume(string was, string now)
    {
        Assert.Contains(was, Pipeline, StringComparison.Ordinal);
        var kept = new NodeDefinition("", ImmutableDictionary<string, ImmutableArray<NodeColumn>>.Empty, [new PartitionId("s", 0)]) { Entry = JsonSerializer.Serialize(Entry(Pipeline)) };
        var plan = ClusterDefinition.PlanOf(kept)!;
        return ClusterDefinition.Resume(Kept(plan, kept), plan, Entry(Pipeline.Replace(was, now, StringComparison.Ordinal)).Plan(), kept);
    }

    [Theory]
    [InlineData("\"v:sum_tumbling_30m\"", "\"v:sum_tumbling_30m\", \"v:sum_1h\"")]
    [InlineData("    resolution: 1m\n", "    resolution: 1m\n    ttl: 400d\n    clock: event\n")]
    [InlineData("{name: n, function: count}", "{name: n, function: count, description: how many}")]
    [InlineData("sinks:\n", "sinks:\n  raw: {type: files, input: s, path: raw}\n")]
    public void What_changes_no_stored_byte_is_taken_in(string was, string now) => Assert.Empty(Resume(was, now).Since);

    [Fact]
    public void A_new_view_is_taken_in_and_says_since_when_it_counts()
    {
        const string fresh = "  - {view: fresh, input: s, entity: [k], windows: [30m], aggregates: [{name: n, function: count}]}\nservices:\n";
        var taken = Resume("services:\n", fresh);
        Assert.Equal(["fresh"], taken.Since.Keys);
        var since = Assert.Single(taken.Since["fresh"]);
        Assert.Equal((1_700_000_300_000_001, "s/0 at 100"), (since.Time, Assert.Single(since.Positions)));
        Assert.Empty(taken.Floors);
        var plan = taken.Restore(Entry(Pipeline.Replace("services:\n", fresh, StringComparison.Ordinal)).Plan());
        Assert.Equal(1_700_000_300_000_001, Assert.Single(plan.Views[1].Description.Features).Since!.Time);
    }

    [Theory]
    [InlineData("windows: [1h, ", "windows: [2h, ", "the view v has changed over its live state: ")]
    [InlineData("{name: sum, function: sum, of: x}", "{name: sum, function: max, of: x}", "the view v has changed over its live state: ")]
    [InlineData("{name: n, function: count}, ", "", "the view v has changed over its live state: ")]
    [InlineData("[1h, {tumbling: 1h}, {tumbling: 30m}]", "[1h, {tumbling: 30m}, {tumbling: 1h}]", "the windows of v, whose closed windows go to a sink, stand in another order; ")]
    [InlineData("  out: {type: files, input: v, path: out}", "  raw: {type: files, input: s, path: raw}", "")]
    public void What_does_is_refused_and_apply_is_named(string was, string now, string difference)
    {
        var error = Assert.Throws<StreamForgeException>(() => Resume(was, now));
        Assert.Equal(ErrorKind.Conflict, error.Kind);
        Assert.StartsWith($"shop: {difference}", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("; put it back, or take it in with ./streamforge apply FILE --postgres URL (./streamforge diff FILE --postgres URL shows what it does)", error.Message, StringComparison.Ordinal);
    }
}
