using Microsoft.Extensions.Logging;
using Orleans.Streams;
using StreamForge.Core;

namespace StreamForge.Grains.KafkaStreams;

/// <param name="Batches">Batches that wait for the consumer at most; while they do, nothing is polled.</param>
/// <param name="Wait">How long the pulling agent waits for a batch at once.</param>
/// <param name="Heartbeat">How often a consumer is called when there is nothing to deliver.</param>
/// <param name="Reopen">How long the queue waits before it tries again to open a partition that could not be opened.</param>
public sealed record PartitionQueueOptions(int Batches, TimeSpan Wait, TimeSpan Heartbeat, TimeSpan Reopen)
{
    public static PartitionQueueOptions Default { get; } = new(4, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
}

/// <summary>
/// One partition between the poller and the pulling agent: what Orleans calls receiver, cache and cursor.
/// <para>
/// The consumer alone knows where it has come to, so it says where to begin. The first thing that the queue brings is a mark (<see cref="KafkaBatch.IsMark"/>); it makes the agent look for the stream's consumer, which is activated and asks for
/// a position. The agent then wants a cursor there. A cursor at a position that the queue does not hold closes the feed and has it opened anew there, at any distance: that is rewinding.
/// </para>
/// <para>
/// The agent treats a consumer's token in two ways. When it meets the consumer it delivers what the cursor brings; when the consumer answers a delivery with a token, it skips the first thing that the cursor brings, as something that was
/// processed. So a cursor's first is always a mark of its position, which may be skipped or delivered without harm, and what follows is the batch after the position.
/// </para>
/// <para>
/// An agent hears of a rewind only by the answer to a delivery. Where nothing comes, a mark is delivered every second (the heartbeat): it also activates a consumer that was lost with its silo. A delivery that the agent
/// gives up (it tries for long, see the provider's options) leaves the cursor behind the batch; the next batch, or mark, does not follow what the consumer has, which rewinds.
/// </para>
/// <para>
/// Batches are given up as they are delivered; what is delivered again is polled again. At most <see cref="PartitionQueueOptions.Batches"/> wait here, then the feed is not read, it fills, and its poller pauses.
/// </para>
/// Everything runs on the agent's scheduler, one piece at a time.
/// </summary>
internal sealed partial class PartitionQueue(StreamId stream, int partition, Func<ITopicPolls> polls, PartitionQueueOptions options, TimeProvider clock, ILogger log) : IQueueAdapterReceiver, IQueueCache
{
    private readonly Queue<KafkaBatch> _waiting = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITopicFeed? _feed;
    private int _cursor;
    private KafkaBatch? _offered;
    private string? _failure;
    private long _wanted = PositionToken.Unknown;
    private long _end = PositionToken.Unknown;
    private long _lastCall;
    private long _lastFailure;
    private int _marks;
    private bool _heartbeat;
    private bool _isOver;

    private PartitionQueueOptions Options => options;

    /// <summary>Batches that wait for the consumer.</summary>
    public int Waiting => _waiting.Count;

    public Task Initialize(TimeSpan timeout) => Task.CompletedTask;

    public Task Shutdown(TimeSpan timeout)
    {
        _isOver = true;
        return CloseAsync();
    }

    public int GetMaxAddCount() => 1;

    public bool IsUnderPressure() => false;

    public bool TryPurgeFromCache(out IList<IBatchContainer> purgedItems)
    {
        purgedItems = [];
        return false;
    }

    public Task MessagesDeliveredAsync(IList<IBatchContainer> messages) => Task.CompletedTask;

    public async Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount)
    {
        if (_marks > 0 && await NextAsync() is { } batch)
        {
            _lastCall = clock.GetTimestamp();
            _offered = batch;
            return [batch];
        }
        if (_isOver || (_marks > 0 && clock.GetElapsedTime(_lastCall) < options.Heartbeat)) return [];
        _lastCall = clock.GetTimestamp();
        return [Mark(PositionToken.Unknown)];
    }

    public void AddToCache(IList<IBatchContainer> messages)
    {
        foreach (var message in messages.Cast<KafkaBatch>())
        {
            if (message.IsMark) _heartbeat = true;
            if (message != _offered) continue;
            _waiting.Enqueue(message);
            _end = message.Next;
            _offered = null;
        }
    }

