using System.Collections.Immutable;
using StreamForge.Cluster.Flushing;
using StreamForge.Grains.KafkaStreams;

namespace StreamForge.Grains.Hosting;

/// <summary>How a silo runs its pipelines.</summary>
public sealed record StreamForgeSiloOptions
{
    /// <summary>The pipelines, the same in all silos.</summary>
    public required ImmutableArray<ClusterPipeline> Pipelines { get; init; }

    /// <summary>How keys are loaded and flushed.</summary>
    public BatcherOptions Batcher { get; init; } = new();

    /// <summary>How partitions are handed from the poller to their grains.</summary>
    public PartitionQueueOptions Queues { get; init; } = PartitionQueueOptions.Default;

    /// <summary>
    /// How long the pulling agent repeats a delivery that fails before it passes it over; the consumer then rewinds, so that nothing is lost, but what follows is polled again. Without end unless set.
    /// </summary>
    public TimeSpan GiveUpDelivery { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>How long a key stays in memory that nobody calls.</summary>
    public TimeSpan KeyAge { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long rows wait for their sink's commit at most.</summary>
    public TimeSpan SinkInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a partition, sink or pipeline looks at what time has brought: what has become durable, whether a partition is idle, what is to be committed.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The clock of everything that pipelines do; that of Orleans itself is not meant.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
