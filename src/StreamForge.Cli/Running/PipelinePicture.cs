using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Embedded;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Watermarks;

namespace StreamForge.Cli.Running;

/// <summary>A pipeline's stages with their numbers, in the order of <see cref="EngineStatus.Nodes"/>.</summary>
internal sealed class PipelinePicture(PipelinePlan plan)
{
    private readonly PlanPicture _picture = new(plan);

    public ImmutableArray<StageEdge> Edges => _picture.Edges;

    /// <summary>Each stage with its numbers.</summary>
    /// <param name="before">What the pipeline was some seconds ago.</param>
    /// <param name="seconds">How long ago; 0 for a pipeline that has ended.</param>
    /// <param name="clock">The wall clock's now, microseconds.</param>
    public ImmutableArray<StageStatus> Stages(EngineStatus before, EngineStatus now, double seconds, long clock) =>
        [.. _picture.Stages.Select((stage, i) => Describe(stage, before.Nodes[i], now.Nodes[i], now, seconds, clock))];

    /// <summary>How fast a number grows; 0 over no time.</summary>
    public static double Rate(long before, long now, double seconds) => seconds < 0.05 ? 0 : Math.Max(0, now - before) / seconds;

    private static StageStatus Describe(PlanStage stage, NodeStatus before, NodeStatus now, EngineStatus status, double seconds, long clock)
    {
        var watermark = stage.Kind is StageKind.Source or StageKind.Transformation ? Watermark(stage.Source.Name, status) : status.Watermark;
        var view = stage.Kind == StageKind.View ? status.Views.First(v => v.Name == stage.Name) : null;
        return new StageStatus(
            stage.Kind, stage.Name, stage.Type, stage.Detail, now.Rows, Rate(before.Rows, now.Rows, seconds), watermark, stage.Lag(watermark, clock),
            view?.Keys, stage.Kind == StageKind.Source ? status.Progress : null)
        {
            Degraded = view?.Degraded,
            Expired = view?.Expired,
        };
    }

    /// <summary>A source's own watermark: the least of its active partitions, or the largest of all when none is.</summary>
    private static long Watermark(string source, EngineStatus status)
    {
        var own = status.Partitions.Where(p => p.Source == source).ToArray();
        var active = own.Where(p => p.Activity == PartitionActivity.Active).ToArray();
        return active.Length > 0 ? active.Min(p => p.Watermark) : own.Length > 0 ? own.Max(p => p.Watermark) : EventTime.MinValue;
    }
}
