using System.Buffers;
using StreamForge.Core;
using StreamForge.Formats.Debezium;

namespace StreamForge.Connectors.Kafka;

/// <summary>Turns raw records of one partition of a changelog into images and events. For one thread.</summary>
/// <param name="columns">The wanted columns: those of the row image, and those of <see cref="KafkaColumns"/>, of which the timestamp is the event's own where it has one.</param>
internal sealed class KafkaChanges(DebeziumDecoder decoder, Schema columns, BatchOrigin origin)
{
    /// <summary>Decodes a batch, which takes <paramref name="records"/> over.</summary>
    /// <param name="before">Only records before this offset.</param>
    /// <param name="unreadable">Why a column of the record itself cannot be read; null when it can.</param>
    public SourceBatch Decode(KafkaRecords records, PartitionCursor next, long before, Func<KafkaRecords, int, string?> unreadable, Func<KafkaRecords, int, string, DeadLetter> letter)
    {
        var events = ArrayPool<int>.Shared.Rent(Math.Max(records.Count, 1));
        var rows = ArrayPool<int>.Shared.Rent(Math.Max(records.Count * 2, 1));
        List<DeadLetter>? letters = null;
        var bytes = 0L;
        decoder.Begin(records.Count);
        for (var i = 0; i < records.Count && records.Offset(i) < before; i++)
        {
            bytes += records.Key(i).Length + records.Value(i).Length;
            var (firstEvent, firstRow) = (decoder.Events, decoder.Rows);
            var reason = records.IsTombstone(i) ? Decode(records, i) : unreadable(records, i) ?? Decode(records, i);
            if (reason is not null) (letters ??= []).Add(letter(records, i, reason));
            for (var e = firstEvent; e < decoder.Events; e++) events[e] = i;
            for (var row = firstRow; row < decoder.Rows; row++) rows[row] = i;
        }
        var count = decoder.Rows;
        var raw = new KafkaDecoder.RawValues(records, events);
        var batch = decoder.Build(columns, origin, raw, letters ?? [], next, bytes, Column, raw.Release);
        ArrayPool<int>.Shared.Return(rows);
        return batch;

        Column Column(Field field, Int64Column times)
        {
            if (field.Name != DebeziumDecoder.EventTimeColumn) return KafkaColumns.Read(field, records, rows.AsSpan(0, count));
            times.Retain();
            return times;
        }
    }

    private string? Decode(KafkaRecords records, int record)
    {
        var (start, end) = records.ValueRange(record);
        var millis = records.Timestamp(record);
        return decoder.Decode(new DebeziumRecord(records.Data, start, end, records.Data, start - records.Key(record).Length, start)
        {
            HasNoValue = records.IsTombstone(record),
            Timestamp = millis is < EventTime.Earliest / 1000 or > EventTime.Latest / 1000 ? null : millis * 1000,
            Position = records.Offset(record),
            Stream = records.Partition,
        });
    }
}
