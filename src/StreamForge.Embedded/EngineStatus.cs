using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Watermarks;

namespace StreamForge.Embedded;

/// <summary>What a running pipeline has done and holds.</summary>
/// <param name="Watermark">Microseconds; <see cref="EventTime.MinValue"/> before there is one.</param>
/// <param name="Checkpoint">The newest checkpoint's id; 0 before the first.</param>
/// <param name="PagesAheadBytes">The most memory that was used to copy pages ahead of the last checkpoint.</param>
/// <param name="Progress">Share of the bounded input read, 0 to 1; null where no end is known.</param>
/// <param name="Nodes">The pipeline's stages: each source followed by its transformations, inputs first, then views, then sinks.</param>
public sealed record EngineStatus(
    long Events, long Rows, long DeadLetters, long Late, long NullKeys, long Unexpected, long Bytes, long Watermark, long Checkpoint, long CheckpointBytes,
    long PagesAheadBytes, double? Progress, ImmutableArray<ViewStatus> Views, ImmutableArray<SinkStatus> Sinks,
    ImmutableArray<NodeStatus> Nodes, ImmutableArray<PartitionStatus> Partitions)
{
    /// <summary>Events that change nothing by themselves: records without a value.</summary>
    public long PassedOver { get; init; }

    public bool HasChangelogs { get; init; }

    /// <summary>Events of changelogs that had come before and were left out.</summary>
    public long Duplicates { get; init; }

    /// <summary>Truncates of changelogs.</summary>
    public long Truncates { get; init; }

    /// <summary>Orphans, over all views; a pipeline that has any is degraded.</summary>
    public long Degraded => Views.Sum(v => v.Degraded);
}

/// <param name="ClosedRows">Rows of closed windows emitted since the process started, revisions included.</param>
public sealed record ViewStatus(string Name, long Keys, long Bytes, long ClosedRows)
{
    /// <summary>Orphans: changes of which something was missing, so that the view's numbers may be wrong. Each is in the late ledger.</summary>
    public long Degraded { get; init; }

    /// <summary>Updates and deletes that met nothing but what the view had dropped.</summary>
    public long Expired { get; init; }
}

/// <param name="Rows">Rows written since the program started, committed or not.</param>
public sealed record SinkStatus(string Name, long Rows)
{
    /// <summary>The table that the sink writes into; null for other sinks.</summary>
    public TableStatus? Table { get; init; }
}

/// <summary>A table as its sink knows it.</summary>
/// <param name="Table">The dotted name.</param>
/// <param name="Location">Its location.</param>
/// <param name="Files">Data files committed since the program started.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Rows">Their rows.</param>
/// <param name="Snapshots">Snapshots committed since the program started.</param>
/// <param name="SnapshotId">The newest snapshot that this sink has seen in the table, its own or another's; null before the first.</param>
/// <param name="SnapshotTime">When that snapshot was made.</param>
public sealed record TableStatus(string Table, string Location, long Files, long Bytes, long Rows, long Snapshots, long? SnapshotId, DateTimeOffset? SnapshotTime);

public enum NodeKind : byte
{
    Source,
    Transformation,
    View,
    Sink,
}

/// <summary>One stage of a pipeline; its numbers only grow, so the difference of two readings is a rate. A sink's begin with the process, the others' with the pipeline's first start.</summary>
/// <param name="Rows">Rows that came out of a source or transformation, that a view folded into its state, or that a sink was given.</param>
/// <param name="DeadLetters">Events that became dead letters at this stage.</param>
/// <param name="Late">Rows that missed at least one window of the view.</param>
public sealed record NodeStatus(string Name, NodeKind Kind, long Rows, long DeadLetters, long Late);

/// <summary>How far one partition has been read.</summary>
/// <param name="Watermark">Its own, microseconds; <see cref="EventTime.MinValue"/> before there is one.</param>
/// <param name="NewestEvent">Microseconds; <see cref="EventTime.MinValue"/> before the first event.</param>
/// <param name="Activity">Whether it holds the pipeline's watermark back.</param>
/// <param name="Position">Where it goes on reading, as people read it: <c>orders.csv:1024</c>.</param>
public sealed record PartitionStatus(string Source, int Partition, long Watermark, long NewestEvent, PartitionActivity Activity, string Position)
{
    /// <summary>Of a changelog with stored images; else null.</summary>
    public ImagesStatus? Images { get; init; }
}

/// <summary>The stored images of a partition.</summary>
/// <param name="Bytes">Of keys and images, wherever they are.</param>
/// <param name="Memory">Bytes of memory that they take.</param>
public sealed record ImagesStatus(long Rows, long Bytes, long Memory);
