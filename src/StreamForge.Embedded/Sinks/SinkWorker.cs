using System.Threading.Channels;
using StreamForge.Core;

namespace StreamForge.Embedded.Sinks;

/// <summary>Feeds one sink from a bounded channel; barriers travel with the rows.</summary>
internal sealed class SinkWorker(ISink sink)
{
    private const int QueueLength = 8;

    private readonly Channel<SinkMessage> _queue = Channel.CreateBounded<SinkMessage>(new BoundedChannelOptions(QueueLength) { SingleReader = true });

    private readonly record struct SinkMessage(ColumnBatch? Batch = null, Barrier? Prepare = null, CommitRequest? Commit = null);

    private sealed record Barrier(PrepareRequest Request, TaskCompletionSource<string?> Answer);

    private sealed record CommitRequest(string Pending, TaskCompletionSource Done);

    public ISink Sink => sink;

    /// <summary>Rows written so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Hands over a batch with one reference.</summary>
    public ValueTask SendAsync(ColumnBatch batch, CancellationToken cancellation) => _queue.Writer.WriteAsync(new SinkMessage(batch), cancellation);

    /// <summary>Sends a barrier; the answer is the pending commit of everything sent before.</summary>
    public async Task<string?> PrepareAsync(PrepareRequest request, CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _queue.Writer.WriteAsync(new SinkMessage(Prepare: new Barrier(request, answer)), cancellation);
        return await answer.Task.WaitAsync(cancellation);
    }

    /// <summary>Commits what was prepared, between two batches, as a sink is used by one task at a time.</summary>
    public async Task CommitAsync(string pending, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _queue.Writer.WriteAsync(new SinkMessage(Commit: new CommitRequest(pending, done)), cancellation);
        await done.Task.WaitAsync(cancellation);
    }

    public void Complete() => _queue.Writer.TryComplete();

    public async Task RunAsync(CancellationToken cancellation)
    {
        await foreach (var message in _queue.Reader.ReadAllAsync(cancellation))
        {
            if (message.Prepare is { } prepare)
            {
                prepare.Answer.SetResult(await sink.PrepareAsync(prepare.Request, cancellation));
                continue;
            }
            if (message.Commit is { } commit)
            {
                await sink.CommitAsync(commit.Pending, cancellation);
                commit.Done.SetResult();
                continue;
            }
            await sink.WriteAsync(message.Batch!, cancellation);
            Rows += message.Batch!.Count;
            message.Batch.Release();
        }
    }
}
