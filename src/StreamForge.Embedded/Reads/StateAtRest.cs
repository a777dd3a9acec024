using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Embedded.Evolution;
using StreamForge.Embedded.Ledgers;
using StreamForge.Embedded.Replays;
using StreamForge.Embedded.Storage;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Reads;

/// <summary>
/// Reads a data directory without running anything in it: no lock is taken, no source opened; what is seen is the newest published checkpoint.
/// </summary>
public sealed class StateAtRest(DataDirectory data, TimeProvider clock)
{
    /// <summary>The plans of all pipelines that have run here.</summary>
    /// <exception cref="StreamForgeException">NotFound when none has.</exception>
    public ImmutableArray<PipelinePlan> Plans()
    {
        string[] names = [.. CatalogEntry.All(data).Select(e => e.Name)];
        if (names.Length == 0)
        {
            throw new StreamForgeException(
                ErrorKind.NotFound, $"nothing has run in the data directory {data.Path} yet; run a pipeline first, or name another folder with --data-dir");
        }
        return [.. names.Select(Plan)];
    }

    /// <summary>The plan that a pipeline's newest state was made by.</summary>
    private PipelinePlan Plan(string pipeline)
    {
        var checkpoint = Checkpoint(pipeline);
        var plan = LiveDefinition.EntryOf(data, pipeline, checkpoint)!.Plan();
        return checkpoint is null ? plan : checkpoint.Restore(plan);
    }

    /// <summary>A reader of one pipeline's features.</summary>
    /// <param name="key">Load only this key's state (canonical bytes); null for all.</param>
    public IFeatureReader OpenFeatures(PipelinePlan plan, byte[]? key = null)
    {
        var directory = new CheckpointDirectory(data.Checkpoints(plan.Name));
        var stores = Recovery.NewStores(plan, 1);
        var checkpoint = directory.LoadNewest(
            manifest =>
            {
                stores = Recovery.NewStores(plan, 1);
                // Somebody has applied another definition since the plan was read.
                if (manifest.Views.Any(k => plan.Views.FirstOrDefault(v => v.Name == k.Name) is { } view && !view.Fits(k.Fingerprint)))
                    throw new StreamForgeException(ErrorKind.Conflict, $"the definition of {plan.Name} is not the one that its state was made by; ask again", retryable: true);
                return Recovery.TryLoad(plan, directory, manifest, stores, key);
            },
            hasSinks: false);
        var watermark = checkpoint?.Watermark ?? EventTime.MinValue;
        return new ShardedFeatureReader(plan, stores, () => watermark, clock);
    }

    /// <summary>The positions behind the state of the views that read a source.</summary>
    public ViewOrigin Origin(string pipeline, string source) => Checkpoint(pipeline) is { } checkpoint
        ? new ViewOrigin(checkpoint.Id, [.. checkpoint.Partitions.Where(p => p.Source == source).Select(p => new PartitionOrigin(source, p.Partition, null, p.Position, p.Watermark))])
        : new ViewOrigin(0, []);

    /// <summary>The newest published checkpoint; null before the first.</summary>
    public CheckpointManifest? Checkpoint(string pipeline) => new CheckpointDirectory(data.Checkpoints(pipeline)).LoadNewest(_ => true, hasSinks: false);

    /// <summary>Dead letters as JSON texts, oldest first, and how many there are in all.</summary>
    public (long Total, IEnumerable<string> Items) DeadLetters(string pipeline, long skip, long limit)
    {
        var (total, items) = Ledger(data.DeadLetters(pipeline), Checkpoint(pipeline)?.DeadLetters, skip, limit);
        return (total, Mark(ReplayLog.Replayed(data, pipeline), items, i => skip + i));
    }

    /// <summary>Late events as JSON texts, oldest first, and how many there are in all.</summary>
    public (long Total, IEnumerable<string> Items) Late(string pipeline, long skip, long limit)
    {
        var checkpoint = Checkpoint(pipeline);
        var (total, items) = Ledger(data.Late(pipeline), checkpoint?.Late, skip, limit);
        return (total, Mark(checkpoint?.LateReplay.Records.ToHashSet() ?? [], items, i => skip + i));
    }

    /// <summary>Dead letters as JSON texts, newest first, from before a record's number, and how many there are in all.</summary>
    public (long Total, IEnumerable<string> Items) DeadLettersBackwards(string pipeline, long? before, long limit)
    {
        var (total, items) = Backwards(data.DeadLetters(pipeline), Checkpoint(pipeline)?.DeadLetters, before, limit);
        var newest = Math.Clamp(before ?? total, 0, total) - 1;
        return (total, Mark(ReplayLog.Replayed(data, pipeline), items, i => newest - i));
    }

    /// <summary>Says of entries that have been replayed that they have.</summary>
    private static IEnumerable<string> Mark(IReadOnlySet<long> replayed, IEnumerable<string> items, Func<long, long> number) =>
        replayed.Count == 0 ? items : items.Select((item, i) => replayed.Contains(number(i)) ? $"{item[..^1]},\"replayed\":true}}" : item);

    /// <summary>Late events as JSON texts, newest first, from before a record's number, and how many there are in all.</summary>
    public (long Total, IEnumerable<string> Items) LateBackwards(string pipeline, long? before, long limit)
    {
        var checkpoint = Checkpoint(pipeline);
        var (total, items) = Backwards(data.Late(pipeline), checkpoint?.Late, before, limit);
        var newest = Math.Clamp(before ?? total, 0, total) - 1;
        return (total, Mark(checkpoint?.LateReplay.Records.ToHashSet() ?? [], items, i => newest - i));
    }

    private static (long, IEnumerable<string>) Backwards(string path, LedgerCheckpoint? state, long? before, long limit) =>
        state is null ? (0, []) : (state.Records, LedgerFile.ReadBackwards(path, state, before, limit));

    private static (long, IEnumerable<string>) Ledger(string path, LedgerCheckpoint? state, long skip, long limit) =>
        state is null ? (0, []) : (state.Records, LedgerFile.Read(path, state, skip, limit));
}
