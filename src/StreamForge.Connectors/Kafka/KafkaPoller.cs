using System.Collections.Concurrent;
using Confluent.Kafka;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Connectors.Kafka;

/// <summary>How much a poller brings at once and holds ready.</summary>
/// <param name="MaxRecords">Records a batch at most.</param>
/// <param name="MaxBytes">Bytes after which a batch ends; one record may be larger.</param>
/// <param name="Batches">Batches that wait for each partition's reader at most.</param>
/// <param name="Headers">Whether headers are read; leaving them out is faster.</param>
public sealed record KafkaPollerLimits(int MaxRecords = 10_000, int MaxBytes = 1 << 20, int Batches = 4, bool Headers = true)
{
    public static KafkaPollerLimits Default { get; } = new();
}

/// <summary>
/// Polls partitions of a topic on a thread of its own, and hands their records on as <see cref="KafkaRecords"/>.
/// <para>
/// The client's poll blocks, so one thread owns the consumer and does nothing else: it takes a record, adds it to its partition's open batch, and hands a batch on when it is full or when nothing more is there at
/// once. Partitions are assigned one by one as they are opened, never subscribed to: who reads what is the host's to say. A partition whose reader is slow fills its channel; the thread waits for it a moment, which is all that happens when every
/// partition is slower than the broker, then pauses the partition, so that the others go on. It is resumed at the offset that follows its last record once half of its channel is free. At most the open batch, the channel and the client's own
/// queue (16 MiB for all partitions) are held in memory.
/// </para>
/// <para>
/// The end of a partition is heard of as well: it moves <see cref="KafkaRecords.Next"/> past the markers and aborted records that a transaction leaves there, which no record would.
/// </para>
/// <para>
/// Brokers that go away are waited for: the client reconnects by itself and goes on where it was; <c>warn</c> is told once, and told again when records come. Offsets that the broker no longer
/// holds, a topic that is gone and a missing right end the feed concerned with an error. Nothing is ever skipped to go on.
/// </para>
/// Safe from any thread; feeds are disposed before the poller.
/// </summary>
public sealed class KafkaPoller : IAsyncDisposable
{
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly KafkaConnection _connection;
    private readonly KafkaPollerLimits _limits;
    private readonly KafkaHealth _health;
    private readonly StagedBytes _staged = new();
    private readonly System.Buffers.ArrayBufferWriter<byte> _headers = new();
    private readonly IConsumer<StagedPiece, StagedPiece> _consumer;
    private readonly KafkaCommits _commits;
    private readonly ConcurrentQueue<(Action Work, TaskCompletionSource Done)> _requests = new();
    private readonly Dictionary<int, KafkaFeed> _feeds = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private bool _ended;
    private Exception? _failure;

    /// <param name="warn">Told, in one sentence each, what people should know while reading goes on; called on any thread.</param>
    /// <exception cref="StreamForgeException">The settings are wrong.</exception>
    public KafkaPoller(KafkaConnection connection, KafkaPollerLimits limits, Action<string>? warn = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _connection = connection;
        _limits = limits;
        _health = new KafkaHealth(connection, warn);
        _consumer = connection.Consumer<StagedPiece, StagedPiece>(
            builder => builder.SetKeyDeserializer(_staged).SetValueDeserializer(_staged).SetErrorHandler((_, error) => _health.Heard(error)).SetLogHandler((_, message) => _health.Heard(message)), limits.Headers);
        Topic = new KafkaTopic(connection, _consumer, _health);
        _commits = new KafkaCommits(connection, _consumer, _health);
        new Thread(Run) { IsBackground = true, Name = $"kafka {connection.Topic}" }.Start();
    }

    /// <summary>Asks about the topic.</summary>
    internal KafkaTopic Topic { get; }

    /// <summary>Where a partition begins that nobody has read, at this moment.</summary>
    public async Task<long> StartAsync(int partition, KafkaStart start, CancellationToken cancellation) => await Topic.StartAsync(partition, start, await Topic.RangeAsync(partition, cancellation), cancellation);

