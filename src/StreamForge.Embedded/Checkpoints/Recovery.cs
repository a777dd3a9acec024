using StreamForge.Core;
using StreamForge.Embedded.Images;
using StreamForge.Embedded.Shards;
using StreamForge.Embedded.Sinks;
using StreamForge.Embedded.Storage;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Checkpoints;

/// <summary>
/// What a start begins with: the newest whole checkpoint loaded into stores, its pending commits repeated, and whatever no checkpoint knows discarded.
/// </summary>
/// <param name="GoesOn">Whether the stores hold exactly what the checkpoint's files say of the same views, so that the next checkpoint may add to them.</param>
internal sealed record Recovery(CheckpointDirectory Directory, CheckpointManifest? Checkpoint, bool GoesOn, KeyStore[][] Stores, ISink[] Sinks, PartitionImages Images)
{
    /// <param name="imageMemory">Bytes of a partition's stored images that may be in memory.</param>
    public static async Task<Recovery> RunAsync(
        PipelinePlan plan, DataDirectory data, int shards, IReadOnlyList<PartitionId> all, long imageMemory, SinkFactory factory, CancellationToken cancellation)
    {
        var partitions = all.Count;
        PartitionImages? opened = null;
        var directory = new CheckpointDirectory(data.Checkpoints(plan.Name));
        var stores = NewStores(plan, shards, partitions);
        var checkpoint = directory.LoadNewest(
            manifest =>
            {
                CheckFits(plan, manifest);
                CheckFloors(plan, manifest);
                stores = NewStores(plan, shards, partitions);
                RestoreTime(plan, manifest, stores);
                opened?.Dispose();
                opened = PartitionImages.TryOpen(plan, data, imageMemory, manifest);
                return opened is not null && TryLoad(plan, directory, manifest, stores);
            },
            hasSinks: !plan.Sinks.IsEmpty);
        var images = PartitionImages.Continue(opened, plan, data, imageMemory, checkpoint, all);
        var sinks = plan.Sinks.Select(factory.Open).ToArray();
        foreach (var sink in sinks)
        {
            var pending = checkpoint?.Sinks.FirstOrDefault(s => s.Name == sink.Name)?.Pending;
            await sink.RecoverAsync(pending, fresh: checkpoint is null, cancellation);
            if (pending is not null) await sink.CommitAsync(pending, cancellation);
        }
        foreach (var store in stores.SelectMany(s => s)) store.ForgetWrites();
        return new Recovery(directory, checkpoint, checkpoint is not null && HasSameViews(plan, checkpoint), stores, sinks, images);
    }

    /// <summary>The number of a view in a file is its place in the manifest, and what its states mean is the fingerprint.</summary>
    private static bool HasSameViews(PipelinePlan plan, CheckpointManifest manifest) =>
        plan.Views.Length == manifest.Views.Length
        && plan.Views.Zip(manifest.Views).All(v => v.First.Name == v.Second.Name && v.First.Fits(v.Second.Fingerprint));

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
        var replaces = false;
        if (only is null && manifest.Views.Length == 1)
        {
            foreach (var shard in stores) shard[0].Reserve((int)Math.Min(manifest.StateRecords / stores.Length, int.MaxValue));
        }
        return directory.TryRead(manifest, part => replaces = part > 0, (number, kind, bytes) =>
        {
            var view = views[number];
            if (view < 0) return;
            if (kind == StateRecordKind.Windows)
            {
                if (stores[0][view].Closing is not null)
                    ClosingWindows.Load(bytes, hash => stores[KeyGroup.Shard(KeyGroup.Of(hash), stores.Length)][view].Closing!);
                return;
            }
            var key = kind == StateRecordKind.Removed ? bytes : Features.KeyState.KeyState.KeyOf(bytes);
            if (only is not null && !key.SequenceEqual(only))
            {
                if (kind == StateRecordKind.State) stores[0][view].NoteNewest(bytes);
                return;
            }
            var hash = KeyGroup.Hash(key);
            var store = stores[KeyGroup.Shard(KeyGroup.Of(hash), stores.Length)][view];
            if (kind == StateRecordKind.Removed) store.Remove(key, hash);
            else if (replaces) store.Replace(bytes, hash);
            else store.Restore(bytes, hash);
        });
    }

    /// <summary>Refuses states of which parts began at another moment than the plan says: those of a checkpoint before the one that began them.</summary>
    private static void CheckFloors(PipelinePlan plan, CheckpointManifest manifest)
    {
        if (manifest.Views.FirstOrDefault(k => plan.Views.FirstOrDefault(v => v.Name == k.Name) is { } view && !Equals(view.Floors, k.Floors)) is { } other)
        {
            throw new StreamForgeException(
                ErrorKind.Conflict, $"{plan.Name}: the checkpoint {manifest.Id} has the view {other.Name} as it was before parts of it began, and the newest one cannot be read; restore the folder from a backup, or run with another --data-dir (or delete this one) to compute everything again");
        }
    }

    /// <summary>Refuses a definition whose kept state means something else now.</summary>
    public static void CheckFits(PipelinePlan plan, CheckpointManifest manifest) =>
        new KeptDefinition(
            [.. manifest.Views.Select(v => new KeptView(v.Name, v.Fingerprint, v.ClosedRows is not null))],
            [.. manifest.Partitions.Select(p => p.Source)],
            [.. manifest.Sinks.Select(s => s.Name)]).CheckFits(plan, "take it in with ./streamforge apply FILE (./streamforge diff FILE shows what it does), or run with another --data-dir (or delete this one) to compute everything again");
}
