using System.Collections.Immutable;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Cluster.Pipelines;

/// <summary>What the parts of a pipeline said at one moment.</summary>
/// <param name="Orphans">For each view, changes of which something was missing.</param>
internal sealed record PipelineSight(PipelinePlan Plan, PipelineOverview Overview, ImmutableArray<long> Orphans)
{
    /// <summary>What its partitions have said, in order.</summary>
    public IEnumerable<PartitionReport> Reports => Overview.Reports.OfType<PartitionReport>();

    /// <summary>The reports of one source's partitions.</summary>
    public IEnumerable<PartitionReport> Of(string source) => Reports.Where(r => Overview.Names[r.Partition].Source == source);
}

/// <summary>One pipeline as it was seen last, and a few seconds before: the difference is its rates.</summary>
internal sealed class PipelineGlance
{
    private const int Kept = 5;

    private static readonly TimeSpan Apart = TimeSpan.FromSeconds(1);

    private readonly WatchedPipeline _pipeline;
    private readonly PlanPicture _picture;
    private readonly TimeProvider _clock;
    private readonly Queue<(long Timestamp, PipelineOverview Overview)> _seen = new();
    private long _newest;
    private volatile PipelineStatus _status;
    private volatile PipelineSight _sight;

    public PipelineGlance(WatchedPipeline pipeline, TimeProvider clock)
    {
        (_pipeline, _clock, _picture) = (pipeline, clock, new PlanPicture(pipeline.Plan));
        var nothing = new PipelineOverview(new PipelineTime(PipelineOrder.Run, 0, EventTime.MinValue, EventTime.MinValue, [], [], null), [], [], EventTime.Now(clock));
        _sight = new PipelineSight(pipeline.Plan, nothing, [.. pipeline.Plan.Views.Select(static _ => 0L)]);
        _status = Describe(_sight, [], 0) with
        {
            Reason = "it has not been asked yet",
        };
    }

    public string Name => _pipeline.Plan.Name;

    public IRecordStorage Records => _pipeline.Storage.Records;

    public PipelineStatus Status => _status;

    public PipelineSight Sight => _sight;

    public async ValueTask RefreshAsync(CancellationToken cancellation)
    {
        PipelineSight sight;
        try
        {
            var overview = await _pipeline.Control.OverviewAsync(cancellation);
            sight = new PipelineSight(_pipeline.Plan, overview, await OrphansAsync(overview, cancellation));
        }
        catch (StreamForgeException error)
        {
            _status = _status with { Reason = $"its state is not known now: {error.Message}", EventsPerSecond = 0 };
            return;
        }
        _sight = sight;
        lock (_seen)
        {
            var now = _clock.GetTimestamp();
            if (_seen.Count == 0 || _clock.GetElapsedTime(_newest, now) >= Apart)
            {
                _seen.Enqueue((now, sight.Overview));
                _newest = now;
                if (_seen.Count > Kept) _seen.Dequeue();
            }
            var (timestamp, before) = _seen.Peek();
            _status = Describe(sight, before.Reports, _clock.GetElapsedTime(timestamp, now).TotalSeconds);
        }
    }

    /// <summary>For each view, changes of which something was missing: those that its keys have found, and those of its source.</summary>
    private async ValueTask<ImmutableArray<long>> OrphansAsync(PipelineOverview overview, CancellationToken cancellation)
    {
        var orphans = ImmutableArray.CreateBuilder<long>(_pipeline.Plan.Views.Length);
        for (var view = 0; view < _pipeline.Plan.Views.Length; view++)
        {
            var source = _pipeline.Plan.Views[view].Source;
            orphans.Add(!_pipeline.IsChangelog(view)
                ? 0
                : await _pipeline.Storage.Keys.OrphansAsync(view, cancellation) + overview.Reports.OfType<PartitionReport>().Where(r => overview.Names[r.Partition].Source == source).Sum(static r => r.Orphans));
        }
        return orphans.MoveToImmutable();
    }

    /// <summary>Which views may be wrong, since changes came of which something was missing; null when none.</summary>
    private static string? DegradedOf(PipelineSight sight)
    {
        var degraded = sight.Orphans.Select((count, view) => (count, view)).Where(static o => o.count > 0).Select(o => $"{sight.Plan.Views[o.view].Name} by {o.count:N0}").ToArray();
        return degraded.Length == 0 ? null : $"it is degraded: changes came of which something was missing (orphans, in the late ledger): {string.Join(", ", degraded)}";
    }