    /// <summary>The partition's last stable offset.</summary>
    public async Task<long> EndAsync(int partition, CancellationToken cancellation) => (await Topic.RangeAsync(partition, cancellation)).End;

    /// <summary>Begins to read a partition; at most one feed a partition.</summary>
    /// <param name="offset">The first offset wanted; one that is not held becomes the feed's error.</param>
    public async Task<KafkaFeed> OpenAsync(int partition, long offset)
    {
        var feed = new KafkaFeed(this, partition, offset, _limits.Batches);
        var assigned = false;
        await PostAsync(() =>
        {
            if (!_feeds.TryAdd(partition, feed)) throw new InvalidOperationException($"Partition {partition} of {_connection.Topic} is open already.");
            Assign(feed);
            assigned = true;
        });
        if (!assigned) feed.Complete(_failure);
        return feed;
    }

    /// <summary>Commits to the group what is durable: everything of the partition before <paramref name="next"/>. In the background, the newest counts; a failure is told to <c>warn</c>. Does nothing without a group.</summary>
    public void Acknowledge(int partition, long next)
    {
        if (_connection.Group is not null) _commits.Note(partition, next);
    }

    /// <summary>Stops the thread and waits a few seconds for what is to be committed.</summary>
    public async ValueTask DisposeAsync()
    {
        var committed = await _commits.FlushAsync();
        await _stop.CancelAsync();
        await _stopped.Task;
        if (committed) _consumer.Dispose();
        else _commits.DisposeWhenDone();
        _stop.Dispose();
    }

    internal Task SeekAsync(KafkaFeed feed, long offset) => PostAsync(() =>
    {
        feed.Drop();
        feed.Open.Restart(offset);
        if (_feeds.ContainsKey(feed.Partition)) Reassign(feed);
    });

    internal Task CloseAsync(KafkaFeed feed) => PostAsync(() =>
    {
        feed.Complete(null);
        if (_feeds.TryGetValue(feed.Partition, out var present) && present == feed) Remove(feed);
    });

