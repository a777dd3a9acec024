using System.Collections.Immutable;
using StreamForge.Cli;
using StreamForge.Cli.Cluster;
using StreamForge.Cli.Running;
using StreamForge.Cluster.Flushing;
using StreamForge.Connectors.Kafka;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Sinks;
using StreamForge.Grains.Hosting;

namespace StreamForge.Silo.Pipelines;

/// <summary>The pipelines in the silo, and what they offer to the server.</summary>
internal static class PipelineServices
{
    public static ISiloBuilder AddPipelines(this ISiloBuilder silo, ImmutableArray<NodePipeline> pipelines, OpenTopics topics, NodeOptions options, Shell shell) => silo.AddStreamForge(new StreamForgeSiloOptions
    {
        Pipelines = [.. pipelines.Select(p => Describe(p, topics, options, shell))],
        Batcher = new BatcherOptions { FlushInterval = options.FlushInterval },
        Clock = shell.Clock,
    });

    /// <summary>The features of all pipelines, wherever their keys are.</summary>
    public static IFeatureReader Features(IReadOnlyList<SiloPipeline> pipelines)
    {
        var features = new CompositeFeatureReader([.. pipelines.Select(p => p.Pipeline.Plan)]);
        foreach (var pipeline in pipelines) features.Attach(pipeline.Pipeline.Name, pipeline.Features);
        return features;
    }

    private static ClusterPipeline Describe(NodePipeline pipeline, OpenTopics topics, NodeOptions options, Shell shell)
    {
        var plan = pipeline.Plan;
        var sinks = new SinkFactory(plan, options.Data, new TableHome(options.Data, options.Warehouse).Of(plan.Definition), shell.Clock);
        var sources = pipeline.Loaded.Sources.Cast<KafkaSource>().ToDictionary(s => s.Name, StringComparer.Ordinal);
        return new ClusterPipeline(
            plan, pipeline.Partitions, pipeline.Storage,
            source => topics.Add(pipeline.Name, source.Name, KafkaTopicPolls.Of(source, plan.Definition.Orchestration.MaxRecords, shell.Errors.Line)),
            partition => new KafkaPollDecoder(sources[partition.Source].Decoder(partition, plan.Source(partition.Source).Columns)),
            sink => sinks.Open(plan.Sinks[sink]));
    }
}
