using System.Collections.Immutable;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Grains.KafkaStreams;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Grains.Hosting;

/// <summary>A pipeline as a silo runs it. All silos of a cluster are given the same plan and partitions.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Partitions">The partitions that the sources have now, in order of sources and numbers.</param>
/// <param name="Storage">Where its state is kept; the same for all silos.</param>
/// <param name="OpenTopic">Opens what this silo polls of a source's topic; called once for each source, when one of its partitions is polled here first. The silo disposes it.</param>
/// <param name="OpenDecoder">Makes a decoder for a partition's batches.</param>
/// <param name="OpenSink">Opens a sink of the plan by its index; called by the silo that writes it.</param>
public sealed record ClusterPipeline(
    PipelinePlan Plan,
    ImmutableArray<PartitionId> Partitions,
    IPipelineStorage Storage,
    Func<SourcePlan, ITopicPolls> OpenTopic,
    Func<PartitionId, IPollDecoder> OpenDecoder,
    Func<int, ISink> OpenSink)
{
    public string Name => Plan.Name;
}
