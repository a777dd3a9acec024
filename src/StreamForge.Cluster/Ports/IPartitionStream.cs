using StreamForge.Core;

namespace StreamForge.Cluster.Ports;

/// <summary>What one poll of a topic partition brought, as it travels to the partition's owner.</summary>
/// <param name="From">The position that it follows: the offset that was next before it.</param>
/// <param name="Next">The position after it. At least <paramref name="From"/>; offsets between may hold no record (transaction markers, compaction).</param>
/// <param name="Payload">The records, in the connector's own form.</param>
public sealed record PollBatch(long From, long Next, ReadOnlyMemory<byte> Payload);

/// <summary>Turns poll batches of one partition into rows. Used by one thread at a time.</summary>
public interface IPollDecoder
{
    /// <summary>The rows of a batch; the caller disposes them.</summary>
    SourceBatch Decode(PollBatch batch);
}

/// <summary>The stream that a partition's owner consumes.</summary>
public interface IPartitionStream
{
    /// <summary>The position that the pipeline's <c>start_offset</c> names at this moment, for a partition that has never been read; nothing is delivered for it.</summary>
    ValueTask<long> StartAsync(CancellationToken cancellation);

    /// <summary>The next batch to be delivered is the one that follows <paramref name="position"/>. Batches that are under way may still come; they do not follow and are refused.</summary>
    ValueTask RewindAsync(long position, CancellationToken cancellation);

    /// <summary>Tells people's tools how far the partition is durable (the consumer group's offset). Never read back.</summary>
    void Acknowledge(long durable);
}
