namespace StreamForge.Core;

/// <summary>One ordered stream of a source: a Kafka partition, a set of files read in name order, one emitter.</summary>
/// <param name="Source">The source's name in the pipeline file.</param>
/// <param name="Partition">The partition's number, from 0.</param>
public readonly record struct PartitionId(string Source, int Partition)
{
    public override string ToString() => $"{Source}/{Partition}";
}

/// <summary>Where the rows of a batch came from.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Segment">The file's name for files, topic and partition for Kafka; empty where a partition is one sequence.</param>
public sealed record BatchOrigin(PartitionId Partition, string Segment)
{
    /// <summary>The position of one row as people read it: <c>orders.csv:1024</c>, or just the number.</summary>
    public string Describe(long position) => Segment.Length == 0 ? $"{position}" : $"{Segment}:{position}";
}

/// <summary>
/// Where a partition goes on reading: everything before it has been delivered. Serialised into checkpoints.
/// </summary>
/// <param name="Segment">As in <see cref="BatchOrigin"/>.</param>
/// <param name="Offset">The next byte of the uncompressed segment, or the next record's offset or number.</param>
/// <param name="State">What else the connector needs to go on exactly; its own format, usually null.</param>
public sealed record PartitionCursor(string Segment, long Offset, string? State = null)
{
    /// <summary>The beginning.</summary>
    public static PartitionCursor Start { get; } = new("", 0);

    /// <summary>The beginning of a partition that was added after the pipeline's first start: all of it is read, wherever the source's definition says that reading begins.</summary>
    public static PartitionCursor Added { get; } = new("", 0, "added");

    /// <summary>A position in a topic whose name is not known where the position was kept, in a cluster: the offset counts.</summary>
    public static PartitionCursor Moved(long offset) => new("", offset, MovedState);

    /// <summary>Whether it is one of <see cref="Moved"/>.</summary>
    public bool IsMoved => State == MovedState;

    private const string MovedState = "moved";
}
