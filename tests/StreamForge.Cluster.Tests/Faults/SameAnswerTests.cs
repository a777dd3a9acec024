using StreamForge.Cluster.Tests.Fixture;

namespace StreamForge.Cluster.Tests.Faults;

/// <summary>A cluster that is well gives what the embedded host gives: every feature of every key, every row of every table, every entry of both ledgers.</summary>
public sealed class SameAnswerTests
{
    [Fact]
    public async Task Retail_through_four_partitions_gives_what_the_embedded_host_gives()
    {
        await using var cluster = await TestedCluster.StartAsync(new ClusterSetup { Pipeline = Shop.Pipeline(), Silos = 3 });
        var shop = new Shop();
        shop.Feed(cluster, 3_000);
        await cluster.HoldAsync();
        shop.Feed(cluster, 4_000);
        await cluster.HoldAsync();
    }

    [Fact]
    public async Task Late_clicks_of_one_partition_are_in_the_same_ledger_with_the_same_words()
    {
        await using var cluster = await TestedCluster.StartAsync(new ClusterSetup { Pipeline = Visits.Pipeline, Silos = 2, Partitions = 1, MaxRecords = 100 });
        var visits = new Visits();
        visits.Feed(cluster, 5_000);
        await cluster.HoldAsync();
        Assert.NotEmpty((await cluster.AnswerAsync()).Late);
        Assert.NotEmpty((await cluster.AnswerAsync()).DeadLetters);
    }
}
