using StreamForge.Core;
using StreamForge.Embedded.Sinks.Iceberg;
using StreamForge.Embedded.Storage;
using StreamForge.ObjectStores.Local;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Sinks;

/// <summary>Makes the sinks of a plan.</summary>
/// <param name="warehouse">The location that tables are kept under, without a slash at its end.</param>
public sealed class SinkFactory(PipelinePlan plan, DataDirectory data, string warehouse, TimeProvider clock)
{
    public ISink Open(SinkPlan sink) => sink.Definition.Options switch
    {
        FilesSinkOptions files => new FilesSink(plan.Name, sink.Name, files.Path, sink.Schema, withOps: sink.View < 0 && plan.Source(sink.Source).Definition.Changelog is not null && !sink.Schema.Contains("_op")),
        IcebergSinkOptions table => new IcebergSink(
            new LocalObjectStore(), warehouse, new IcebergSinkSettings(plan.Name, sink, table, CheckpointInterval(plan.Definition)), data.OpenCommit(plan.Name, sink.Name), clock),
        _ => throw new StreamForgeException(ErrorKind.NotSupported, $"sink {sink.Name}: sinks of this type are not supported yet"),
    };

    /// <summary>How often checkpoints are taken, microseconds: as the definition says, or more often where a sink commits more often.</summary>
    public static long CheckpointInterval(PipelineDefinition definition) =>
        definition.Sinks.Select(s => (s.Options as IcebergSinkOptions)?.CommitInterval).Prepend(definition.Orchestration.CheckpointInterval).Min()!.Value;
}
