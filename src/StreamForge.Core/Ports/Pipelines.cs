using System.Collections.Immutable;

namespace StreamForge.Core;

/// <summary>Whether a pipeline works.</summary>
public enum PipelineState : byte
{
    Running,

    /// <summary>Not running, as somebody wanted or because its sources have ended.</summary>
    Stopped,

    /// <summary>Ended by a failure; <see cref="PipelineStatus.Reason"/> says which.</summary>
    Failed,
}

/// <summary>What a stage of a pipeline is.</summary>
public enum StageKind : byte
{
    Source,
    Transformation,
    View,
    Sink,
}

/// <summary>One box of a pipeline's picture.</summary>
/// <param name="Name">Unique among the stages of its kind.</param>
/// <param name="Type">The source's or sink's type; <c>sql_transform</c>; <c>view</c>.</param>
/// <param name="Detail">What it reads or writes, for people: a path, a table, the key; null when there is nothing to add.</param>
/// <param name="Count">Events that it has read, or rows that have reached it, in this run; null where nobody counts.</param>
/// <param name="PerSecond">The same in the last seconds.</param>
/// <param name="Watermark">Microseconds; <see cref="EventTime.MinValue"/> before there is one.</param>
/// <param name="LagSeconds">How far the watermark is behind now; null where event time is history, or before there is a watermark.</param>
/// <param name="Keys">A view's keys; null for other stages.</param>
/// <param name="Progress">Share of a source's present input that has been read, 0 to 1; null where no end is known.</param>
public sealed record StageStatus(
    StageKind Kind, string Name, string Type, string? Detail, long? Count, double? PerSecond, long Watermark, double? LagSeconds, long? Keys, double? Progress)
{
    /// <summary>A view's orphans: changes of which something was missing, so that its numbers may be wrong; null for other stages.</summary>
    public long? Degraded { get; init; }

    /// <summary>Updates and deletes that met nothing but what the view had dropped; null for other stages.</summary>
    public long? Expired { get; init; }
}

/// <summary>Rows go from one stage to another; both are indexes into <see cref="PipelineStatus.Stages"/>.</summary>
public readonly record struct StageEdge(int From, int To);

/// <summary>A pipeline at one moment. Counts begin with this run.</summary>
/// <param name="Reason">Why it failed, or what it waits for; null while there is nothing to say.</param>
/// <param name="Started">Microseconds.</param>
/// <param name="EventsPerSecond">Events read in the last seconds.</param>
/// <param name="Watermark">Microseconds; <see cref="EventTime.MinValue"/> before there is one.</param>
/// <param name="Checkpoint">The newest published checkpoint; 0 before the first.</param>
/// <param name="Stages">Sources, transformations, views and sinks, in the order of the definition.</param>
public sealed record PipelineStatus(
    string Name, string? Version, string? Description, PipelineState State, string? Reason, long Started, long Events, long Rows, double EventsPerSecond, long DeadLetters, long Late,
    long Watermark, long Checkpoint, double? Progress, ImmutableArray<StageStatus> Stages, ImmutableArray<StageEdge> Edges)
{
    /// <summary>Orphans over all views, since the pipeline was first started; each is in the late ledger.</summary>
    public long Degraded { get; init; }

    /// <summary>What was read and counts nowhere, and is in no ledger either.</summary>
    public SkippedCounts Skipped { get; init; }

    /// <summary>Rows that fail a <c>should</c> expectation; they count all the same.</summary>
    public long Unexpected { get; init; }

    /// <summary>Truncates of changelogs.</summary>
    public long Truncates { get; init; }
}

/// <summary>What counts nowhere and is in no ledger, by reason.</summary>
/// <param name="Duplicates">Events of changelogs that had come before.</param>
/// <param name="Expired">Updates and deletes of changelogs that met nothing but what a view had dropped, over all views.</param>
/// <param name="PassedOver">Events that change nothing by themselves: records without a value, and records of a changelog that are no change of a row.</param>
/// <param name="NullKeys">Rows outside a view because a column of its key is null.</param>
public readonly record struct SkippedCounts(long Duplicates, long Expired, long PassedOver, long NullKeys);

/// <summary>The two lists of events that did not count.</summary>
public enum LedgerKind : byte
{
    DeadLetters,
    Late,
}

/// <summary>A part of a ledger.</summary>
/// <param name="Total">Entries in all.</param>
/// <param name="Items">Entries as JSON texts, read as they are asked for.</param>
public sealed record LedgerSlice(long Total, IEnumerable<string> Items);

/// <summary>How the pipelines of a host are: the port between the control plane and whichever host runs them. Safe from any thread.</summary>
public interface IPipelineReader
{
    /// <summary>All pipelines, in the order in which they were given.</summary>
    ImmutableArray<PipelineStatus> Read();

    /// <summary>As <see cref="Read"/>, but asks whoever knows, where that is somebody else.</summary>
    ValueTask<ImmutableArray<PipelineStatus>> ReadAsync(CancellationToken cancellation) => new(Read());

    /// <summary>Entries of a pipeline's ledger that are in its newest checkpoint, oldest first.</summary>
    /// <param name="pipeline">One of <see cref="Read"/>.</param>
    /// <param name="skip">Entries to leave out at the beginning.</param>
    /// <param name="limit">Entries at most.</param>
    ValueTask<LedgerSlice> ReadLedgerAsync(string pipeline, LedgerKind ledger, long skip, int limit, CancellationToken cancellation);

    /// <summary>The same, newest first.</summary>
    /// <param name="before">The number of the first entry that is left out, from 0; null to begin with the newest.</param>
    ValueTask<LedgerSlice> ReadLedgerBackwardsAsync(string pipeline, LedgerKind ledger, long? before, int limit, CancellationToken cancellation);
}
