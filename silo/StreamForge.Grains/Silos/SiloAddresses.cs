using System.Collections.Concurrent;
using Orleans.Runtime;
using StreamForge.Cluster.Ports;

namespace StreamForge.Grains.Silos;

/// <summary>A silo's address as the protocol names it, and back. Names are made once for each silo.</summary>
internal static class SiloAddresses
{
    public static SiloId Id(this SiloAddress address) => new(address.ToParsableString());

    public static SiloAddress Address(this SiloId silo) => SiloAddress.FromParsableString(silo.Name);
}
