using System.Buffers;
using StreamForge.Core;
using StreamForge.Formats.Json;

namespace StreamForge.Formats.Debezium;

/// <summary>Reads change events from lines: each is an event's value, or a Kafka record that holds one (<see cref="RecordLine"/>). For one thread.</summary>
public sealed class DebeziumLinesReader(DebeziumDecoder decoder) : IRecordReader
{
    private readonly RecordLine _line = new();

    public RecordOutcome Read(ReadOnlySpan<byte> buffer, int start, int end, bool final, out int next, out string? reason)
    {
        reason = null;
        var found = JsonLine.Find(buffer, start, end, final, out var first, out var lineEnd, out next);
        if (found != RecordOutcome.Row) return found;
        var events = decoder.Events;
        reason = Decode(buffer, first, lineEnd);
        return decoder.Events > events ? RecordOutcome.Row : RecordOutcome.Misfit;
    }

    private string? Decode(ReadOnlySpan<byte> buffer, int start, int end)
    {
        if (!_line.IsOne(buffer, start, end)) return decoder.Decode(new DebeziumRecord(buffer, start, end, default, 0, 0));
        return _line.Read(buffer, start, end, out var record) ?? decoder.Decode(record);
    }
}

/// <summary>Collects the batches of a <see cref="DebeziumLinesReader"/>. For one thread.</summary>
/// <param name="columns">The wanted columns: those of the row image, and <see cref="DebeziumDecoder.EventTimeColumn"/>.</param>
public sealed class ChangeBatchBuilder(DebeziumDecoder decoder, Schema columns) : IBatchBuilder
{
    private BatchOrigin? _origin;
    private byte[] _buffer = [];
    private (int Start, int End)[] _ranges = [];
    private List<DeadLetter> _deadLetters = [];

    /// <summary>Rows and dead letters, or events where these are more: a batch of nothing but tombstones must end, too. An event's rows stay together, so a batch may have one row more than its capacity.</summary>
    public int Count => Math.Max(decoder.Rows, decoder.Events) + _deadLetters.Count;

    public void Begin(BatchOrigin origin, byte[] buffer, int capacity)
    {
        _origin = origin;
        _buffer = buffer;
        if (_ranges.Length == 0) _ranges = ArrayPool<(int, int)>.Shared.Rent(Math.Max(capacity, 16));
        _deadLetters = [];
        decoder.Begin(capacity);
    }

    public void AddRow(long position, int start, int end)
    {
        decoder.Place(position);
        _ranges[decoder.Events - 1] = (start, end);
    }

    public void AddDeadLetter(long position, string reason, ReadOnlySpan<byte> raw) =>
        _deadLetters.Add(new DeadLetter(_origin!.Partition, _origin.Describe(position), null, reason, raw[..Math.Min(raw.Length, DeadLetter.MaxRawBytes)].ToArray()));

    public SourceBatch Build(PartitionCursor next, long bytes, Action? release)
    {
        var ranges = _ranges;
        _ranges = [];
        return decoder.Build(columns, _origin!, new Lines(_buffer, ranges), _deadLetters, next, bytes, EventTimes, () =>
        {
            ArrayPool<(int, int)>.Shared.Return(ranges);
            release?.Invoke();
        });
    }

    private static Column EventTimes(Field field, Int64Column times)
    {
        times.Retain();
        return times;
    }

    /// <summary>Events as ranges of one buffer.</summary>
    private sealed class Lines(byte[] buffer, (int Start, int End)[] ranges) : IRawRows
    {
        public ReadOnlySpan<byte> this[int index] => buffer.AsSpan(ranges[index].Start, ranges[index].End - ranges[index].Start);
    }
}
