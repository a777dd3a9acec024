using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Pipeline.Plans;

/// <summary>One box of a plan's picture.</summary>
/// <param name="Name">Unique among the stages of its kind.</param>
/// <param name="Type">The source's or sink's type; <c>sql_transform</c>; <c>view</c>.</param>
/// <param name="Detail">What it reads or writes, for people; null when there is nothing to add.</param>
/// <param name="Source">The source that its rows come from in the end.</param>
public sealed record PlanStage(StageKind Kind, string Name, string Type, string? Detail, SourceDefinition Source)
{
    /// <summary>How far a watermark is behind, seconds; null where event time is history, or before there is a watermark.</summary>
    /// <param name="now">The wall clock's now, microseconds.</param>
    public double? Lag(long watermark, long now) =>
        // What a file holds happened when it happened; only a live source can be behind.
        watermark == EventTime.MinValue || Source.Options is FilesSourceOptions ? null : Math.Max(0, now - watermark) / 1e6;
}

/// <summary>A plan's stages and edges: each source followed by its transformations, inputs first, then views, then sinks.</summary>
public sealed class PlanPicture
{
    public PlanPicture(PipelinePlan plan)
    {
        var stages = ImmutableArray.CreateBuilder<PlanStage>();
        var edges = ImmutableArray.CreateBuilder<StageEdge>();
        var nodes = new Dictionary<(string Source, int Node), int>();
        var sources = plan.Sources.ToDictionary(s => s.Name, s => s.Definition, StringComparer.Ordinal);
        foreach (var source in plan.Sources)
        {
            nodes[(source.Name, 0)] = stages.Count;
            stages.Add(new PlanStage(StageKind.Source, source.Name, TypeOf(source.Definition), DetailOf(source.Definition), source.Definition));
            for (var i = 0; i < source.Transformations.Length; i++)
            {
                var transformation = source.Transformations[i];
                nodes[(source.Name, i + 1)] = stages.Count;
                edges.Add(new StageEdge(nodes[(source.Name, transformation.Input)], stages.Count));
                stages.Add(new PlanStage(StageKind.Transformation, transformation.Name, "sql_transform", null, source.Definition));
            }
        }
        var firstView = stages.Count;
        foreach (var view in plan.Views)
        {
            edges.Add(new StageEdge(nodes[(view.Source, view.Node)], stages.Count));
            stages.Add(new PlanStage(StageKind.View, view.Name, "view", $"by {string.Join(", ", view.Entity.Select(e => e.Key.Name))}", sources[view.Source]));
        }
        foreach (var sink in plan.Sinks)
        {
            edges.Add(new StageEdge(sink.View >= 0 ? firstView + sink.View : nodes[(sink.Source, sink.Node)], stages.Count));
            stages.Add(new PlanStage(StageKind.Sink, sink.Name, sink.Definition.Options.Type, sink.Definition.Options is FilesSinkOptions files ? Path.GetFileName(files.Path) : sink.Definition.Options.Target, sources[sink.Source]));
        }
        Stages = stages.ToImmutable();
        Edges = edges.ToImmutable();
    }

    public ImmutableArray<PlanStage> Stages { get; }

    public ImmutableArray<StageEdge> Edges { get; }

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
