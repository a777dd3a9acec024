using System.Globalization;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Cluster.Pipelines;

/// <summary>The positions behind features, as the partitions said them last. A cluster has no checkpoints: what is durable is so partition by partition. Safe from any thread.</summary>
public sealed class ClusterOrigins(ClusterPipelineReader pipelines) : IOriginReader
{
    public ViewOrigin? Read(ViewDescription view)
    {
        foreach (var sight in pipelines.Sights)
        {
            if (sight.Plan.Views.FirstOrDefault(v => v.Description == view) is not { } plan) continue;
            var source = sight.Plan.Source(plan.Source);
            return new ViewOrigin(0, [.. sight.Of(source.Name).Select(r => Origin(source, sight.Overview.Names[r.Partition], r))]);
        }
        return null;
    }

    private static PartitionOrigin Origin(SourcePlan source, PartitionId partition, PartitionReport report)
    {
        var topic = source.Definition.Options is KafkaSourceOptions kafka ? kafka.Topic : source.Name;
        return new PartitionOrigin(partition.Source, partition.Partition, Position(report.Received), Position(report.Durable), report.Watermark);

        string Position(long offset) => string.Create(CultureInfo.InvariantCulture, $"{topic}/{partition.Partition}:{offset}");
    }
}
