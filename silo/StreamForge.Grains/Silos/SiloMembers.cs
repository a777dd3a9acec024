using System.Collections.Immutable;
using StreamForge.Cluster.Ports;

namespace StreamForge.Grains.Silos;

/// <summary>The silos that are alive as far as this one knows, computed anew only when membership has changed. Safe from any thread.</summary>
internal sealed class SiloMembers(IClusterMembershipService membership, ILocalSiloDetails local)
{
    private volatile Known _known = new(MembershipVersion.MinValue, []);

    private sealed record Known(MembershipVersion Version, ImmutableArray<SiloId> Silos);

    public SiloId Here { get; } = local.SiloAddress.Id();

    /// <summary>In order of their ids.</summary>
    public ImmutableArray<SiloId> Alive
    {
        get
        {
            var snapshot = membership.CurrentSnapshot;
            if (_known.Version == snapshot.Version && !_known.Silos.IsEmpty) return _known.Silos;
            _known = new Known(snapshot.Version, [.. snapshot.Members.Values.Where(m => m.Status == SiloStatus.Active).Select(m => m.SiloAddress.Id()).Order()]);
            return _known.Silos;
        }
    }
}

/// <summary>A silo's address as the protocol names it, and back.</summary>
internal static class SiloAddresses
{
    public static SiloId Id(this SiloAddress address) => new(address.ToParsableString());

    public static SiloAddress Address(this SiloId silo) => SiloAddress.FromParsableString(silo.Name);
}
