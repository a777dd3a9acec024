using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Grains.Hosting;
using StreamForge.Grains.KafkaStreams;

namespace StreamForge.Cluster.Tests.Fixture;

/// <summary>What a cluster of a test is made of.</summary>
internal sealed record ClusterSetup
{
    /// <summary>The pipeline file. Its sources are of type kafka with declared columns; sinks that it has write to <see cref="ClusterFixture.Table"/>.</summary>
    public required string Pipeline { get; init; }

    /// <summary>Silos at the start.</summary>
    public short Silos { get; init; } = 2;

    /// <summary>Partitions of each topic in this process.</summary>
    public int Partitions { get; init; } = 4;

    /// <summary>Records that a poll of a topic in this process brings at most.</summary>
    public int MaxRecords { get; init; } = 500;

    /// <summary>Opens what a silo polls of a source; null for the topics in this process (<see cref="ClusterFixture.Topic"/>).</summary>
    public Func<string, ITopicPolls>? OpenTopic { get; init; }

    /// <summary>The end of a partition, where <see cref="OpenTopic"/> is given.</summary>
    public Func<PartitionId, Task<long>>? EndOf { get; init; }

    /// <summary>Where state is kept; null for <see cref="ClusterFixture.Memory"/>.</summary>
    public IPipelineStorage? Storage { get; init; }

    /// <summary>From one flush of keys or of a sink to the next.</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>From one tick of a partition, a sink or the pipeline to the next.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Changes the silos' other options.</summary>
    public Func<StreamForgeSiloOptions, StreamForgeSiloOptions> Configure { get; init; } = static o => o;
}
