using System.Collections.Immutable;
using StreamForge.Cluster.KeyGroups;
using StreamForge.Cluster.Ports;
using StreamForge.Core;

namespace StreamForge.Tests.Cluster;

public class KeyPlacementTests
{
    private static ImmutableArray<SiloId> Silos(int count) => [.. Enumerable.Range(0, count).Select(i => new SiloId($"10.0.0.{i}:11111@{i * 977}"))];

    private static SiloId[] Owners(ImmutableArray<SiloId> silos)
    {
        var table = new PlacementTable(silos);
        return [.. Enumerable.Range(0, KeyGroup.Count).Select(table.Owner)];
    }

    [Fact]
    public void The_order_in_which_silos_are_known_does_not_matter() => Assert.Equal(Owners(Silos(7)), Owners([.. Silos(7).Reverse()]));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Groups_are_spread_evenly_and_only_those_of_a_silo_that_goes_are_moved(int count)
    {
        var silos = Silos(count);
        var owners = Owners(silos);
        foreach (var owned in owners.CountBy(s => s)) Assert.InRange(owned.Value, KeyGroup.Count / count * 3 / 4, KeyGroup.Count / count * 5 / 4);
        Assert.Equal(count, owners.Distinct().Count());
        var without = Owners(silos.RemoveAt(1));
        for (var group = 0; group < KeyGroup.Count; group++)
        {
            if (owners[group] != silos[1]) Assert.Equal(owners[group], without[group]);
        }
    }

    [Fact]
    public void The_table_is_made_anew_only_when_the_silos_have_changed()
    {
        var placement = new KeyPlacement();
        var table = placement.Of(Silos(3));
        Assert.Same(table, placement.Of(Silos(3)));
        Assert.NotSame(table, placement.Of(Silos(4)));
        Assert.True(Assert.Throws<StreamForgeException>(() => placement.Of([])).Retryable);
    }
}
