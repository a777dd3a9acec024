using System.Threading.Channels;
using StreamForge.Pipeline.Slices;

namespace StreamForge.Embedded.Shards;

/// <summary>
/// One shard: the only writer of the keys of its key groups, for all views of a pipeline. Slices and barriers come through one bounded channel, in order; a full channel
/// stops the readers, and that is the backpressure. Lookups go to the stores directly and never wait here.
/// </summary>
internal sealed class ShardWorker(int shard, KeyStore[] stores)
{
    private const int QueueLength = 8;

    private readonly Channel<ShardMessage> _queue = Channel.CreateBounded<ShardMessage>(
        new BoundedChannelOptions(QueueLength) { SingleReader = true, SingleWriter = false });

    /// <summary>Slices to apply, or a barrier to answer.</summary>
    private readonly record struct ShardMessage(List<ViewSlice>? Slices, BarrierRequest? Barrier);

    private sealed record BarrierRequest(SemaphoreSlim Room, TaskCompletionSource<SlabSnapshot[]> Answer);

    /// <summary>The store of each view of the plan.</summary>
    public KeyStore[] Stores => stores;

    /// <summary>Hands over slices; each counts one reference for this shard, released when it has been applied.</summary>
    public ValueTask SendAsync(List<ViewSlice> slices, CancellationToken cancellation) => _queue.Writer.WriteAsync(new ShardMessage(slices, null), cancellation);

    /// <summary>Sends a barrier; the answer is a snapshot of each view as of everything sent before.</summary>
    public async Task<SlabSnapshot[]> BarrierAsync(SemaphoreSlim room, CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<SlabSnapshot[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _queue.Writer.WriteAsync(new ShardMessage(null, new BarrierRequest(room, answer)), cancellation);
        return await answer.Task.WaitAsync(cancellation);
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
                barrier.Answer.SetResult([.. stores.Select(s => s.BeginSnapshot(barrier.Room, cancellation))]);
                continue;
            }
            foreach (var slice in message.Slices!) Apply(slice);
        }
    }

    private void Apply(ViewSlice slice)
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
        slice.Release();
    }
}
