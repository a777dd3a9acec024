using System.Collections.Immutable;
using System.Threading.Channels;
using StreamForge.Embedded.Sinks;
using StreamForge.Pipeline.Slices;

namespace StreamForge.Embedded.Shards;

/// <summary>
/// One shard: the only writer of the keys of its key groups, for all views of a pipeline. Slices, words of time and barriers come through one bounded channel, in order; a full channel
/// stops the readers, and that is the backpressure. Lookups go to the stores directly and never wait here.
/// <para>
/// After each message the windows that it has closed or corrected go to the sinks that take them. A barrier is passed on to those sinks through this shard's lane, behind
/// everything that was emitted before it (see <see cref="SinkWorker"/>).
/// </para>
/// </summary>
/// <param name="shard">The shard's number, which is also its lane in the sinks.</param>
/// <param name="stores">One a view.</param>
/// <param name="viewSinks">For each view the sinks that take its closed windows; null when no view has any.</param>
/// <param name="orphans">Takes what is found of rows that were to be taken out and had not been added, during the call; null where no row takes out.</param>
internal sealed class ShardWorker(int shard, KeyStore[] stores, SinkWorker[][]? viewSinks = null, Action<ViewSlice, IReadOnlyList<OrphanRow>>? orphans = null)
{
    private const int QueueLength = 8;

    private readonly Channel<ShardMessage> _queue = Channel.CreateBounded<ShardMessage>(
        new BoundedChannelOptions(QueueLength) { SingleReader = true, SingleWriter = false });

    /// <summary>Slices to apply, and how far time is after them; or a barrier to answer; or a request to emit every open window.</summary>
    private readonly record struct ShardMessage(
        List<ViewSlice>? Slices, PartitionTime? Time = null, BarrierRequest? Barrier = null, TaskCompletionSource? Drain = null);

    private sealed record BarrierRequest(bool All, SemaphoreSlim Room, ImmutableArray<(SinkWorker Sink, SinkBarrier Barrier)> Sinks, TaskCompletionSource<ShardSnapshot> Answer);

    /// <summary>The store of each view of the plan.</summary>
    public KeyStore[] Stores => stores;

    /// <summary>Hands over slices; each counts one reference for this shard, released when it has been applied.</summary>
    /// <param name="slices">null when there is only word of time.</param>
    /// <param name="time">How far time is after them; only needed where windows are emitted.</param>
    public ValueTask SendAsync(List<ViewSlice>? slices, PartitionTime? time, CancellationToken cancellation) => _queue.Writer.WriteAsync(new ShardMessage(slices, time), cancellation);

    /// <summary>Sends a barrier; the answer is a snapshot of each view as of everything sent before.</summary>
    /// <param name="all">Of all states, instead of what has changed since the barrier before.</param>
    /// <param name="room">See <see cref="SlabSnapshot"/>.</param>
    /// <param name="sinks">The barriers of the sinks that this shard emits to.</param>
    public async Task<ShardSnapshot> BarrierAsync(bool all, SemaphoreSlim room, ImmutableArray<(SinkWorker Sink, SinkBarrier Barrier)> sinks, CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<ShardSnapshot>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _queue.Writer.WriteAsync(new ShardMessage(null, Barrier: new BarrierRequest(all, room, sinks, answer)), cancellation);
        return await answer.Task.WaitAsync(cancellation);
    }

    /// <summary>Emits every open window, without moving time; complete when the sinks have been handed them.</summary>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _queue.Writer.WriteAsync(new ShardMessage(null, Drain: done), cancellation);
        await done.Task.WaitAsync(cancellation);
    }

    /// <summary>No more will be sent; the worker ends when it has applied what it has.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    /// <summary>Applies messages until <see cref="Complete"/> or cancellation.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await foreach (var message in _queue.Reader.ReadAllAsync(cancellation))
        {
            if (message.Barrier is { } barrier)
            {
                foreach (var (sink, passed) in barrier.Sinks) sink.Pass(shard, passed);
                barrier.Answer.SetResult(Snapshot(barrier, cancellation));
                continue;
            }
            foreach (var slice in message.Slices ?? []) Apply(slice);
            if (viewSinks is null) continue;
            await EmitAsync(message.Time, all: message.Drain is not null, cancellation);
            message.Drain?.SetResult();
        }
    }

    private ShardSnapshot Snapshot(BarrierRequest barrier, CancellationToken cancellation) => new(
        [.. stores.Select(s => s.BeginSnapshot(barrier.All, barrier.Room, cancellation))],
        [.. stores.Select(s => s.Closing is { } closing ? new ClosingSnapshot(closing.Save(), closing.Rows) : null)],
        stores.Sum(s => (long)s.Keys));

    private async ValueTask EmitAsync(PartitionTime? time, bool all, CancellationToken cancellation)
    {
        for (var view = 0; view < stores.Length; view++)
        {
            if (stores[view].Closing is not { } closing) continue;
            if (time is { } moved) closing.Advance(moved.Partition, moved.Watermark, moved.Finished);
            while (closing.Next(stores[view], all) is { } batch)
            {
                foreach (var sink in viewSinks![view])
                {
                    batch.Retain();
                    await sink.SendAsync(batch, shard, cancellation);
                }
                batch.Release();
            }
        }
    }

    /// <summary>Applies this shard's stretch of a slice and releases it. On the worker's thread.</summary>
    public void Apply(ViewSlice slice)
    {
        var store = stores[slice.View];
        var end = slice.ShardStarts[shard + 1];
        for (var from = slice.ShardStarts[shard]; from < end;)
        {
            var to = slice.RunEnd(from, end);
            var first = slice.Order[from];
            store.Apply(slice.Keys[first], slice.Keys.Hash(first), slice.Rows, slice.Order.AsSpan(from, to - from));
            from = to;
        }
        if (store.Orphans.Count > 0)
        {
            orphans?.Invoke(slice, store.Orphans);
            store.Orphans.Clear();
        }
        slice.Release();
    }
}

/// <summary>How far time is after a message of a partition.</summary>
/// <param name="Partition">The partition's index among all of the pipeline.</param>
/// <param name="Watermark">The pipeline's watermark, microseconds; the partition's next rows are judged by this or a later one.</param>
/// <param name="Finished">The partition brings nothing more.</param>
internal readonly record struct PartitionTime(int Partition, long Watermark, bool Finished);

/// <summary>What a shard held when a barrier passed it.</summary>
/// <param name="Views">The keys of each view, read while the shard goes on.</param>
/// <param name="Closing">What was known of each view's windows; null where no sink takes them.</param>
/// <param name="Keys">How many keys the shard had, in all views.</param>
internal sealed record ShardSnapshot(SlabSnapshot[] Views, ClosingSnapshot?[] Closing, long Keys);

/// <param name="Chunks">See <see cref="ClosingWindows.Save"/>.</param>
/// <param name="Rows">The number of the next row.</param>
internal sealed record ClosingSnapshot(List<byte[]> Chunks, long Rows);
