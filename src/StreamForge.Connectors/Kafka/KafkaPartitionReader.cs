using StreamForge.Core;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Connectors.Kafka;

/// <summary>A partition that is to be read, and from where.</summary>
internal sealed record KafkaPlace(string Source, KafkaSourceOptions Options, PartitionId Partition, PartitionCursor Start);

/// <summary>
/// Reads one partition through a feed of the source's poller.
/// <para>
/// The first read finds out where reading begins. Where no checkpoint says, that becomes the position of an empty batch, so that the next checkpoint keeps it: a pipeline that begins with what is <c>latest</c> and is stopped
/// before the first record goes on from there, not from what is latest then. A bounded read ends at the last stable offset of that moment.
/// </para>
/// </summary>
internal sealed class KafkaPartitionReader(KafkaPoller poller, KafkaPlace place, KafkaDecoder decoder, bool bounded, TimeProvider clock) : IPartitionReader
{
    /// <summary>How long a read waits for records before it says that there are none.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private KafkaFeed? _feed;
    private Task<bool>? _waiting;
    private long _start;
    private long _end = long.MaxValue;
    private long _next = -1;

    public PartitionId Partition => place.Partition;

    public double? Progress
    {
        get
        {
            var (next, end) = (Volatile.Read(ref _next), Volatile.Read(ref _end));
            if (!bounded) return null;
            return next < 0 ? 0 : end <= _start ? 1 : Math.Clamp((double)(next - _start) / (end - _start), 0, 1);
        }
    }

    public async ValueTask<ReadResult> ReadAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_next < 0)
        {
            await BeginAsync(cancellation);
            if (place.Start.Segment.Length == 0) return ReadResult.Of(Decode(new KafkaRecordsBuilder(Partition.Partition, _next).Take()));
        }
        if (_next >= _end)
        {
            if (_feed is not null) await _feed.DisposeAsync();
            return ReadResult.Finished;
        }
        _feed ??= await poller.OpenAsync(Partition.Partition, _next);
        if (_feed.TryRead(out var records)) return ReadResult.Of(Decode(records));
        _waiting ??= _feed.WaitToReadAsync(CancellationToken.None).AsTask();
        if (await Task.WhenAny(_waiting, Task.Delay(Patience, clock, cancellation)) != _waiting)
        {
            cancellation.ThrowIfCancellationRequested();
            return ReadResult.Nothing;
        }
        var more = await _waiting;
        _waiting = null;
        ObjectDisposedException.ThrowIf(!more, this);
        return _feed.TryRead(out records) ? ReadResult.Of(Decode(records)) : ReadResult.Nothing;
    }

    public ValueTask AcknowledgeAsync(PartitionCursor durable, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(durable);
        if (durable.Segment.Length > 0) poller.Acknowledge(Partition.Partition, durable.Offset);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _feed?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task BeginAsync(CancellationToken cancellation)
    {
        var range = await poller.Topic.RangeAsync(Partition.Partition, cancellation);
        _start = place.Start switch
        {
            { Segment.Length: > 0 } or { IsMoved: true } => place.Start.Offset,
            _ when place.Start == PartitionCursor.Added => range.Earliest,
            _ => await poller.Topic.StartAsync(Partition.Partition, place.Options.Start, range, cancellation),
        };
        if (place.Options.Ends is not null && _start < range.Earliest) throw KafkaErrors.HistoryGone(place.Source, $"{place.Options.Topic}/{Partition.Partition}", _start, range.Earliest);
        poller.Topic.Check(Partition.Partition, _start, range);
        if (place.Options.Ends is { } ends) Volatile.Write(ref _end, Math.Max(_start, ends.GetValueOrDefault(Partition.Partition)));
        else if (bounded) Volatile.Write(ref _end, Math.Max(_start, range.End));
        Volatile.Write(ref _next, _start);
    }

    private SourceBatch Decode(KafkaRecords records)
    {
        var batch = decoder.Decode(records, _end);
        Volatile.Write(ref _next, batch.Next.Offset);
        return batch;
    }
}
