using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Embedded.Ledgers;
using StreamForge.Embedded.Readers;
using StreamForge.Embedded.Shards;
using StreamForge.Embedded.Sinks;
using StreamForge.Embedded.Storage;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Watermarks;

namespace StreamForge.Embedded.Checkpoints;

/// <summary>
/// Takes checkpoints. State is a fold over the log, and a checkpoint is one point of that fold, with everything that was made of the log up to there:
/// <list type="number">
/// <item>The readers are brought to a stop between two batches (<see cref="BarrierGate"/>). Their positions are noted, a barrier is put into the channel of every shard and sink, the
/// ledgers are synced, and the readers go on. The stop lasts as long as the slowest reader needs for the batch in its hands. Over changelogs shards, too, write to a ledger: there the
/// readers also wait until every shard has answered the barrier, so that the ledger has what the shards met before it and nothing else.</item>
/// <item>Each shard answers the barrier with a copy-on-write snapshot of what has changed since the one before, or of everything (<see cref="StatePart"/>), and works on; the snapshots are written to a state file, which is synced. Each sink writes and syncs what it was
/// given before the barrier and hands back a pending commit; the barrier of a sink of closed windows goes through the shards, as its rows do (<see cref="SinkWorker"/>).</item>
/// <item>The manifest, with positions, watermarks, ledgers' lengths and all pending commits, is renamed into place. <b>That is the commit point</b>: a process that dies before it leaves the previous
/// checkpoint, one that dies after it leaves this one.</item>
/// <item>Each sink commits, then readers are told what is durable. A process that dies here leaves commits undone; whoever loads the checkpoint repeats them, which changes nothing where they were done.</item>
/// </list>
/// The next checkpoint begins only after that, so no checkpoint is published before every commit of the one before has succeeded. One caller at a time.
/// </summary>
internal sealed class CheckpointCoordinator(
    PipelinePlan plan, BarrierGate gate, IReadOnlyList<PartitionRunner> partitions, PipelineWatermark watermark,
    ShardWorker[] shards, SinkWorker[] sinks, LedgerFile deadLetters, LedgerFile late, EngineCounters counters, TimeProvider clock, Recovery recovery)
{
    /// <summary>Buffers of states that may be saved ahead of the state file, in all shards and views together: 64 MiB.</summary>
    private const int BuffersAhead = 256;

    private CheckpointManifest? _last = recovery.Checkpoint;
    private ImmutableArray<StatePart> _parts = recovery.GoesOn ? recovery.Checkpoint!.States : [];

    /// <summary>The newest published checkpoint.</summary>
    public CheckpointManifest? Last => Volatile.Read(ref _last);

    /// <summary>The most bytes of states that were saved ahead during the last checkpoint.</summary>
    public long MostBytesAhead { get; private set; }

    /// <summary>Takes a checkpoint unless nothing has been read since the last one.</summary>
    /// <param name="final">The run ends with it, so sinks commit all that they have.</param>
    /// <param name="drained">Open windows have been emitted, which moved neither positions nor time.</param>
    /// <param name="cancellation">Abandons the checkpoint.</param>
    /// <exception cref="StreamForgeException">The state or a sink could not be written; the engine must stop.</exception>
    public async Task TakeAsync(bool final, bool drained, CancellationToken cancellation)
    {
        var directory = recovery.Directory;
        var id = directory.NextId();
        var anew = StatePart.BeginsAnew(_parts);
        using var room = new SemaphoreSlim(BuffersAhead);
        Task<ShardSnapshot>[] snapshots;
        SinkBarrier[] barriers;
        CheckpointManifest manifest;
        await gate.CloseAsync().WaitAsync(cancellation);
        try
        {
            var positions = partitions.Select(p => p.Checkpoint()).ToImmutableArray();
            if (Last is not null && positions.SequenceEqual(Last.Partitions) && watermark.Current == Last.Watermark && !drained && !sinks.Any(s => s.Sink.IsCommitDue || (final && s.Sink.HasUncommitted))) return;
            var request = new PrepareRequest(id, final, positions.ToImmutableSortedDictionary(p => $"{p.Source}/{p.Partition}", p => p.Position, StringComparer.Ordinal));
            barriers = [.. sinks.Select(_ => new SinkBarrier(request))];
            var throughShards = sinks.Zip(barriers).Where((_, i) => plan.Sinks[i].View >= 0).ToImmutableArray();
            snapshots = [.. shards.Select(s => s.BarrierAsync(anew, room, throughShards, cancellation))];
            foreach (var (sink, barrier) in sinks.Zip(barriers).Except(throughShards)) sink.Pass(0, barrier);
            if (plan.Sources.Any(s => s.Definition.Changelog is not null)) await Task.WhenAll(snapshots).WaitAsync(cancellation);
            manifest = new CheckpointManifest(
                CheckpointManifest.CurrentFormat, plan.Name, id, clock.GetUtcNow(), watermark.Current, positions,
                [.. plan.Views.Select(ViewCheckpoint.Of)], [], 0,
                deadLetters.Sync(), late.Sync(), [], counters.ToDictionary().ToImmutableDictionary())
            {
                LateReplay = Last?.LateReplay ?? new LateReplayCheckpoint([], 0),
            };
        }
        finally
        {
            gate.Open();
        }
        try
        {
            var answers = await Task.WhenAll(snapshots);
            var part = await Task.Run(() => new StatePartWriter(directory, room, BuffersAhead).Write(id, answers, hurry: final, cancellation), CancellationToken.None);
            MostBytesAhead = answers.Sum(a => a.Views.Sum(v => (long)v.MostKept)) * StateBuffer.Bytes;
            manifest = manifest with
            {
                States = anew ? [part] : _parts.Add(part),
                StateRecords = answers.Sum(a => a.Keys),
                Views = [.. manifest.Views.Select((v, i) => v with { ClosedRows = answers.Max(a => a.Closing[i]?.Rows) })],
            };
            var pending = await Task.WhenAll(barriers.Select(b => b.Answer.Task)).WaitAsync(cancellation);
            foreach (var partition in partitions) partition.SyncImages();
            manifest = manifest with { Sinks = [.. sinks.Select((s, i) => new SinkCheckpoint(s.Sink.Name, pending[i]))] };
            directory.Publish(manifest);
            var former = Last;
            Volatile.Write(ref _last, manifest);
            _parts = manifest.States;
            foreach (var (sink, commit) in sinks.Zip(pending))
            {
                if (commit is not null) await sink.CommitAsync(commit, cancellation);
            }
            foreach (var (partition, durable) in partitions.Zip(manifest.Partitions)) await partition.AcknowledgeAsync(durable, cancellation);
            directory.Clean();
            // The two newest checkpoints are kept.
            foreach (var (partition, durable) in partitions.Zip(manifest.Partitions))
            {
                var before = former?.Partitions.FirstOrDefault(p => p.Source == durable.Source && p.Partition == durable.Partition)?.Images?.File;
                if (durable.Images is { } images) partition.ReleaseImages(Math.Min(images.File, before ?? 0));
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.Translate(error, $"write a checkpoint in {directory.Path}");
        }
    }
}
