using System.Threading.Channels;
using StreamForge.Core;

namespace StreamForge.Embedded.Sinks;

/// <summary>Feeds one sink from a bounded channel; barriers travel with the rows.</summary>
internal sealed class SinkWorker(ISink sink)
{
    private const int QueueLength = 8;

    private readonly Channel<SinkMessage> _queue = Channel.CreateBounded<SinkMessage>(new BoundedChannelOptions(QueueLength) { SingleReader = true });

    private readonly record struct SinkMessage(ColumnBatch? Batch, PrepareRequest? Prepare);

    private sealed record PrepareRequest(long CheckpointId, TaskCompletionSource<string?> Answer);

    public ISink Sink => sink;

    /// <summary>Rows written so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Hands over a batch with one reference.</summary>
    public ValueTask SendAsync(ColumnBatch batch, CancellationToken cancellation) => _queue.Writer.WriteAsync(new SinkMessage(batch, null), cancellation);

    /// <summary>Sends a barrier; the answer is the pending commit of everything sent before.</summary>
    public async Task<string?> PrepareAsync(long checkpointId, CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _queue.Writer.WriteAsync(new SinkMessage(null, new PrepareRequest(checkpointId, answer)), cancellation);
        return await answer.Task.WaitAsync(cancellation);
    }

    public void Complete() => _queue.Writer.TryComplete();

    public async Task RunAsync(CancellationToken cancellation)
    {
        await foreach (var message in _queue.Reader.ReadAllAsync(cancellation))
        {
            if (message.Prepare is { } prepare)
            {
                prepare.Answer.SetResult(await sink.PrepareAsync(prepare.CheckpointId, cancellation));
                continue;
            }
            await sink.WriteAsync(message.Batch!, cancellation);
            Rows += message.Batch!.Count;
            message.Batch.Release();
        }
    }
}
