using System.Collections.Immutable;
using StreamForge.Cluster.Images;
using StreamForge.Core;
using StreamForge.Pipeline.Slices;

namespace StreamForge.Cluster.Partitions;

/// <summary>What is kept of a partition.</summary>
/// <param name="Durable">Everything before this offset is in storage; reading goes on here.</param>
/// <param name="Rows">See <see cref="StageState.Rows"/>.</param>
/// <param name="NewestEvent">See <see cref="StageState.NewestEvent"/>.</param>
/// <param name="Reached">What the last event before <paramref name="Durable"/> was judged by, microseconds.</param>
/// <param name="Journal">By which bounds events from <paramref name="Durable"/> on are judged.</param>
/// <param name="Judged">Events from this offset on have been judged by nobody; at least <paramref name="Durable"/>.</param>
public sealed record PartitionRecord(long Durable, long Rows, long NewestEvent, long Reached, ImmutableArray<BoundsEntry> Journal, long Judged)
{
    /// <summary>See <see cref="StageState.Own"/>.</summary>
    public long Own { get; init; } = EventTime.MinValue;

    /// <summary>See <see cref="StageState.Changes"/>.</summary>
    public string? Changes { get; init; }

    /// <summary>How many images are stored at <see cref="Durable"/>, and their bytes.</summary>
    public ImageTotals Images { get; init; }

    /// <summary>The columns of these images; null while there are none.</summary>
    public string? ImageColumns { get; init; }

    /// <summary>Orphans before <see cref="Durable"/> that the partition itself has found.</summary>
    public long Orphans { get; init; }

    /// <summary>The record's name.</summary>
    public static string NameOf(PartitionId partition) => $"partition/{partition.Source}/{partition.Partition}";

    /// <summary>A partition that has never been read.</summary>
    /// <param name="start">The offset that reading begins at.</param>
    /// <param name="partitions">Partitions of the pipeline.</param>
    public static PartitionRecord New(long start, int partitions) =>
        new(start, 0, EventTime.MinValue, EventTime.MinValue, [BoundsJournal.First(start, partitions)], start);

    /// <summary>The stage's state at <see cref="Durable"/>.</summary>
    internal StageState Stage => new(Rows, NewestEvent) { Own = Own, Changes = Changes };
}