    public IQueueCacheCursor GetCacheCursor(StreamId streamId, StreamSequenceToken token)
    {
        var position = PositionToken.Of(token);
        if (position == PositionToken.Unknown) return new Cursor(this, position, 0);
        GoTo(position);
        return new Cursor(this, position, ++_cursor);
    }

    /// <summary>Makes what follows a position the next to be delivered: by dropping what waits before it, or by opening the feed anew.</summary>
    private void GoTo(long position)
    {
        while (_waiting.TryPeek(out var first) && first.From != position) _waiting.Dequeue();
        if (_waiting.Count == 0 && (position != _end || _failure is not null))
        {
            (_wanted, _end, _offered, _failure) = (position, position, null, null);
            Rewound(log, stream, position);
        }
        _changed.TrySetResult();
    }

    /// <summary>The next batch of the feed, when there is room for it and it comes soon.</summary>
    private async Task<KafkaBatch?> NextAsync()
    {
        using var patience = new CancellationTokenSource(options.Wait);
        try
        {
            while (!_isOver)
            {
                if (_changed.Task.IsCompleted) _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                if (_wanted != PositionToken.Unknown) await OpenAsync();
                if (_feed is { } feed && _wanted == PositionToken.Unknown && _failure is null && _waiting.Count < options.Batches)
                {
                    if (feed.TryRead() is { } batch) return new KafkaBatch(stream, batch.From, batch.Next, batch.Payload);
                    var more = feed.WaitAsync(patience.Token).AsTask();
                    if (await Task.WhenAny(more, _changed.Task) != more) await patience.CancelAsync();
                    await more;
                }
                else
                {
                    await _changed.Task.WaitAsync(patience.Token);
                }
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
        }
        catch (StreamForgeException error)
        {
            Fail(error);
        }
        return null;
    }

    private async Task OpenAsync()
    {
        if (_lastFailure != 0 && clock.GetElapsedTime(_lastFailure) < options.Reopen) return;
        await CloseAsync();
        var position = _wanted;
        _feed = await polls().OpenAsync(partition, position, CancellationToken.None);
        if (_wanted == position) _wanted = PositionToken.Unknown;
    }

    private async Task CloseAsync()
    {
        if (_feed is not { } feed) return;
        _feed = null;
        await feed.DisposeAsync();
    }

    /// <summary>A failure that may pass is tried again by opening the partition where it stopped; another one is told to the consumer.</summary>
    private void Fail(StreamForgeException error)
    {
        Failed(log, stream, error.Message);
        _lastFailure = clock.GetTimestamp();
        if (!error.Retryable) (_failure, _wanted) = (error.Message, PositionToken.Unknown);
        else if (_wanted == PositionToken.Unknown) _wanted = _end;
    }

    private KafkaBatch Mark(long position) => KafkaBatch.Mark(stream, position, ++_marks, _failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Stream} is read from offset {Position} on")]
    private static partial void Rewound(ILogger log, StreamId stream, long position);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Stream}: {Reason}")]
    private static partial void Failed(ILogger log, StreamId stream, string reason);

    /// <param name="number">The newest cursor has the greatest; the others bring no batches any more.</param>
    private sealed class Cursor(PartitionQueue queue, long start, int number) : IQueueCacheCursor
    {
        private long _position = start;
        private KafkaBatch? _current;

        public IBatchContainer GetCurrent(out Exception exception)
        {
            exception = null!;
            return _current!;
        }

        public bool MoveNext()
        {
            var isNewest = number == queue._cursor;
            if (_current is not null && isNewest && queue._waiting.TryDequeue(out var batch))
            {
                if (queue._waiting.Count == queue.Options.Batches - 1) queue._changed.TrySetResult();
                _position = batch.Next;
                _current = batch;
                return true;
            }
            if (_current is not null && !(queue._heartbeat && (isNewest || number == 0))) return false;
            if (_current is not null) queue._heartbeat = false;
            _current = queue.Mark(_position);
            return true;
        }

        public void Refresh(StreamSequenceToken token)
        {
        }

        public void RecordDeliveryFailure()
        {
        }

        public void Dispose()
        {
        }
    }
}
