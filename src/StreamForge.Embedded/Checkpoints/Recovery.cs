using StreamForge.Core;
using StreamForge.Embedded.Shards;
using StreamForge.Embedded.Sinks;
using StreamForge.Embedded.Storage;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Checkpoints;

/// <summary>
/// What a start begins with: the newest whole checkpoint loaded into stores, its pending commits repeated, and whatever no checkpoint knows discarded.
/// </summary>
internal sealed record Recovery(CheckpointDirectory Directory, CheckpointManifest? Checkpoint, KeyStore[][] Stores, ISink[] Sinks)
{
    public static async Task<Recovery> RunAsync(PipelinePlan plan, DataDirectory data, int shards, int partitions, SinkFactory factory, CancellationToken cancellation)
    {
        var directory = new CheckpointDirectory(data.Checkpoints(plan.Name));
        var stores = NewStores(plan, shards, partitions);
        var checkpoint = directory.LoadNewest(
            manifest =>
            {
                CheckFits(plan, manifest);
                stores = NewStores(plan, shards, partitions);
                RestoreTime(plan, manifest, stores);
                return TryLoad(plan, directory, manifest, stores);
            },
            hasSinks: !plan.Sinks.IsEmpty);
        var sinks = plan.Sinks.Select(factory.Open).ToArray();
        foreach (var sink in sinks)
        {
            var pending = checkpoint?.Sinks.FirstOrDefault(s => s.Name == sink.Name)?.Pending;
            await sink.RecoverAsync(pending, fresh: checkpoint is null, cancellation);
            if (pending is not null) await sink.CommitAsync(pending, cancellation);
        }
        return new Recovery(directory, checkpoint, stores, sinks);
    }

    /// <param name="partitions">How many partitions the running pipeline has; 0 when the stores are only read, and windows are not emitted.</param>
    public static KeyStore[][] NewStores(PipelinePlan plan, int shards, int partitions = 0) =>
    [
        .. Enumerable.Range(0, shards).Select(shard => plan.Views
            .Select((v, i) => new KeyStore(v.Layout, partitions > 0 && plan.Emits(i) ? new ClosingWindows(v, shard, partitions) : null)).ToArray()),
    ];

    private static void RestoreTime(PipelinePlan plan, CheckpointManifest manifest, KeyStore[][] stores)
    {
        for (var view = 0; view < plan.Views.Length; view++)
        {
            var rows = manifest.Views.FirstOrDefault(v => v.Name == plan.Views[view].Name)?.ClosedRows ?? 0;
            foreach (var shard in stores) shard[view].Closing?.Restore(manifest.Watermark, rows);
        }
    }

    /// <summary>Loads the key states of a checkpoint, or of one key of it; views that the plan does not have are passed over.</summary>
    public static bool TryLoad(PipelinePlan plan, CheckpointDirectory directory, CheckpointManifest manifest, KeyStore[][] stores, byte[]? only = null)
    {
        var views = manifest.Views.Select(v => plan.Views.ToList().FindIndex(p => p.Name == v.Name)).ToArray();
        return StateFileReader.TryRead(Path.Combine(directory.Path, manifest.StateFile), manifest.StateBytes, (view, state) =>
        {
            if (view < 0)
            {
                if (views[~view] >= 0 && stores[0][views[~view]].Closing is not null)
                    ClosingWindows.Load(state, hash => stores[KeyGroup.Shard(KeyGroup.Of(hash), stores.Length)][views[~view]].Closing!);
                return;
            }
            var key = Features.KeyState.KeyState.KeyOf(state);
            if (views[view] < 0) return;
            if (only is not null && !key.SequenceEqual(only))
            {
                stores[0][views[view]].NoteNewest(state);
                return;
            }
            var hash = KeyGroup.Hash(key);
            stores[KeyGroup.Shard(KeyGroup.Of(hash), stores.Length)][views[view]].Restore(state, hash);
        });
    }

    /// <summary>Refuses a definition whose kept state means something else now.</summary>
    private static void CheckFits(PipelinePlan plan, CheckpointManifest manifest) =>
        new KeptDefinition(
            [.. manifest.Views.Select(v => new KeptView(v.Name, v.Fingerprint, v.ClosedRows is not null))],
            [.. manifest.Partitions.Select(p => p.Source)],
            [.. manifest.Sinks.Select(s => s.Name)]).CheckFits(plan, "or run with another --data-dir (or delete this one) to compute everything again");
}
