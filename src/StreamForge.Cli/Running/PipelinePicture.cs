using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Embedded;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Watermarks;

namespace StreamForge.Cli.Running;

/// <summary>A pipeline's stages and edges, in the order of <see cref="EngineStatus.Nodes"/>: each source followed by its transformations, then views, then sinks.</summary>
internal sealed class PipelinePicture
{
    private readonly ImmutableArray<Stage> _stages;

    /// <param name="Source">The source that its rows come from in the end.</param>
    private sealed record Stage(StageKind Kind, string Name, string Type, string? Detail, SourceDefinition Source);

    public PipelinePicture(PipelinePlan plan)
    {
        var stages = ImmutableArray.CreateBuilder<Stage>();
        var edges = ImmutableArray.CreateBuilder<StageEdge>();
        var nodes = new Dictionary<(string Source, int Node), int>();
        var sources = plan.Sources.ToDictionary(s => s.Name, s => s.Definition, StringComparer.Ordinal);
        foreach (var source in plan.Sources)
        {
            nodes[(source.Name, 0)] = stages.Count;
            stages.Add(new Stage(StageKind.Source, source.Name, TypeOf(source.Definition), DetailOf(source.Definition), source.Definition));
            for (var i = 0; i < source.Transformations.Length; i++)
            {
                var transformation = source.Transformations[i];
                nodes[(source.Name, i + 1)] = stages.Count;
                edges.Add(new StageEdge(nodes[(source.Name, transformation.Input)], stages.Count));
                stages.Add(new Stage(StageKind.Transformation, transformation.Name, "sql_transform", null, source.Definition));
            }
        }
        var firstView = stages.Count;
        foreach (var view in plan.Views)
        {
            edges.Add(new StageEdge(nodes[(view.Source, view.Node)], stages.Count));
            stages.Add(new Stage(StageKind.View, view.Name, "view", $"by {string.Join(", ", view.Entity.Select(e => e.Key.Name))}", sources[view.Source]));
        }
        foreach (var sink in plan.Sinks)
        {
            edges.Add(new StageEdge(sink.View >= 0 ? firstView + sink.View : nodes[(sink.Source, sink.Node)], stages.Count));
            stages.Add(new Stage(StageKind.Sink, sink.Name, sink.Definition.Options.Type, sink.Definition.Options is FilesSinkOptions files ? Path.GetFileName(files.Path) : sink.Definition.Options.Target, sources[sink.Source]));
        }
        _stages = stages.ToImmutable();
        Edges = edges.ToImmutable();
    }

    public ImmutableArray<StageEdge> Edges { get; }

    /// <summary>Each stage with its numbers.</summary>
    /// <param name="before">What the pipeline was some seconds ago.</param>
    /// <param name="seconds">How long ago; 0 for a pipeline that has ended.</param>
    /// <param name="clock">The wall clock's now, microseconds.</param>
    public ImmutableArray<StageStatus> Stages(EngineStatus before, EngineStatus now, double seconds, long clock) =>
        [.. _stages.Select((stage, i) => Describe(stage, before.Nodes[i], now.Nodes[i], now, seconds, clock))];

    /// <summary>How fast a number grows; 0 over no time.</summary>
    public static double Rate(long before, long now, double seconds) => seconds < 0.05 ? 0 : Math.Max(0, now - before) / seconds;

    private static StageStatus Describe(Stage stage, NodeStatus before, NodeStatus now, EngineStatus status, double seconds, long clock)
    {
        var watermark = stage.Kind is StageKind.Source or StageKind.Transformation ? Watermark(stage.Source.Name, status) : status.Watermark;
        // What a file holds happened when it happened; only a live source can be behind.
        double? lag = watermark == EventTime.MinValue || stage.Source.Options is FilesSourceOptions ? null : Math.Max(0, clock - watermark) / 1e6;
        return new StageStatus(
            stage.Kind, stage.Name, stage.Type, stage.Detail, now.Rows, Rate(before.Rows, now.Rows, seconds), watermark, lag,
            stage.Kind == StageKind.View ? status.Views.First(v => v.Name == stage.Name).Keys : null, stage.Kind == StageKind.Source ? status.Progress : null);
    }

    /// <summary>A source's own watermark: the least of its active partitions, or the largest of all when none is.</summary>
    private static long Watermark(string source, EngineStatus status)
    {
        var own = status.Partitions.Where(p => p.Source == source).ToArray();
        var active = own.Where(p => p.Activity == PartitionActivity.Active).ToArray();
        return active.Length > 0 ? active.Min(p => p.Watermark) : own.Length > 0 ? own.Max(p => p.Watermark) : EventTime.MinValue;
    }

    private static string TypeOf(SourceDefinition source) => source.Options switch
    {
        FilesSourceOptions => "files",
        KafkaSourceOptions => "kafka",
        IcebergSourceOptions => "iceberg",
        ClickstreamSourceOptions => "clickstream",
        _ => "source",
    };

    private static string? DetailOf(SourceDefinition source) => source.Options switch
    {
        FilesSourceOptions files => Path.GetFileName(files.Path),
        KafkaSourceOptions kafka => kafka.Topic,
        IcebergSourceOptions table => table.Table ?? Path.GetFileName(table.Path),
        ClickstreamSourceOptions { Rate: { } rate } => $"{rate:N0} events a second",
        _ => null,
    };
}