    private PipelineStatus Describe(PipelineSight sight, ImmutableArray<PartitionReport?> before, double seconds)
    {
        var definition = sight.Plan.Definition;
        var reports = sight.Reports.ToArray();
        var (overview, time) = (sight.Overview, sight.Overview.Time);
        var events = reports.Sum(r => r.Counts.Events);
        return new PipelineStatus(
            Name, definition.Version, definition.Description, StateOf(time), ReasonOf(overview, reports) ?? DegradedOf(sight), overview.Since, events, reports.Sum(r => r.Counts.Rows),
            Rate(before.OfType<PartitionReport>().Sum(r => r.Counts.Events), events, seconds), reports.Sum(r => r.Counts.DeadLetters), reports.Sum(r => r.Counts.Late), time.Watermark, 0, null,
            [.. _picture.Stages.Select(stage => Describe(stage, sight, before, seconds))], _picture.Edges)
        {
            Degraded = sight.Orphans.Sum(),
            Skipped = new SkippedCounts(reports.Sum(r => r.Counts.Duplicates), reports.Sum(r => r.Counts.Expired.Sum()), reports.Sum(r => r.Counts.PassedOver), reports.Sum(r => r.Counts.NullKeys)),
            Unexpected = reports.Sum(r => r.Counts.Unexpected),
            Truncates = reports.Sum(r => r.Counts.Truncates),
        };
    }

    private StageStatus Describe(PlanStage stage, PipelineSight sight, ImmutableArray<PartitionReport?> before, double seconds)
    {
        var names = sight.Overview.Names;
        var watermark = stage.Kind is StageKind.Source or StageKind.Transformation ? Watermark(sight.Of(stage.Source.Name)) : sight.Overview.Time.Watermark;
        long? count = stage.Kind == StageKind.Source ? sight.Of(stage.Name).Sum(static r => r.Counts.Events) : null;
        double? rate = count is { } read ? Rate(before.OfType<PartitionReport>().Where(r => names[r.Partition].Source == stage.Name).Sum(static r => r.Counts.Events), read, seconds) : null;
        var view = stage.Kind == StageKind.View ? sight.Plan.Views.ToList().FindIndex(v => v.Name == stage.Name) : -1;
        return new StageStatus(stage.Kind, stage.Name, stage.Type, stage.Detail, count, rate, watermark, stage.Lag(watermark, EventTime.Now(_clock)), null, null)
        {
            Degraded = view < 0 ? null : sight.Orphans[view],
            Expired = view < 0 ? null : sight.Reports.Sum(r => r.Counts.ExpiredOf(view)),
        };
    }

    private static PipelineState StateOf(PipelineTime time) =>
        time.Order == PipelineOrder.Run ? PipelineState.Running : time.Failure is null ? PipelineState.Stopped : PipelineState.Failed;

    private static string? ReasonOf(PipelineOverview overview, PartitionReport[] reports)
    {
        if (overview.Time.Failure is { } failure) return failure;
        if (reports.FirstOrDefault(r => r.Waiting is not null) is { } waiting) return $"{overview.Names[waiting.Partition]} waits: {waiting.Waiting}";
        if (overview.Time.Order == PipelineOrder.Stop) return reports.All(r => r.Durable == r.Received) ? "it was told to stop" : "it was told to stop, and writes what it has";
        return reports.Length < overview.Names.Length ? $"{overview.Names.Length - reports.Length} of {overview.Names.Length} partitions have not reported yet" : null;
    }

    /// <summary>A source's own watermark: the least of its active partitions, or the largest of all when none is.</summary>
    private static long Watermark(IEnumerable<PartitionReport> reports)
    {
        var own = reports.ToArray();
        var active = own.Where(p => p.Activity == StreamForge.Pipeline.Watermarks.PartitionActivity.Active).ToArray();
        return active.Length > 0 ? active.Min(p => p.Watermark) : own.Length > 0 ? own.Max(p => p.Watermark) : EventTime.MinValue;
    }

    private static double Rate(long before, long now, double seconds) => seconds < 0.05 ? 0 : Math.Max(0, now - before) / seconds;
}
