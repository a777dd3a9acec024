using StreamForge.Cluster.Tests.Fixture;

namespace StreamForge.Cluster.Tests.Faults;

/// <summary>Silos come, leave in order, and are all started anew, while events flow.</summary>
public sealed class MembershipTests
{
    private const int Lines = 1_500;

    [Fact]
    public async Task Two_silos_that_join_under_load_take_over_without_a_loss_or_a_double()
    {
        await using var cluster = await TestedCluster.StartAsync(new ClusterSetup { Pipeline = Shop.Pipeline(), Silos = 2, MaxRecords = 40 });
        var shop = new Shop();
        shop.Feed(cluster, Lines);
        await TakeSomeAsync(cluster, shop, Lines / 10);
        await cluster.Fixture.Cluster.StartSilosAsync(2);
        shop.Feed(cluster, Lines);
        await cluster.UntilAsync("every silo has keys and a partition", () =>
        {
            shop.Feed(cluster, lines: 40);
            return Task.FromResult(string.Join(", ", cluster.Silos.Where(s => cluster.Fixture.Pipeline(s).Batcher.Cells.Count(0) == 0 || cluster.PartitionsOf(s) == 0).Select(s => $"{s.Name} has not")));
        });
        await cluster.HoldAsync();
    }

    [Fact]
    public async Task A_silo_that_is_stopped_in_order_hands_on_what_it_has()
    {
        await using var cluster = await TestedCluster.StartAsync(new ClusterSetup { Pipeline = Shop.Pipeline(), Silos = 3, MaxRecords = 40 });
        var shop = new Shop();
        shop.Feed(cluster, Lines);
        await TakeSomeAsync(cluster, shop, Lines / 3);
        await cluster.Fixture.Cluster.StopSiloAsync(cluster.Busiest());
        shop.Feed(cluster, Lines);
        await cluster.HoldAsync("one silo was stopped");
        await cluster.Fixture.Cluster.StopSiloAsync(cluster.Silos[0]);
        shop.Feed(cluster, Lines);
        await cluster.HoldAsync("two silos were stopped");
    }

    [Fact]
    public async Task A_new_cluster_over_the_storage_of_one_that_was_killed_as_a_whole_goes_on_where_that_was()
    {
        await using var first = await TestedCluster.StartAsync(new ClusterSetup { Pipeline = Shop.Pipeline(), Silos = 2, MaxRecords = 40 });
        var shop = new Shop();
        shop.Feed(first, Lines);
        await TakeSomeAsync(first, shop, Lines / 2);
        foreach (var silo in first.Silos.ToArray()) await first.KillAsync(silo);
        await using var second = await first.StartAnotherAsync();
        shop.Feed(second, Lines);
        await second.HoldAsync("all silos were killed");
        foreach (var silo in second.Silos.ToArray()) await second.Fixture.Cluster.StopSiloAsync(silo);
        await using var third = await second.StartAnotherAsync();
        shop.Feed(third, Lines);
        await third.HoldAsync("all silos were stopped");
    }

    [Fact]
    public async Task The_late_ledger_has_each_event_once_though_the_silo_that_judged_it_is_killed()
    {
        await using var cluster = await TestedCluster.StartAsync(new ClusterSetup { Pipeline = Visits.Pipeline, Silos = 2, Partitions = 1, MaxRecords = 50 });
        var visits = new Visits();
        for (var round = 0; round < 3; round++)
        {
            var before = await cluster.ReceivedAsync();
            visits.Feed(cluster, 3_000);
            await cluster.UntilAsync("some hundred events have been taken", async () => await cluster.ReceivedAsync() is var received && received > before + 300 ? "" : $"{received}");
            await cluster.KillAsync(cluster.Busiest());
            await cluster.HoldAsync($"round {round}");
            await cluster.Fixture.Cluster.StartAdditionalSiloAsync();
        }
        Assert.NotEmpty((await cluster.AnswerAsync()).Late);
    }

    private static Task TakeSomeAsync(TestedCluster cluster, Shop shop, int events) => cluster.UntilAsync("events have been taken", async () =>
    {
        shop.Feed(cluster, lines: 20);
        return await cluster.ReceivedAsync() is var received && received >= events ? "" : $"{received} of {events}";
    });
}
