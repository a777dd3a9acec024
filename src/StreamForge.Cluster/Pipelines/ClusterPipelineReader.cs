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

    /// <summary>Asks every few seconds, for whoever may not wait (<see cref="Read"/>); ends when it is cancelled.</summary>
    public async Task WatchAsync(TimeSpan interval, TimeProvider clock, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(interval, clock);
        do await ReadAsync(cancellation);
        while (await timer.WaitForNextTickAsync(cancellation));
    }

    /// <summary>What each pipeline's parts said last.</summary>
    internal IEnumerable<PipelineSight> Sights => _pipelines.Select(static p => p.Sight);

    private IRecordStorage Records(string pipeline) => _pipelines.First(p => p.Name == pipeline).Records;
}
