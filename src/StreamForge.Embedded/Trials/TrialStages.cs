using StreamForge.Core;
using StreamForge.Embedded.Reads;
using StreamForge.Embedded.Shards;
using StreamForge.Pipeline.Changes;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Slices;
using StreamForge.Pipeline.Watermarks;

namespace StreamForge.Embedded.Trials;

/// <summary>
/// The real way of events from decoded columns to features, in memory: each source has one stage for all its partitions, one shard holds all keys, nothing is
/// written anywhere. Used by one task.
/// </summary>
internal sealed class TrialStages
{
    private readonly PipelineWatermark _watermark;
    private readonly Dictionary<string, PartitionStage> _stages;
    private readonly ShardWorker _shard;
    private readonly Task _applying;

    /// <param name="sources">The sources of the plan that take part.</param>
    public TrialStages(PipelinePlan plan, IReadOnlyList<SourcePlan> sources, TimeProvider clock)
    {
        _watermark = new PipelineWatermark(sources.Count);
        _stages = sources
            .Select((source, i) => (source.Name, Stage: new PartitionStage(plan, source, i, shards: 1, _watermark, clock, StageState.Start, Changes(source))))
            .ToDictionary(p => p.Name, p => p.Stage, StringComparer.Ordinal);
        KeyStore[] stores = [.. plan.Views.Select(v => new KeyStore(v.Layout))];
        _shard = new ShardWorker(0, stores);
        _applying = ApplyAsync();
        Features = new ShardedFeatureReader(plan, [stores], () => _watermark.Current, clock);
    }

    private static ChangelogPartition? Changes(SourcePlan source) => source.Definition.Changelog is not { } changelog
        ? null
        : new ChangelogPartition(new PartitionId(source.Name, 0), Partitions: 1, changelog.Before == BeforeImages.Stored ? new MemoryImageStore() : null);

    /// <summary>Reads what has been applied; complete after <see cref="CompleteAsync"/>.</summary>
    public IFeatureReader Features { get; }

    /// <summary>Puts one read through its stage and into the shard. The sink batches of the result are the caller's to release.</summary>
    /// <param name="look">Looks at the slices before they are handed over.</param>
    public async Task<StageResult> ProcessAsync(string source, SourceBatch read, Action<ViewSlice>? look = null)
    {
        var result = _stages[source].Process(read);
        if (look is not null)
        {
            foreach (var slice in result.Slices) look(slice);
        }
        if (result.Slices.Count > 0) await _shard.SendAsync(result.Slices, time: null, CancellationToken.None);
        return result;
    }

    private async Task ApplyAsync()
    {
        try
        {
            await _shard.RunAsync(CancellationToken.None);
        }
        finally
        {
            // Nobody waits for room in the channel of a shard that failed.
            _shard.Complete();
        }
    }

    /// <summary>Waits until everything is applied; nothing more may be processed.</summary>
    public Task CompleteAsync()
    {
        _shard.Complete();
        return _applying;
    }
}
