using System.Collections.Immutable;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Cluster.Pipelines;

/// <summary>A pipeline of the cluster, for those who look at it.</summary>
public sealed record WatchedPipeline(PipelinePlan Plan, IPipelineControl Control, IPipelineStorage Storage)
{
    /// <summary>Whether rows are taken out of a view, so that orphans may degrade it.</summary>
    public bool IsChangelog(int view) => Plan.Source(Plan.Views[view].Source).Definition.Changelog is not null;
}

/// <summary>
/// The cluster's pipelines as the control plane sees them, from any silo: <see cref="ReadAsync"/> asks their parts, <see cref="Read"/> gives what they said last. Ledgers are read when they are asked for. Counts begin
/// with the activations that report them. Safe from any thread.
/// </summary>
public sealed class ClusterPipelineReader : IPipelineReader
{
    private readonly ImmutableArray<PipelineGlance> _pipelines;

    public ClusterPipelineReader(IEnumerable<WatchedPipeline> pipelines, TimeProvider clock) => _pipelines = [.. pipelines.Select(p => new PipelineGlance(p, clock))];

    public ImmutableArray<PipelineStatus> Read() => [.. _pipelines.Select(p => p.Status)];

    /// <summary>Asks every pipeline; one that does not answer says so in its status.</summary>
    public async ValueTask<ImmutableArray<PipelineStatus>> ReadAsync(CancellationToken cancellation)
    {
        foreach (var pipeline in _pipelines) await pipeline.RefreshAsync(cancellation);
        return Read();
    }

    public async ValueTask<LedgerSlice> ReadLedgerAsync(string pipeline, LedgerKind ledger, long skip, int limit, CancellationToken cancellation)
    {
        var (total, items) = await Records(pipeline).LedgerAsync(ledger, backwards: false, skip, limit, cancellation);
        return new LedgerSlice(total, items);
    }

    public async ValueTask<LedgerSlice> ReadLedgerBackwardsAsync(string pipeline, LedgerKind ledger, long? before, int limit, CancellationToken cancellation)
    {
        if (before is not { } end)
        {
            var (all, newest) = await Records(pipeline).LedgerAsync(ledger, backwards: true, 0, limit, cancellation);
            return new LedgerSlice(all, newest);
        }
        // Numbers count from the oldest, which stay while new ones come.
        var first = Math.Max(0, end - limit);
        var (total, items) = await Records(pipeline).LedgerAsync(ledger, backwards: false, first, (int)(end - first), cancellation);
        return new LedgerSlice(total, items.Reverse());
    }

    private IRecordStorage Records(string pipeline) => _pipelines.First(p => p.Name == pipeline).Records;
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

    public PipelineGlance(WatchedPipeline pipeline, TimeProvider clock)
    {
        (_pipeline, _clock, _picture) = (pipeline, clock, new PlanPicture(pipeline.Plan));
        _status = Describe(new PipelineOverview(new PipelineTime(PipelineOrder.Run, 0, EventTime.MinValue, EventTime.MinValue, [], [], null), [], [], EventTime.Now(clock)), [], 0, null) with
        {
            Reason = "it has not been asked yet",
        };
    }

    public string Name => _pipeline.Plan.Name;

    public IRecordStorage Records => _pipeline.Storage.Records;

    public PipelineStatus Status => _status;

    public async ValueTask RefreshAsync(CancellationToken cancellation)
    {
        PipelineOverview overview;
        string? degraded;
        try
        {
            overview = await _pipeline.Control.OverviewAsync(cancellation);
            degraded = await DegradedAsync(overview, cancellation);
        }
        catch (StreamForgeException error)
        {
            _status = _status with { Reason = $"its state is not known now: {error.Message}", EventsPerSecond = 0 };
            return;
        }
        lock (_seen)
        {
            var now = _clock.GetTimestamp();
            if (_seen.Count == 0 || _clock.GetElapsedTime(_newest, now) >= Apart)
            {
                _seen.Enqueue((now, overview));
                _newest = now;
                if (_seen.Count > Kept) _seen.Dequeue();
            }
            var (timestamp, before) = _seen.Peek();
            _status = Describe(overview, before.Reports, _clock.GetElapsedTime(timestamp, now).TotalSeconds, degraded);
        }
    }

    /// <summary>Which views may be wrong, since changes came of which something was missing; null when none.</summary>
    private async ValueTask<string?> DegradedAsync(PipelineOverview overview, CancellationToken cancellation)
    {
        var degraded = new List<string>();
        for (var view = 0; view < _pipeline.Plan.Views.Length; view++)
        {
            if (!_pipeline.IsChangelog(view)) continue;
            var plan = _pipeline.Plan.Views[view];
            var orphans = await _pipeline.Storage.Keys.OrphansAsync(view, cancellation)
                + overview.Reports.OfType<PartitionReport>().Where(r => overview.Names[r.Partition].Source == plan.Source).Sum(static r => r.Orphans);
            if (orphans > 0) degraded.Add($"{plan.Name} by {orphans:N0}");
        }
        return degraded.Count == 0 ? null : $"it is degraded: changes came of which something was missing (orphans, in the late ledger): {string.Join(", ", degraded)}";
    }

    private PipelineStatus Describe(PipelineOverview overview, ImmutableArray<PartitionReport?> before, double seconds, string? degraded)
    {
        var definition = _pipeline.Plan.Definition;
        var reports = overview.Reports.OfType<PartitionReport>().ToArray();
        var time = overview.Time;
        var now = EventTime.Now(_clock);
        var names = overview.Names;
        var events = reports.Sum(r => r.Counts.Events);
        return new PipelineStatus(
            Name, definition.Version, definition.Description, StateOf(time), ReasonOf(overview, reports) ?? degraded, overview.Since, events, reports.Sum(r => r.Counts.Rows),
            Rate(before.OfType<PartitionReport>().Sum(r => r.Counts.Events), events, seconds), reports.Sum(r => r.Counts.DeadLetters), reports.Sum(r => r.Counts.Late), time.Watermark, 0, null,
            [
                .. _picture.Stages.Select(stage =>
                {
                    bool IsOwn(PartitionReport report) => names[report.Partition].Source == stage.Name;
                    var watermark = stage.Kind is StageKind.Source or StageKind.Transformation ? Watermark(reports.Where(r => names[r.Partition].Source == stage.Source.Name)) : time.Watermark;
                    long? count = stage.Kind == StageKind.Source ? reports.Where(IsOwn).Sum(r => r.Counts.Events) : null;
                    double? rate = count is { } read ? Rate(before.OfType<PartitionReport>().Where(IsOwn).Sum(r => r.Counts.Events), read, seconds) : null;
                    return new StageStatus(stage.Kind, stage.Name, stage.Type, stage.Detail, count, rate, watermark, stage.Lag(watermark, now), null, null);
                }),
            ],
            _picture.Edges);
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
