using System.Diagnostics;
using StreamForge.Embedded.Shards;
using StreamForge.Embedded.Storage;
using StreamForge.ObjectStores.Local;

namespace StreamForge.Embedded.Checkpoints;

/// <summary>
/// Writes what the shards answered a barrier with as one file. While the pipeline goes on it takes no more than its share of the machine, so that a checkpoint is not felt as a pause: it rests after each stretch of work,
/// unless a shard has filled a good part of the room for states that it saves early, and might have to wait.
/// </summary>
internal sealed class StatePartWriter(CheckpointDirectory directory, SemaphoreSlim room, int rooms)
{
    /// <summary>It works on one core for a part of the time that makes up one in so many of all cores' time.</summary>
    private const int Share = 16;

    /// <summary>It rests so many times as long as it works.</summary>
    private static readonly double Rest = Math.Max(0, (double)Share / Environment.ProcessorCount - 1);

    private static readonly TimeSpan Stretch = TimeSpan.FromMilliseconds(2);

    /// <summary>Writes the file and makes it durable; its name counts once a manifest names it. Whatever happens, every snapshot is read to its end, as a shard may be waiting for room.</summary>
    /// <param name="id">The checkpoint's.</param>
    /// <param name="shards">The answers of all shards.</param>
    /// <param name="hurry">Nothing else is to be done meanwhile.</param>
    /// <param name="abort">Ends the rests.</param>
    public StatePart Write(long id, ShardSnapshot[] shards, bool hurry, CancellationToken abort)
    {
        Exception? failure = null;
        StateFileWriter? file = null;
        Guard(() =>
        {
            DurableFolder.Create(directory.Path);
            file = new StateFileWriter(directory.StatePath(id));
        });
        using (file)
        {
            var snapshots = shards.SelectMany(s => s.Views.Select((snapshot, view) => (View: view, Snapshot: snapshot))).ToArray();
            foreach (var (view, snapshot) in snapshots)
            {
                foreach (var key in snapshot.Removed) Guard(() => file!.Add(view, StateRecordKind.Removed, key));
            }
            var started = Stopwatch.GetTimestamp();
            foreach (var (snapshot, states) in SlabSnapshot.Read([.. snapshots.Select(s => s.Snapshot)]))
            {
                Guard(() =>
                {
                    foreach (var state in states) file!.Add(snapshots[snapshot].View, StateRecordKind.State, state);
                });
                var worked = Stopwatch.GetElapsedTime(started);
                if (worked < Stretch) continue;
                // A stretch that took much longer than it should was no work of its own, but waiting for a core or the disk.
                if (!hurry && room.CurrentCount > rooms / 2) abort.WaitHandle.WaitOne(TimeSpan.FromTicks(Math.Min(worked.Ticks, 2 * Stretch.Ticks)) * Rest);
                started = Stopwatch.GetTimestamp();
            }
            foreach (var shard in shards)
            {
                for (var view = 0; view < shard.Closing.Length; view++)
                {
                    foreach (var chunk in shard.Closing[view]?.Chunks ?? []) Guard(() => file!.Add(view, StateRecordKind.Windows, chunk));
                }
            }
            Guard(() =>
            {
                file!.Complete();
                DurableFolder.Sync(directory.Path);
            });
            if (failure is not null) throw StorageErrors.Translate(failure, $"write a checkpoint in {directory.Path}");
            return new StatePart(CheckpointDirectory.StateFile(id), file!.Bytes, file.Records);
        }

        void Guard(Action write)
        {
            if (failure is not null) return;
            try
            {
                write();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                failure = error;
            }
        }
    }
}
