using System.Buffers;
using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Connectors.Kafka;

/// <summary>
/// The columns that every record has besides those of its value: <c>key</c> and <c>value</c> as text, <c>headers</c> as a JSON object of texts, <c>event_timestamp</c> (the record's timestamp, null where
/// it has none), <c>partition</c>, <c>offset</c>. A declared column of the same name wins; an inferred one does not.
/// </summary>
public static class KafkaColumns
{
    private static readonly ImmutableArray<Field> All =
    [
        new("key", DataType.String),
        new("value", DataType.String),
        new("headers", new DataType(TypeKind.Map)),
        new("event_timestamp", DataType.TimestampTz),
        new("partition", DataType.Int),
        new("offset", DataType.BigInt),
    ];

    /// <summary>Whether a name is one of theirs.</summary>
    public static bool Contains(string name) => All.Any(f => f.Name == name);

    /// <summary>All columns of a source: those of the value, then those of the record whose names are free.</summary>
    public static Schema After(IEnumerable<Field> value)
    {
        ImmutableArray<Field> fields = [.. value];
        return new Schema(fields.Concat(All.Where(f => fields.All(v => v.Name != f.Name))));
    }

    /// <summary>Fills one of these columns for the records that became rows.</summary>
    /// <param name="records">Texts among them have been found to be UTF-8.</param>
    /// <param name="rows">The index of each row's record.</param>
    internal static Column Read(Field column, KafkaRecords records, ReadOnlySpan<int> rows)
    {
        var result = Column.Create(column.Type, rows.Length);
        switch (column.Name)
        {
            case "key": Keys((BytesColumn)result, records, rows); break;
            case "value":
                foreach (var row in rows) ((BytesColumn)result).Append(records.Value(row));
                break;
            case "headers": Headers((BytesColumn)result, records, rows); break;
            case "event_timestamp": Timestamps((Int64Column)result, records, rows); break;
            case "partition":
                foreach (var _ in rows) ((Int64Column)result).Append(records.Partition);
                break;
            default:
                foreach (var row in rows) ((Int64Column)result).Append(records.Offset(row));
                break;
        }
        return result;
    }

    private static void Keys(BytesColumn column, KafkaRecords records, ReadOnlySpan<int> rows)
    {
        foreach (var row in rows)
        {
            if (records.HasKey(row)) column.Append(records.Key(row));
            else column.AppendNull();
        }
    }

    private static void Headers(BytesColumn column, KafkaRecords records, ReadOnlySpan<int> rows)
    {
        ArrayBufferWriter<byte>? json = null;
        foreach (var row in rows)
        {
            var headers = records.Headers(row);
            if (headers.IsEmpty)
            {
                column.Append("{}"u8);
                continue;
            }
            json ??= new ArrayBufferWriter<byte>();
            json.ResetWrittenCount();
            KafkaHeaders.WriteJson(headers, json);
            column.Append(json.WrittenSpan);
        }
    }

    private static void Timestamps(Int64Column column, KafkaRecords records, ReadOnlySpan<int> rows)
    {
        foreach (var row in rows)
        {
            var millis = records.Timestamp(row);
            if (millis is < EventTime.Earliest / 1000 or > EventTime.Latest / 1000) column.AppendNull();
            else column.Append(millis * 1000);
        }
    }
}
