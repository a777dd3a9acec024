using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using StreamForge.Core;

namespace StreamForge.Testing.Cluster.Workload;

/// <summary>One state of a row of the orders' table.</summary>
/// <param name="Time">Microseconds; null where it lacks one.</param>
public sealed record WorkloadImage(long? Time, string? Customer, long? Product, decimal? Amount, double? Score, string Kind)
{
    /// <summary>The kind was not sent, since it has not changed.</summary>
    public bool LacksKind { get; init; }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"t={(Time is { } t ? EventTime.Format(t) : "null")} customer={Customer ?? "null"} product={Product} amount={Amount} score={Score} kind={(LacksKind ? "unsent" : Kind)}");
}

/// <summary>An event of a workload whose source is a changelog.</summary>
/// <param name="Offset">In its topic partition.</param>
/// <param name="At">When it is appended, microseconds of the world.</param>
/// <param name="Id">The primary key; null where the event has none.</param>
public sealed record WorkloadChange(
    int Partition, long Offset, long At, ChangeKind Kind, long? Id, WorkloadImage? Before, WorkloadImage? After, SourcePosition Position, SnapshotPhase Snapshot = SnapshotPhase.None)
{
    private static readonly ImmutableArray<Field> PrimaryKey = [new("id", DataType.BigInt)];

    /// <summary>The canonical primary key.</summary>
    public byte[]? Key => Id is { } id ? KeyCodec.FromText(PrimaryKey, new Dictionary<string, string>(StringComparer.Ordinal) { ["id"] = id.ToString(CultureInfo.InvariantCulture) }) : null;

    /// <summary>As it stands in the topic, for people.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes($"{Kind} {Id} at {Position.Major}.{Position.Minor} {Snapshot}: {Before?.ToString() ?? "none"} -> {After?.ToString() ?? "none"}");
}
