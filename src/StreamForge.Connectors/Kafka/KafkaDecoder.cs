using System.Buffers;
using System.Collections.Immutable;
using System.Text.Unicode;
using StreamForge.Core;
using StreamForge.Formats;
using StreamForge.Formats.Debezium;
using StreamForge.Formats.Json;

namespace StreamForge.Connectors.Kafka;

/// <summary>
/// Turns raw records of one partition into columns. Values are JSON objects and read from where they lie; a record without a value is counted and passed over; one whose value does not fit becomes a dead letter.
/// Those of a changelog are change events, with their images as rows.
/// A row's position is its offset, its segment <c>topic/partition</c>. For one thread.
/// </summary>
public sealed class KafkaDecoder
{
    private readonly BatchOrigin _origin;
    private readonly Schema _columns;
    private readonly ImmutableArray<int> _fromValue;
    private readonly RowBuilder _rows;
    private readonly JsonLinesReader _reader;
    private readonly bool _readsKey;
    private readonly bool _readsValue;
    private readonly KafkaChanges? _changes;

    /// <param name="columns">The wanted columns.</param>
    /// <param name="isOfValue">Which of them are fields of the value; the others are those of <see cref="KafkaColumns"/>.</param>
    /// <param name="options">How values are read; its units go with <paramref name="columns"/>.</param>
    /// <param name="changes">Decodes the values of a changelog; null for those that only append.</param>
    internal KafkaDecoder(PartitionId partition, string topic, Schema columns, Func<string, bool> isOfValue, DecodeOptions options, DebeziumDecoder? changes = null)
    {
        _origin = new BatchOrigin(partition, SegmentOf(topic, partition.Partition));
        _columns = columns;
        _fromValue = [.. Enumerable.Range(0, columns.Count).Where(i => isOfValue(columns[i].Name))];
        _rows = new RowBuilder(new Schema(_fromValue.Select(i => columns[i])), options with { Units = [.. _fromValue.Select(i => options.Units.IsDefaultOrEmpty ? 0 : options.Units[i])] });
        _reader = new JsonLinesReader(_rows);
        _readsKey = columns.Contains("key") && !isOfValue("key");
        _readsValue = columns.Contains("value") && !isOfValue("value");
        _changes = changes is null ? null : new KafkaChanges(changes, columns, _origin);
    }

    /// <summary>The segment of a partition's positions: <c>clicks/3</c>.</summary>
    public static string SegmentOf(string topic, int partition) => $"{topic}/{partition}";

    /// <summary>Decodes a batch. It takes <paramref name="records"/> over: they are disposed with it.</summary>
    /// <param name="before">Only records before this offset; the batch's cursor goes no further either.</param>
    public SourceBatch Decode(KafkaRecords records, long before = long.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(records);
        if (_changes is not null) return _changes.Decode(records, NextAfter(records, before), before, Unreadable, Letter);
        var rows = ArrayPool<int>.Shared.Rent(Math.Max(records.Count, 1));
        List<DeadLetter>? letters = null;
        var (count, passedOver, bytes) = (0, 0, 0L);
        _rows.Begin(records.Count);
        for (var i = 0; i < records.Count && records.Offset(i) < before; i++)
        {
            bytes += records.Key(i).Length + records.Value(i).Length;
            if (records.IsTombstone(i)) passedOver++;
            else if (Read(records, i) is { } reason) (letters ??= []).Add(Letter(records, i, reason));
            else rows[count++] = i;
        }
        var headers = new RowHeaders(count);
        var positions = headers.Positions;
        for (var row = 0; row < count; row++) positions[row] = records.Offset(rows[row]);
        var batch = new ColumnBatch(_columns, Columns(records, rows.AsSpan(0, count)), headers, _origin);
        var raw = new RawValues(records, rows);
        return new SourceBatch(batch, raw, letters ?? [], NextAfter(records, before), bytes, raw.Release) { PassedOver = passedOver };
    }

    /// <returns>null, or why the record is no row.</returns>
    private string? Read(KafkaRecords records, int record)
    {
        if (Unreadable(records, record) is { } unreadable) return unreadable;
        var (start, end) = records.ValueRange(record);
        while (start < end && records.Data[start] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') start++;
        return start == end ? "the value is empty" : _reader.ReadRecord(records.Data, start, end);
    }

    /// <summary>null, or why a column of the record itself cannot be read.</summary>
    private string? Unreadable(KafkaRecords records, int record)
    {
        if (_readsKey && !Utf8.IsValid(records.Key(record))) return "column 'key' is not valid UTF-8";
        return _readsValue && !Utf8.IsValid(records.Value(record)) ? "column 'value' is not valid UTF-8" : null;
    }

    private PartitionCursor NextAfter(KafkaRecords records, long before) => new(_origin.Segment, Math.Min(records.Next, Math.Max(before, records.From)));

    private Column[] Columns(KafkaRecords records, ReadOnlySpan<int> rows)
    {
        var columns = new Column[_columns.Count];
        var read = _rows.Take();
        for (var i = 0; i < read.Length; i++) columns[_fromValue[i]] = read[i];
        for (var i = 0; i < columns.Length; i++) columns[i] ??= KafkaColumns.Read(_columns[i], records, rows);
        return columns;
    }

    private DeadLetter Letter(KafkaRecords records, int record, string reason)
    {
        var value = records.Value(record);
        return new DeadLetter(_origin.Partition, _origin.Describe(records.Offset(record)), null, reason, value[..Math.Min(value.Length, DeadLetter.MaxRawBytes)].ToArray());
    }

    /// <summary>Rows, or events, by the index of their record.</summary>
    internal sealed class RawValues(KafkaRecords records, int[] rows) : IRawRows
    {
        public ReadOnlySpan<byte> this[int row] => records.Value(rows[row]);

        public void Release()
        {
            ArrayPool<int>.Shared.Return(rows);
            records.Dispose();
        }
    }
}
