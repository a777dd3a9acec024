using StreamForge.Cluster.Ports;
using StreamForge.Grains.KafkaStreams;

namespace StreamForge.Cluster.Tests.KafkaStreams;

public sealed class PartitionSpreadTests
{
    private static string[] Partitions(int count) => [.. Enumerable.Range(0, count).Select(p => $"pipeline/source/{p}")];

    private static SiloId[] Silos(int count) => [.. Enumerable.Range(0, count).Select(s => new SiloId($"10.0.0.{s}:11111@7"))];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(12, 5)]
    [InlineData(3, 5)]
    [InlineData(64, 7)]
    public void Silos_get_equally_many_or_one_more(int partitions, int silos)
    {
        var owners = PartitionSpread.Of(Partitions(partitions), Silos(silos));
        Assert.Equal(partitions, owners.Count);
        var loads = Silos(silos).Select(s => owners.Count(o => o.Value == s)).ToArray();
        Assert.True(loads.Max() - loads.Min() <= 1, string.Join(' ', loads));
    }

    [Fact]
    public void The_order_in_which_they_are_known_does_not_matter() =>
        Assert.Equal(PartitionSpread.Of(Partitions(20), Silos(4)).OrderBy(o => o.Key, StringComparer.Ordinal), PartitionSpread.Of(Partitions(20).Reverse(), Silos(4).Reverse()).OrderBy(o => o.Key, StringComparer.Ordinal));

    [Fact]
    public void A_silo_that_goes_leaves_most_of_the_others_partitions_where_they_are()
    {
        var before = PartitionSpread.Of(Partitions(60), Silos(6));
        var after = PartitionSpread.Of(Partitions(60), Silos(5));
        var moved = before.Count(o => o.Value != Silos(6)[5] && after[o.Key] != o.Value);
        Assert.InRange(moved, 0, 25);
    }

    [Fact]
    public void Without_silos_nobody_owns_anything() => Assert.Empty(PartitionSpread.Of(Partitions(3), []));
}
