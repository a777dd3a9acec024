using System.Collections.Immutable;
using System.Text;
using StreamForge.Cluster.Ports;
using StreamForge.Core;

namespace StreamForge.Grains.KafkaStreams;

/// <summary>
/// Which silo polls which partition and holds its grain. Each silo gets as many as the others, or one more; otherwise a partition goes to the silo whose hash with it is the greatest of those with room
/// (rendezvous hashing with bounded loads), so that few partitions move when a silo comes or goes. Who knows the same partitions and silos gets the same answer.
/// </summary>
public static class PartitionSpread
{
    /// <param name="partitions">All partitions, in any order.</param>
    /// <param name="silos">The silos that are alive, in any order; with none nobody owns anything.</param>
    public static ImmutableDictionary<string, SiloId> Of(IEnumerable<string> partitions, IEnumerable<SiloId> silos)
    {
        var members = silos.Order().ToArray();
        var owners = ImmutableDictionary.CreateBuilder<string, SiloId>(StringComparer.Ordinal);
        if (members.Length == 0) return owners.ToImmutable();
        var ordered = partitions.Order(StringComparer.Ordinal).ToArray();
        var load = new int[members.Length];
        var (share, larger) = Math.DivRem(ordered.Length, members.Length);
        foreach (var partition in ordered)
        {
            var best = -1;
            var greatest = 0UL;
            for (var i = 0; i < members.Length; i++)
            {
                if (load[i] > share || (load[i] == share && larger == 0)) continue;
                var weight = XxHash64.Hash(Encoding.UTF8.GetBytes($"{members[i].Name} {partition}"));
                if (best >= 0 && weight <= greatest) continue;
                (best, greatest) = (i, weight);
            }
            if (load[best]++ == share) larger--;
            owners[partition] = members[best];
        }
        return owners.ToImmutable();
    }
}
