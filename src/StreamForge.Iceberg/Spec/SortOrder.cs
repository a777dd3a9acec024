using System.Collections.Immutable;

namespace StreamForge.Iceberg.Spec;

/// <summary>A key of a sort order.</summary>
public sealed record SortKey(int SourceId, Transform Transform, bool Descending, bool NullsLast);

/// <summary>How rows within files are sorted (Iceberg specification, "Sorting"); order 0 is none.</summary>
public sealed record SortOrder(int OrderId, ImmutableArray<SortKey> Keys)
{
    public static SortOrder Unsorted { get; } = new(0, []);

    public bool Equals(SortOrder? other) => other is not null && OrderId == other.OrderId && Keys.SequenceEqual(other.Keys);

    public override int GetHashCode() => Keys.Aggregate(OrderId, HashCode.Combine);
}
