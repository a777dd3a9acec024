using StreamForge.Cluster.Tests.Fixture;

namespace StreamForge.Cluster.Tests.Faults;

/// <summary>Nobody reaches the storage for a while: nothing becomes durable, events wait, and afterwards everything goes on by itself.</summary>
public sealed class StorageTests
{
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Storage_that_is_away_for_ten_seconds_costs_nothing_but_time()
    {
        await using var cluster = await TestedCluster.StartAsync(new ClusterSetup { Pipeline = Shop.Pipeline(), Silos = 2, MaxRecords = 40 });
        var shop = new Shop();
        shop.Feed(cluster, 2_000);
        await cluster.HoldAsync();
        cluster.Fixture.Memory.IsAway = true;
        var since = TimeProvider.System.GetTimestamp();
        await cluster.UntilAsync("the storage has been away for ten seconds", () =>
        {
            shop.Feed(cluster, 50);
            return Task.FromResult(TimeProvider.System.GetElapsedTime(since) is var elapsed && elapsed >= Away ? "" : $"it has been away for {elapsed}");
        });
        var durable = (await cluster.Fixture.Control.OverviewAsync(CancellationToken.None)).Reports.Sum(r => r!.Durable);
        Assert.True(durable < Enumerable.Range(0, 4).Sum(p => cluster.Topic(Shop.Source).End(p)));
        cluster.Fixture.Memory.IsAway = false;
        await cluster.HoldAsync("the storage was away");
    }

    [Fact]
    public async Task A_silo_that_is_killed_while_the_storage_is_away_costs_nothing_either()
    {
        await using var cluster = await TestedCluster.StartAsync(new ClusterSetup { Pipeline = Shop.Pipeline(), Silos = 2, MaxRecords = 40 });
        var shop = new Shop();
        shop.Feed(cluster, 2_000);
        await cluster.UntilAsync("events have been taken", async () => await cluster.ReceivedAsync() is var received && received > 500 ? "" : $"{received}");
        cluster.Fixture.Memory.IsAway = true;
        shop.Feed(cluster, 1_000);
        await cluster.KillAsync(cluster.Silos[1]);
        await cluster.UntilAsync("the other silo knows that it is alone", () => Task.FromResult(cluster.Fixture.Pipeline().Cluster.Silos.Length is var silos && silos == 1 ? "" : $"it knows {silos}"));
        cluster.Fixture.Memory.IsAway = false;
        await cluster.HoldAsync("a silo was killed while the storage was away");
    }
}
