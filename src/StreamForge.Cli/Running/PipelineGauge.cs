using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Embedded;

namespace StreamForge.Cli.Running;

/// <summary>One pipeline's numbers, with what they were a few seconds ago: the difference is its rates. Any thread may read; one looks.</summary>
internal sealed class PipelineGauge(RunningPipeline pipeline, TimeProvider clock)
{
    private const int Kept = 5;

    private readonly PipelinePicture _picture = new(pipeline.Engine.Plan);
    private readonly long _started = EventTime.Now(clock);
    private ImmutableQueue<Reading> _looks = [new Reading(clock.GetTimestamp(), pipeline.Status())];
    private volatile Ending? _ending;

    private sealed record Ending(string? Failure);

    /// <summary>What was seen at a moment.</summary>
    private sealed record Reading(long Timestamp, EngineStatus Status);

    public string Name => pipeline.Name;

    /// <summary>Takes note of the numbers as they are, and forgets the oldest.</summary>
    public void Look()
    {
        var looks = _looks.Enqueue(new Reading(clock.GetTimestamp(), pipeline.Status()));
        Volatile.Write(ref _looks, looks.Count() > Kept ? looks.Dequeue() : looks);
    }

    /// <summary>The pipeline has ended.</summary>
    /// <param name="failure">Why; null when it ended in order.</param>
    public void End(string? failure) => _ending = new Ending(failure);

    public PipelineStatus Read()
    {
        var before = Volatile.Read(ref _looks).Peek();
        var now = pipeline.Status();
        var seconds = clock.GetElapsedTime(before.Timestamp).TotalSeconds;
        var definition = pipeline.Engine.Plan.Definition;
        var ending = _ending;
        var stages = _picture.Stages(before.Status, now, ending is null ? seconds : 0, EventTime.Now(clock));
        return new PipelineStatus(
            Name, definition.Version, definition.Description, ending is null ? PipelineState.Running : ending.Failure is null ? PipelineState.Stopped : PipelineState.Failed,
            ending is null ? null : ending.Failure ?? "all sources have ended", _started, now.Events, now.Rows,
            ending is null ? PipelinePicture.Rate(before.Status.Events, now.Events, seconds) : 0, now.DeadLetters, now.Late, now.Watermark, now.Checkpoint, now.Progress, stages, _picture.Edges)
        {
            Degraded = now.Degraded,
            Skipped = new SkippedCounts(now.Duplicates, now.Views.Sum(static v => v.Expired), now.PassedOver, now.NullKeys),
            Unexpected = now.Unexpected,
            Truncates = now.Truncates,
        };
    }
}
