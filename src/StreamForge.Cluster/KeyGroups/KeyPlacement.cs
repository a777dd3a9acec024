using System.Collections.Immutable;
using System.Text;
using StreamForge.Cluster.Ports;
using StreamForge.Core;

namespace StreamForge.Cluster.KeyGroups;

/// <summary>
/// Which silo owns each of the 1,024 key groups, by rendezvous hashing (D. G. Thaler, C. V. Ravishankar, "Using name-based mappings to increase hit rates", 1998): a group belongs to the silo whose hash with it is
/// the greatest. Everybody who knows the same silos gets the same answer without asking anybody, and when a silo comes or goes only the groups move that it takes or leaves.
/// <para>
/// Placement is an advice for where to activate a key, not a promise of where it is: a key that is active elsewhere stays there and is reached there. Immutable.
/// </para>
/// </summary>
public sealed class PlacementTable
{
    private readonly ushort[] _owners = new ushort[KeyGroup.Count];

    /// <param name="silos">At least one, in any order; the answer depends on the set alone.</param>
    public PlacementTable(ImmutableArray<SiloId> silos)
    {
        if (silos.IsDefaultOrEmpty) throw new StreamForgeException(ErrorKind.Unavailable, "no silo of the cluster is known to be alive; wait until one has joined", retryable: true);
        Silos = silos;
        var seeds = new ulong[silos.Length];
        for (var i = 0; i < seeds.Length; i++) seeds[i] = XxHash64.Hash(Encoding.UTF8.GetBytes(silos[i].Name));
        for (var group = 0; group < _owners.Length; group++)
        {
            var best = 0;
            for (var i = 1; i < seeds.Length; i++)
            {
                var (mine, greatest) = (Mix(seeds[i], group), Mix(seeds[best], group));
                if (mine > greatest || (mine == greatest && silos[i].CompareTo(silos[best]) > 0)) best = i;
            }
            _owners[group] = (ushort)best;
        }
    }

    /// <summary>The silos as they were given.</summary>
    public ImmutableArray<SiloId> Silos { get; }

    /// <summary>Index into <see cref="Silos"/> of the owner of a group, 0 to 1,023.</summary>
    public int Index(int group) => _owners[group];

    /// <summary>The owner of a group, 0 to 1,023.</summary>
    public SiloId Owner(int group) => Silos[_owners[group]];

    // The finalizer of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014): every bit of group and seed moves every bit of the result.
    private static ulong Mix(ulong seed, int group)
    {
        var x = seed ^ ((ulong)group * 0x9E3779B97F4A7C15);
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}

/// <summary>The placement of the silos that are alive now, computed anew only when they have changed. Safe from any thread.</summary>
public sealed class KeyPlacement
{
    private volatile PlacementTable? _current;

    /// <param name="silos"><see cref="ICluster.Silos"/> as it is at this moment.</param>
    /// <exception cref="StreamForgeException">Unavailable, retryable: there is none.</exception>
    public PlacementTable Of(ImmutableArray<SiloId> silos)
    {
        if (_current is { } current && (current.Silos == silos || (!silos.IsDefault && current.Silos.AsSpan().SequenceEqual(silos.AsSpan())))) return current;
        return _current = new PlacementTable(silos);
    }
}
