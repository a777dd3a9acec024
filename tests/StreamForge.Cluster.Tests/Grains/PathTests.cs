using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Tests.Fixture;

namespace StreamForge.Cluster.Tests.Grains;

/// <summary>The way from a topic to lookups and sinks, in a cluster that is well.</summary>
public sealed class PathTests
{
    private const int Events = 5_000;
    private const int Users = 200;

    [Fact]
    public async Task Features_are_those_of_the_embedded_host_whichever_silo_is_asked()
    {
        await using var cluster = await ClusterFixture.StartAsync(new ClusterSetup { Pipeline = Clicks.Pipeline });
        Clicks.Feed(cluster, Events, Users);
        await cluster.RestAsync();
        var at = Clicks.Micros(Events);
        var expected = await EmbeddedRun.FeaturesAsync(Clicks.Pipeline, "clicks", Enumerable.Range(0, Events).Select(i => Clicks.Event(i, Users)), at);
        Assert.Equal(Users, expected.Length);
        Assert.Equal(expected, await cluster.FeaturesAsync(silo: 0, at));
        Assert.Equal(expected, await cluster.FeaturesAsync(silo: 1, at));
    }

    [Fact]
    public async Task Rows_and_closed_windows_reach_their_sinks_once()
    {
        await using var cluster = await ClusterFixture.StartAsync(new ClusterSetup { Pipeline = Clicks.WithSinks });
        Clicks.Feed(cluster, Events, Users);
        await cluster.RestAsync();
        Assert.Equal(Clicks.Rows(Events, Users), cluster.Table("rows").Values("user_id", "page", "price", "at"));
        var windows = Clicks.ClosedWindows(Events, Users);
        await cluster.UntilAsync("the closed windows are published", () => Task.FromResult(cluster.Table("windows").Count >= windows.Length));
        await cluster.RestAsync();
        Assert.Equal(windows, cluster.Table("windows").Values("user_id", "window_start", "events", "revision"));
    }

    [Fact]
    public async Task A_pipeline_that_is_stopped_takes_nothing_and_goes_on_where_it_was_when_it_is_started()
    {
        await using var cluster = await ClusterFixture.StartAsync(new ClusterSetup { Pipeline = Clicks.Pipeline });
        Clicks.Feed(cluster, 1_000, Users);
        await cluster.RestAsync();
        await cluster.Control.OrderAsync(PipelineOrder.Stop, CancellationToken.None);
        await cluster.UntilAsync("nothing is received any more", async () =>
        {
            Clicks.Feed(cluster, 10, Users, from: 1_000);
            return (await cluster.Control.OverviewAsync(CancellationToken.None)).Time.Order == PipelineOrder.Stop;
        });
        var fed = Enumerable.Range(0, 4).Sum(p => cluster.Topic("clicks").End(p));
        Assert.True((await cluster.Control.OverviewAsync(CancellationToken.None)).Reports.Sum(r => r!.Received) < fed);
        await cluster.Control.OrderAsync(PipelineOrder.Run, CancellationToken.None);
        await cluster.RestAsync();
        Assert.Equal(fed, await Clicks.CountAsync(cluster, Users));
    }
}
