using StreamForge.Cluster.Ports;

namespace StreamForge.Grains.KafkaStreams;

/// <summary>What a silo polls of one topic, for one pipeline: feeds of single partitions, each opened where its consumer wants it. Safe from any thread; feeds are disposed before it.</summary>
public interface ITopicPolls : IAsyncDisposable
{
    /// <summary>Begins to read a partition. There is at most one feed of it at a time.</summary>
    /// <param name="position">The offset that the first batch follows.</param>
    /// <exception cref="Core.StreamForgeException">The partition cannot be read there.</exception>
    ValueTask<ITopicFeed> OpenAsync(int partition, long position, CancellationToken cancellation);

    /// <summary>The position that the pipeline's <c>start_offset</c> names at this moment.</summary>
    /// <exception cref="Core.StreamForgeException">The topic cannot be asked.</exception>
    ValueTask<long> StartAsync(int partition, CancellationToken cancellation);

    /// <summary>Tells people's tools how far a partition is durable. Never read back.</summary>
    void Acknowledge(int partition, long durable);
}

/// <summary>The batches of one partition in order, through a bounded queue: while it is full nothing more is polled. Used by one task at a time.</summary>
public interface ITopicFeed : IAsyncDisposable
{
    /// <summary>Completes when there is a batch.</summary>
    /// <exception cref="Core.StreamForgeException">The partition cannot be read on.</exception>
    ValueTask WaitAsync(CancellationToken cancellation);

    /// <summary>Takes a batch that is there; null when there is none.</summary>
    PollBatch? TryRead();
}
