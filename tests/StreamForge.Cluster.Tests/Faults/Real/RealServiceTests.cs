using StreamForge.Cluster.Tests.Fixture;
using StreamForge.Integration.Tests.Kafka;

namespace StreamForge.Cluster.Tests.Faults.Real;

/// <summary>The same with a real broker and a real PostgreSQL, where they are, some of which the tests start and kill themselves.</summary>
public sealed class RealServiceTests
{
    private const int Lines = 1_000;

    private static readonly TimeSpan Away = TimeSpan.FromSeconds(10);

    [ServiceFact(Topic.Need, RealStorage.Need)]
    public async Task Over_kafka_and_postgres_silos_are_killed_and_join_without_a_loss_or_a_double()
    {
        using var topic = await RealTopic.CreateAsync();
        await using var storage = await RealStorage.OpenAsync();
        await using var cluster = await TestedCluster.StartAsync(topic.Setup with { Storage = storage.Storage, Silos = 3 }, _ => topic.Mirror);
        for (var seed = 0; seed < 4; seed++)
        {
            var victim = seed % 2 == 0 ? cluster.Busiest() : cluster.Silos[seed % cluster.Silos.Count];
            topic.Feed(Lines);
            await topic.TakeSomeAsync(cluster, await cluster.ReceivedAsync() + (100 * seed) + 50);
            await cluster.KillAsync(victim);
            topic.Feed(Lines / 4);
            await cluster.HoldAsync($"seed {seed}");
            await cluster.Fixture.Cluster.StartSilosAsync(seed == 3 ? 2 : 1);
        }
        topic.Feed(Lines);
        await cluster.HoldAsync("two silos had joined");
    }

    [ServiceFact(Topic.Need, RealStorage.Need)]
    public async Task Over_kafka_and_postgres_a_new_cluster_goes_on_where_one_that_was_killed_as_a_whole_was()
    {
        using var topic = await RealTopic.CreateAsync();
        await using var storage = await RealStorage.OpenAsync();
        await using var first = await TestedCluster.StartAsync(topic.Setup with { Storage = storage.Storage }, _ => topic.Mirror);
        topic.Feed(2 * Lines);
        await topic.TakeSomeAsync(first, Lines);
        foreach (var silo in first.Silos.ToArray()) await first.KillAsync(silo);
        topic.Feed(Lines);
        await using var second = await first.StartAnotherAsync();
        await second.HoldAsync("all silos were killed");
    }

    [ServiceFact(PostgresServer.Need)]
    public async Task Postgres_that_is_killed_and_away_for_ten_seconds_costs_nothing_but_time()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using var storage = await RealStorage.OpenAsync(server.Address);
        await using var cluster = await TestedCluster.StartAsync(new ClusterSetup { Pipeline = Shop.Pipeline(), Storage = storage.Storage, MaxRecords = 40 });
        var shop = new Shop();
        shop.Feed(cluster, Lines);
        await cluster.UntilAsync("events have been taken", async () => await cluster.ReceivedAsync() is var received && received > Lines / 2 ? "" : $"{received}");
        await server.KillAsync();
        var since = TimeProvider.System.GetTimestamp();
        await cluster.UntilAsync("PostgreSQL has been away for ten seconds", () =>
        {
            shop.Feed(cluster, 50);
            return Task.FromResult(TimeProvider.System.GetElapsedTime(since) is var elapsed && elapsed >= Away ? "" : $"it has been away for {elapsed}");
        });
        await server.StartAsync();
        await cluster.HoldAsync("PostgreSQL was away");
        await server.StopAsync();
        shop.Feed(cluster, Lines);
        await cluster.KillAsync(cluster.Silos[1]);
        await server.StartAsync();
        await cluster.HoldAsync("PostgreSQL was restarted and a silo killed meanwhile");
    }

    [ServiceFact(OwnBroker.Need)]
    public async Task A_broker_that_is_killed_and_restarted_costs_nothing_but_time()
    {
        await using var broker = await OwnBroker.StartAsync();
        using var topic = await RealTopic.CreateAsync(broker.Address);
        await using var cluster = await TestedCluster.StartAsync(topic.Setup, _ => topic.Mirror);
        topic.Feed(2 * Lines);
        await topic.TakeSomeAsync(cluster, Lines / 2);
        await broker.KillAsync();
        await broker.RestartAsync();
        topic.Feed(Lines);
        await cluster.HoldAsync("the broker was killed");
    }
}
