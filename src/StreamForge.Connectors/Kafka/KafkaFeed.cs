using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace StreamForge.Connectors.Kafka;

/// <summary>
/// The records of one partition as a <see cref="KafkaPoller"/> brings them, in order, through a bounded channel. While it is full the partition is paused. Used by one task at a time; <see cref="DisposeAsync"/> lets the partition go.
/// </summary>
public sealed class KafkaFeed : IAsyncDisposable
{
    private readonly KafkaPoller _poller;
    private readonly Channel<KafkaRecords> _batches;
    private readonly SemaphoreSlim _room;
    private readonly int _capacity;

    internal KafkaFeed(KafkaPoller poller, int partition, long from, int capacity)
    {
        _poller = poller;
        _capacity = capacity;
        Partition = partition;
        Open = new KafkaRecordsBuilder(partition, from);
        _room = new SemaphoreSlim(capacity, capacity);
        _batches = Channel.CreateBounded<KafkaRecords>(new BoundedChannelOptions(capacity) { SingleWriter = true });
    }

    public int Partition { get; }

    /// <summary>Batches that wait to be read; never more than the poller's limit.</summary>
    public int Waiting => _batches.Reader.Count;

    /// <summary>Whether the partition is paused because nobody reads.</summary>
    public bool IsPaused => Volatile.Read(ref Paused);

    /// <summary>How often it was paused.</summary>
    public long Pauses => Volatile.Read(ref PauseCount);

    // What follows belongs to the poll thread.
    internal KafkaRecordsBuilder Open { get; }

    internal bool Paused;

    internal long PauseCount;

    /// <summary>Whether reading has made enough room to go on.</summary>
    internal bool HasRoomAgain => _batches.Reader.Count <= _capacity / 2;

    /// <summary>Completes when there is a batch, with false when there will be none any more.</summary>
    /// <exception cref="Core.StreamForgeException">The partition cannot be read on.</exception>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellation) => _batches.Reader.WaitToReadAsync(cancellation);

    /// <summary>Takes a batch that is there; the caller disposes it.</summary>
    public bool TryRead([NotNullWhen(true)] out KafkaRecords? records)
    {
        if (!_batches.Reader.TryRead(out records)) return false;
        _room.Release();
        return true;
    }

    /// <summary>The next batch; the caller disposes it.</summary>
    /// <exception cref="Core.StreamForgeException">The partition cannot be read on.</exception>
    /// <exception cref="ObjectDisposedException">The feed or its poller was disposed.</exception>
    public async ValueTask<KafkaRecords> ReadAsync(CancellationToken cancellation)
    {
        while (await WaitToReadAsync(cancellation))
        {
            if (TryRead(out var records)) return records;
        }
        throw new ObjectDisposedException(nameof(KafkaFeed), $"the feed of partition {Partition} is closed");
    }

    /// <summary>Goes on at another offset, before or after the present one: what the channel holds is dropped, and the next batch read follows <paramref name="offset"/>.</summary>
    public Task SeekAsync(long offset) => _poller.SeekAsync(this, offset);

    public async ValueTask DisposeAsync()
    {
        await _poller.CloseAsync(this);
        Drop();
        _room.Dispose();
    }

    /// <summary>Hands what was collected on, if there is room or comes to be within <paramref name="patience"/>.</summary>
    internal bool TryHandOn(TimeSpan patience, CancellationToken stop)
    {
        if (!_room.Wait(patience, stop)) return false;
        _batches.Writer.TryWrite(Open.Take());
        return true;
    }

    internal void Complete(Exception? error) => _batches.Writer.TryComplete(error);

    /// <summary>Drops all batches that wait.</summary>
    internal void Drop()
    {
        while (TryRead(out var records)) records.Dispose();
    }
}
