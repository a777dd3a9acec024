using StreamForge.Cluster.Tests.Fixture;
using StreamForge.Core;
using StreamForge.Integration.Tests.Kafka;
using StreamForge.Testing.Oracle;
using StreamForge.Tests.Engine;

namespace StreamForge.Cluster.Tests.Faults.Real;

/// <summary>A table's changes from a real broker into a real PostgreSQL while silos are killed: features, closed windows and orphans are what the oracle says, which shares no code with either host.</summary>
public sealed class ChangelogTests
{
    private const int Changes = 1_200;

    [ServiceFact(Topic.Need, RealStorage.Need)]
    public Task Whole_images_of_a_topic_count_once_though_silos_are_killed() => HoldAsync(OracleSource.Full, seed: 1);

    [ServiceFact(Topic.Need, RealStorage.Need)]
    public Task Stored_images_of_a_topic_count_once_though_silos_are_killed_while_they_are_kept() => HoldAsync(OracleSource.Stored, seed: 2);

    private static async Task HoldAsync(OracleSource source, int seed)
    {
        using var topic = await TableTopic.CreateAsync(source, seed, Changes);
        await using var storage = await RealStorage.OpenAsync("table", ["v"]);
        await using var cluster = await TestedCluster.StartAsync(topic.Setup with { Storage = storage.Storage, Silos = 3 });
        // Once as soon as some events have come, once before and once behind a write takes effect that brings state or images to storage.
        for (var kill = 0; kill < 3; kill++)
        {
            var victim = cluster.Busiest();
            var line = TestedCluster.Line(victim);
            if (kill > 0) line.CutAtWrite(3 + kill, takesEffect: kill == 2);
            var received = await cluster.ReceivedAsync();
            topic.Feed(topic.Length / 8);
            await cluster.UntilAsync("the silo has come to where it crashes", async () =>
            {
                topic.Feed(changes: 10);
                return await cluster.ReceivedAsync() is var now && (kill == 0 ? now > received + 100 : line.Down.IsCompleted) ? "" : $"{now} events, {line.Writes} writes";
            });
            await cluster.KillAsync(victim);
            await cluster.Fixture.Cluster.StartAdditionalSiloAsync();
        }
        topic.Feed(topic.Length);
        await cluster.Fixture.RestAsync();
        await cluster.UntilAsync("all is as the oracle says", async () => await DifferenceAsync(cluster.Fixture, topic) ?? "");
    }

    /// <summary>What is otherwise than by the oracle; null when nothing is. Closed windows follow a moment after everything is durable.</summary>
    private static async Task<string?> DifferenceAsync(ClusterFixture cluster, TableTopic topic)
    {
        var time = (await cluster.Control.OverviewAsync(CancellationToken.None)).Time;
        var scenario = topic.Case with { Bounds = [.. Enumerable.Repeat(new OracleBounds(null, null), topic.Length)], Reached = time.Watermark == EventTime.MinValue ? null : time.Watermark };
        var oracle = new FeatureOracle(scenario);
        var features = cluster.Pipeline().Features;
        var view = features.Views.Single();
        string[] known = [.. oracle.Keys, "unknown"];
        var keys = known.Select(k => (view, KeyCodec.FromText(view.Entity, new Dictionary<string, string>(StringComparer.Ordinal) { ["k"] = k }))).ToArray();
        var reader = await features.GatherAsync(keys, CancellationToken.None);
        var reads = ReadComparison.Difference(oracle, (key, at) =>
        {
            var row = new FeatureRow();
            reader.Read(view, keys[Array.IndexOf(known, key)].Item2, at, row);
            return row;
        }, view, scenario, new Random(topic.Length));
        if (reads is not null) return reads;
        if (WindowComparison.Difference(oracle, scenario.View, cluster.Plan, topic.Closed(), drained: false) is { } closed) return closed;
        var letters = (await cluster.Storage.Records.LedgerAsync(LedgerKind.DeadLetters, backwards: false, 0, 1, CancellationToken.None)).Total;
        if (letters != oracle.DeadLetters.Length) return $"{letters} dead letters, expected {oracle.DeadLetters.Length}";
        var late = (await cluster.Storage.Records.LedgerAsync(LedgerKind.Late, backwards: false, 0, int.MaxValue, CancellationToken.None)).Items;
        return late.Count == oracle.Orphans.Length && late.All(static l => l.Contains("orphan", StringComparison.Ordinal)) ? null : $"{late.Count} entries in the late ledger, expected {oracle.Orphans.Length} orphans; the last is {(late.Count > 0 ? late[^1] : "none")}";
    }
}
