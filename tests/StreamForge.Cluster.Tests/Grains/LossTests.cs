using StreamForge.Cluster.Tests.Fixture;

namespace StreamForge.Cluster.Tests.Grains;

/// <summary>Silos that go and come while events flow.</summary>
public sealed class LossTests
{
    private const int Events = 6_000;
    private const int Users = 200;

    [Fact]
    public async Task After_a_silo_is_killed_keys_answer_again_and_every_event_counts_once()
    {
        await using var cluster = await ClusterFixture.StartAsync(new ClusterSetup { Pipeline = Clicks.Pipeline, Silos = 3, MaxRecords = 50 });
        Clicks.Feed(cluster, Events / 2, Users);
        await cluster.UntilAsync("events have come", async () => await Clicks.CountAsync(cluster, Users) > 0);
        await cluster.KillAsync(cluster.Cluster.Silos[2]);
        Clicks.Feed(cluster, Events / 2, Users, from: Events / 2);
        await cluster.RestAsync();
        Assert.Equal(Events, await Clicks.CountAsync(cluster, Users));
        Assert.Equal(Events, await Clicks.CountAsync(cluster, Users, silo: 1));
    }

    [Fact]
    public async Task A_silo_that_is_killed_while_nothing_flows_is_replaced_all_the_same()
    {
        await using var cluster = await ClusterFixture.StartAsync(new ClusterSetup { Pipeline = Clicks.Pipeline, Silos = 2, FlushInterval = TimeSpan.FromHours(1) });
        Clicks.Feed(cluster, Events, Users);
        await cluster.UntilAsync("all is applied, and hardly anything durable", async () => await Clicks.CountAsync(cluster, Users) == Events);
        await cluster.KillAsync(cluster.Cluster.Silos[1]);
        await cluster.UntilAsync("all is applied again", async () => await Clicks.CountAsync(cluster, Users) == Events);
    }

    [Fact]
    public async Task A_silo_that_joins_takes_its_share_of_partitions_and_keys_and_one_that_leaves_gives_them_back()
    {
        await using var cluster = await ClusterFixture.StartAsync(new ClusterSetup { Pipeline = Clicks.WithSinks, Silos = 1, MaxRecords = 50 });
        Clicks.Feed(cluster, Events / 3, Users);
        var joined = await cluster.Cluster.StartAdditionalSiloAsync();
        Clicks.Feed(cluster, Events / 3, Users, from: Events / 3);
        await cluster.RestAsync();
        await cluster.UntilAsync("keys are active in the new silo", () =>
        {
            Clicks.Feed(cluster, 0, Users);
            return Task.FromResult(cluster.Pipeline(joined).Batcher.Cells.Count(0) > 0);
        });
        await cluster.Cluster.StopSiloAsync(joined);
        Clicks.Feed(cluster, Events / 3, Users, from: 2 * Events / 3);
        await cluster.RestAsync();
        Assert.Equal(Clicks.Rows(Events, Users), cluster.Table("rows").Values("user_id", "page", "price", "at"));
    }
}
