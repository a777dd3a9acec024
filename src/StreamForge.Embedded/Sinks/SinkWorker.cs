using System.Threading.Channels;
using StreamForge.Core;

namespace StreamForge.Embedded.Sinks;

/// <summary>
/// Feeds one sink; barriers travel with the rows.
/// <para>
/// Rows come in lanes. A sink of a source or transformation has one, which all readers share: they stand still while its barrier is put into it. A sink of a view has one lane for each
/// shard, and shards pass a barrier one after another. So the sink waits for the barrier in every lane, and holds back what a lane brings after its own, so that a checkpoint
/// separates exactly what the shards emitted before it. Each lane has room for a few batches, held back or not; who finds none waits. The queue itself is therefore bounded by
/// lanes times room, plus a barrier a lane and a commit.
/// </para>
/// <para>
/// Nothing can wait in a circle. Readers wait for shards, shards for their lane of a sink, a sink for its disk and, between the first barrier and the last, for shards that have not
/// passed yet. Such a shard can always go on to its barrier: the barrier was put into its queue, behind at most what was there, without waiting for another shard; it waits neither for room of a
/// snapshot, which it has only after the barrier, nor for its lane, since the sink takes everything of a lane whose barrier has not come; and barriers take no room. A shard that has passed may stop, full lane or
/// full snapshot, until the last has passed; a reader that waits for it keeps nothing from the others but rows that come after the barrier.
/// </para>
/// </summary>
/// <param name="sink">The sink, which is used by one task.</param>
/// <param name="lanes">How many lanes there are.</param>
internal sealed class SinkWorker(ISink sink, int lanes)
{
    private const int LaneRoom = 8;

    private readonly SemaphoreSlim[] _room = [.. Enumerable.Range(0, lanes).Select(_ => new SemaphoreSlim(LaneRoom))];
    private readonly Channel<SinkMessage> _queue = Channel.CreateUnbounded<SinkMessage>(new UnboundedChannelOptions { SingleReader = true });
    private readonly bool[] _passed = new bool[lanes];
    private readonly List<SinkMessage> _held = [];

    private readonly record struct SinkMessage(int Lane, ColumnBatch? Batch = null, SinkBarrier? Barrier = null, CommitRequest? Commit = null);

    private sealed record CommitRequest(string Pending, TaskCompletionSource Done);

    public ISink Sink => sink;

    /// <summary>Rows written so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Hands over a batch with one reference, when its lane has room.</summary>
    public async ValueTask SendAsync(ColumnBatch batch, int lane, CancellationToken cancellation)
    {
        await _room[lane].WaitAsync(cancellation);
        await _queue.Writer.WriteAsync(new SinkMessage(lane, batch), cancellation);
    }

    /// <summary>Puts a barrier behind everything that was sent in a lane; it is answered when it has come in all lanes.</summary>
    public void Pass(int lane, SinkBarrier barrier) => _queue.Writer.TryWrite(new SinkMessage(lane, Barrier: barrier));

    /// <summary>Commits what was prepared, between two batches, as a sink is used by one task at a time.</summary>
    public async Task CommitAsync(string pending, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _queue.Writer.WriteAsync(new SinkMessage(0, Commit: new CommitRequest(pending, done)), cancellation);
        await done.Task.WaitAsync(cancellation);
    }

    public void Complete() => _queue.Writer.TryComplete();

    public async Task RunAsync(CancellationToken cancellation)
    {
        await foreach (var message in _queue.Reader.ReadAllAsync(cancellation))
        {
            if (message.Commit is { } commit)
            {
                await sink.CommitAsync(commit.Pending, cancellation);
                commit.Done.SetResult();
            }
            else if (message.Barrier is { } barrier)
            {
                _passed[message.Lane] = true;
                if (_passed.Contains(false)) continue;
                barrier.Answer.SetResult(await sink.PrepareAsync(barrier.Request, cancellation));
                Array.Clear(_passed);
                foreach (var held in _held) await WriteAsync(held, cancellation);
                _held.Clear();
            }
            else if (_passed[message.Lane]) _held.Add(message);
            else await WriteAsync(message, cancellation);
        }
    }

    private async ValueTask WriteAsync(SinkMessage message, CancellationToken cancellation)
    {
        await sink.WriteAsync(message.Batch!, cancellation);
        Rows += message.Batch!.Count;
        message.Batch.Release();
        _room[message.Lane].Release();
    }
}

/// <summary>A checkpoint's barrier for one sink; the answer is the pending commit of everything sent before it.</summary>
internal sealed record SinkBarrier(PrepareRequest Request)
{
    public TaskCompletionSource<string?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
