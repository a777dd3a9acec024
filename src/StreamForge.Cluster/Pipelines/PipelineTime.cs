using System.Collections.Immutable;
using StreamForge.Cluster.Images;
using StreamForge.Pipeline.Watermarks;

namespace StreamForge.Cluster.Pipelines;

/// <summary>How a partition is.</summary>
/// <param name="Partition">Its index among all partitions of the pipeline.</param>
/// <param name="Received">The offset of the next record that it will take.</param>
/// <param name="Applied">Everything before this offset has been applied by the keys and taken by the sinks.</param>
/// <param name="Durable">Everything before this offset is in storage.</param>
/// <param name="Watermark">Its own watermark as of <paramref name="Applied"/>, microseconds.</param>
/// <param name="Final">Rows after <paramref name="Durable"/>, read again or for the first time, are judged by this watermark or a later one.</param>
/// <param name="NewestEvents">For each view of the plan the newest event time applied from this partition; <see cref="Core.EventTime.MinValue"/> before the first.</param>
/// <param name="Counts">Of this run, for people.</param>
/// <param name="Start">The pipeline's start that it has heard of (<see cref="PipelineTime.Start"/>).</param>
/// <param name="Waiting">What it waits for, in one sentence; null while it waits for nothing but events.</param>
/// <param name="Failure">Why it cannot go on, in one sentence; null while it can.</param>
public sealed record PartitionReport(
    int Partition, long Received, long Applied, long Durable, long Watermark, PartitionActivity Activity, long Final, ImmutableArray<long> NewestEvents, PartitionCounts Counts, long Start, string? Waiting, string? Failure)
{
    /// <summary>Its own watermark as of <see cref="Durable"/>.</summary>
    public long DurableWatermark { get; init; } = Watermark;

    /// <summary>Of a changelog: changes before <see cref="Applied"/> of which something was missing, which degrades all views of the source. Each is in the late ledger once it is durable.</summary>
    public long Orphans { get; init; }

    /// <summary>Images that are stored of its rows; nothing where none are kept.</summary>
    public ImageTotals Images { get; init; }
}

/// <summary>What a partition has seen since it was activated.</summary>
public readonly record struct PartitionCounts(long Events, long Rows, long DeadLetters, long Late, long Rewinds)
{
    private readonly ImmutableArray<long> _expired;

    /// <summary>Of a changelog: events that had come before and were left out.</summary>
    public long Duplicates { get; init; }

    /// <summary>Events that change nothing by themselves.</summary>
    public long PassedOver { get; init; }

    /// <summary>Rows outside a view because a column of its key is null.</summary>
    public long NullKeys { get; init; }

    /// <summary>Rows that fail a <c>should</c> expectation.</summary>
    public long Unexpected { get; init; }

    /// <summary>Of a changelog: truncates.</summary>
    public long Truncates { get; init; }

    /// <summary>For each view of the plan: updates and deletes that met nothing but what the view had dropped; empty while there are none.</summary>
    public ImmutableArray<long> Expired
    {
        get => _expired.IsDefault ? [] : _expired;
        init => _expired = value;
    }

    /// <summary>Those of a view.</summary>
    public long ExpiredOf(int view) => view < Expired.Length ? Expired[view] : 0;
}

/// <summary>What a pipeline is meant to do.</summary>
public enum PipelineOrder : byte
{
    /// <summary>Partitions take what comes.</summary>
    Run,

    /// <summary>Partitions take nothing new, and come to rest: durable equals received.</summary>
    Stop,
}

/// <summary>How a pipeline is, as its partitions, keys and readers hear it.</summary>
/// <param name="Watermark">Never moves back; microseconds, <see cref="Core.EventTime.MinValue"/> before there is one.</param>
/// <param name="Final">The least of the partitions' <see cref="PartitionReport.Final"/>.</param>
/// <param name="NewestEvents">For each view the newest event time applied.</param>
/// <param name="Partitions">Own watermark and activity of each partition, by index.</param>
/// <param name="Start">How often it has been started; what failed under an earlier one is to go on.</param>
/// <param name="Failure">Why it has stopped by itself; null when it has not.</param>
public sealed record PipelineTime(
    PipelineOrder Order, long Start, long Watermark, long Final, ImmutableArray<long> NewestEvents, ImmutableArray<(long Watermark, PartitionActivity Activity)> Partitions, string? Failure)
{
    /// <summary>
    /// Windows that end by this are emitted: the watermark as far as what it was computed from is in storage. A key that was lost with its silo comes back with what is durable, and its window must not be emitted
    /// from that alone.
    /// </summary>
    public long Closing { get; init; } = Watermark;
}

/// <summary>A pipeline and its partitions at one moment.</summary>
/// <param name="Names">The pipeline's partitions by index.</param>
/// <param name="Reports">What each partition said last; null for one that has said nothing since the pipeline's part was activated.</param>
/// <param name="Since">When that was, microseconds.</param>
public sealed record PipelineOverview(PipelineTime Time, ImmutableArray<Core.PartitionId> Names, ImmutableArray<PartitionReport?> Reports, long Since);
