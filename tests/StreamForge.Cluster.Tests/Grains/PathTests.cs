using StreamForge.Cluster.Tests.Fixture;

namespace StreamForge.Cluster.Tests.Grains;

/// <summary>The way from a topic to a lookup.</summary>
public sealed class PathTests
{
    [Fact]
    public async Task Events_of_all_partitions_are_counted_in_their_keys_and_become_durable()
    {
        await using var cluster = await ClusterFixture.StartAsync(new ClusterSetup { Pipeline = Clicks.Pipeline });
        Clicks.Feed(cluster, 2_000, users: 100);
        await cluster.RestAsync();
        var user = await cluster.LookupAsync("activity", "u7");
        Assert.Equal(20, user["events_lifetime"].Int64);
        Assert.Equal(100, (await cluster.FeaturesAsync()).Length);
    }
}