    /// <summary>Has work done on the poll thread; it is done at once, or never where the thread has ended.</summary>
    private Task PostAsync(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_ended) return Task.CompletedTask;
            _requests.Enqueue((work, done));
        }
        return done.Task;
    }

    private void Run()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                while (_requests.TryDequeue(out var request)) Serve(request.Work, request.Done);
                Poll();
                Resume();
            }
            End(null);
        }
        catch (OperationCanceledException)
        {
            End(null);
        }
        catch (Exception defect)
        {
            End(defect as StreamForgeException ?? new StreamForgeException(ErrorKind.Internal, $"source {_connection.Source}: reading {_connection.Topic} failed: {defect.Message}", inner: defect));
        }
    }

    /// <summary>Takes what is there, up to one full batch, and hands it on.</summary>
    private void Poll()
    {
        var wait = Idle;
        for (var taken = 0; taken < _limits.MaxRecords; taken++)
        {
            if (Consume(wait) is not { } result) break;
            wait = TimeSpan.Zero;
            if (!_feeds.TryGetValue(result.Partition.Value, out var feed)) continue;
            if (result.IsPartitionEOF) feed.Open.MoveTo(result.Offset.Value);
            else Add(feed, result);
            if (IsFull(feed) && !feed.TryHandOn(Patience, _stop.Token)) Pause(feed);
        }
        foreach (var feed in _feeds.Values)
        {
            if (feed is { Open.HasNews: true, Paused: false }) feed.TryHandOn(TimeSpan.Zero, _stop.Token);
        }
    }

    private ConsumeResult<StagedPiece, StagedPiece>? Consume(TimeSpan wait)
    {
        _staged.Clear();
        try
        {
            var result = _consumer.Consume((int)wait.TotalMilliseconds);
            if (result is not null) _health.Reads();
            return result;
        }
        catch (ConsumeException error) when (!error.Error.IsFatal)
        {
            Fail(error);
            return null;
        }
        catch (KafkaException error) when (error.Error.IsFatal)
        {
            throw KafkaErrors.Fatal(_connection, error);
        }
    }

    private void Add(KafkaFeed feed, ConsumeResult<StagedPiece, StagedPiece> result)
    {
        var message = result.Message;
        _headers.ResetWrittenCount();
        if (message.Headers is { Count: > 0 } headers)
        {
            foreach (var header in headers)
            {
                var value = header.GetValueBytes();
                KafkaHeaders.Write(_headers, header.Key, value, value is null);
            }
        }
        var timestamp = message.Timestamp.Type == TimestampType.NotAvailable ? KafkaRecords.NoTimestamp : message.Timestamp.UnixTimestampMs;
        feed.Open.Add(result.Offset.Value, timestamp, !message.Key.IsNull, _staged[message.Key], !message.Value.IsNull, _staged[message.Value], _headers.WrittenSpan);
    }

    private bool IsFull(KafkaFeed feed) => feed.Open.Count >= _limits.MaxRecords || feed.Open.Bytes >= _limits.MaxBytes;

    private void Pause(KafkaFeed feed)
    {
        if (feed.Paused) return;
        _consumer.Pause([PartitionOf(feed)]);
        Volatile.Write(ref feed.Paused, value: true);
        Volatile.Write(ref feed.PauseCount, feed.PauseCount + 1);
    }

    private void Resume()
    {
        foreach (var feed in _feeds.Values)
        {
            if (!feed.Paused || !feed.HasRoomAgain) continue;
            feed.TryHandOn(TimeSpan.Zero, _stop.Token);
            Reassign(feed);
        }
    }

    private void Fail(ConsumeException error)
    {
        var record = error.ConsumerRecord;
        if (KafkaErrors.IsPassing(error.Error) || record is null || !_feeds.TryGetValue(record.Partition.Value, out var feed))
        {
            _health.Heard(error.Error);
            return;
        }
        if (feed.Open.HasNews) feed.TryHandOn(Patience, _stop.Token);
        Remove(feed);
        _ = ExplainAsync(feed, error.Error);
    }

    /// <summary>Ends a feed with the reason; what the broker still holds is asked for apart, as the poll thread does not wait.</summary>
    private async Task ExplainAsync(KafkaFeed feed, Error error) => feed.Complete(await Topic.ExplainAsync(feed.Partition, feed.Open.Next, error));

    private void Assign(KafkaFeed feed) => _consumer.IncrementalAssign([new TopicPartitionOffset(PartitionOf(feed), feed.Open.Next)]);

    /// <summary>Goes on at the offset that the feed expects, whatever the client has read ahead.</summary>
    private void Reassign(KafkaFeed feed)
    {
        if (feed.Paused) _consumer.Resume([PartitionOf(feed)]);
        Volatile.Write(ref feed.Paused, value: false);
        _consumer.IncrementalUnassign([PartitionOf(feed)]);
        Assign(feed);
    }

    private void Remove(KafkaFeed feed)
    {
        _feeds.Remove(feed.Partition);
        if (feed.Paused) _consumer.Resume([PartitionOf(feed)]);
        _consumer.IncrementalUnassign([PartitionOf(feed)]);
    }

    private TopicPartition PartitionOf(KafkaFeed feed) => new(_connection.Topic, feed.Partition);

    private void End(Exception? error)
    {
        lock (_gate) (_ended, _failure) = (true, error);
        foreach (var feed in _feeds.Values) feed.Complete(error);
        while (_requests.TryDequeue(out var request)) request.Done.TrySetResult();
        _stopped.SetResult();
    }

    private static void Serve(Action work, TaskCompletionSource done)
    {
        try
        {
            work();
            done.SetResult();
        }
        catch (Exception error) when (error is KafkaException or InvalidOperationException)
        {
            done.SetException(error);
        }
    }
}
