namespace StreamForge.Cluster.Ports;

/// <summary>One run of one node: a node that is restarted has another id, so that nothing which the earlier run held in memory is taken for being there.</summary>
/// <param name="Name">Address and generation, such as <c>10.0.0.7:11111@148312</c>; equal only for the same run.</param>
public readonly record struct SiloId(string Name) : IComparable<SiloId>
{
    public int CompareTo(SiloId other) => string.CompareOrdinal(Name, other.Name);

    public override string ToString() => Name;
}
