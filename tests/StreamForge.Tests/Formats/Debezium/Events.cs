using System.Text;
using StreamForge.Core;
using StreamForge.Formats;
using StreamForge.Formats.Debezium;

namespace StreamForge.Tests.Formats.Debezium;

/// <summary>Decodes records that a test writes out.</summary>
internal static class Events
{
    public const string Postgres = """{"connector":"postgresql","ts_ms":1700000000123,"snapshot":"false","sequence":"[\"20\",\"30\"]"}""";

    /// <param name="columns">As <c>id int, amount decimal(10,2), at timestamp ms</c>.</param>
    /// <param name="key">The declared key's columns, separated by commas; empty for none.</param>
    /// <param name="records">Each a value and a key; null for none.</param>
    public static SourceBatch Decode(string columns, string key, params (string? Value, string? Key)[] records)
    {
        var (schema, units) = Columns(columns);
        var decoder = new DebeziumDecoder(schema, [.. key.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(k => schema.Find(k)!)], DecodeOptions.Default with { Units = units });
        var letters = new List<DeadLetter>();
        decoder.Begin(4);
        for (var i = 0; i < records.Length; i++)
        {
            var value = Encoding.UTF8.GetBytes(records[i].Value ?? "");
            var keyBytes = Encoding.UTF8.GetBytes(records[i].Key ?? "");
            var record = new DebeziumRecord(value, 0, value.Length, keyBytes, 0, keyBytes.Length) { HasNoValue = records[i].Value is null, Position = i, Timestamp = 1_600_000_000_000_000 + i };
            if (decoder.Decode(record) is { } reason) letters.Add(new DeadLetter(new PartitionId("s", 0), $"{i}", null, reason, value));
        }
        var all = new Schema(schema.Fields.Add(new Field(DebeziumDecoder.EventTimeColumn, DataType.TimestampTz)));
        return decoder.Build(all, new BatchOrigin(new PartitionId("s", 0), ""), new NoRaw(), letters, PartitionCursor.Start, 0, (_, times) =>
        {
            times.Retain();
            return times;
        }, release: null);
    }

    public static (Schema Schema, System.Collections.Immutable.ImmutableArray<long> Units) Columns(string columns)
    {
        var fields = columns.Split(", ").Select(c => c.Split(' ')).ToArray();
        return (new Schema(fields.Select(f => new Field(f[0], DataType.TryParse(f[1], out var type) ? type : throw new ArgumentException(f[1])))),
            [.. fields.Select(f => f.Length < 3 ? 0L : f[2] switch { "s" => 1_000_000, "ms" => 1000, "us" => 1, _ => -1000 })]);
    }

    /// <summary>An envelope.</summary>
    public static string Envelope(string op, string? before, string? after, string source = Postgres) => $$"""{"before":{{before ?? "null"}},"after":{{after ?? "null"}},"source":{{source}},"transaction":null,"op":"{{op}}","ts_ms":1700000009999}""";

    /// <summary>Beside a schema whose image has these fields, written as the converter does.</summary>
    public static string WithSchema(string payload, params string[] fields)
    {
        var list = string.Join(",", fields);
        var image = $$"""{"type":"struct","fields":[{{list}}],"optional":true,"name":"t.Value","field":""";
        return $$"""{"schema":{"type":"struct","fields":[{{image}}"before"},{{image}}"after"},{"type":"string","optional":false,"field":"op"}],"optional":false,"name":"t.Envelope"},"payload":{{payload}}}""";
    }

    /// <summary>The one value of the one column of a row that is created.</summary>
    /// <param name="type">Its type, and unit.</param>
    public static string Value(string type, string json, string? schema = null)
    {
        var envelope = Envelope("c", null, $$"""{"x":{{json}}}""");
        using var batch = Decode("x " + type, "", (schema is null ? envelope : WithSchema(envelope, schema), null));
        return batch.DeadLetters.Count > 0 ? batch.DeadLetters[0].Reason : Show(batch.Batch[0], 0);
    }

    public static string[] Rows(SourceBatch batch) =>
        [.. Enumerable.Range(0, batch.Batch.Count).Select(row => $"{(char)batch.Batch.Headers.Ops[row]} {string.Join("|", Enumerable.Range(0, batch.Batch.Schema.Count - 1).Select(c => Show(batch.Batch[c], row)))}")];

    private static string Show(Column column, int row) => column switch
    {
        _ when column.IsNull(row) => "null",
        BytesColumn bytes when column.Type.Kind == TypeKind.Bytes => Convert.ToHexString(bytes[row]),
        Int64Column dates when column.Type.Kind == TypeKind.Date => EventTime.Format(dates[row] * EventTime.Day)[..10],
        _ => Values.Show(column, row),
    };

    private sealed class NoRaw : IRawRows
    {
        public ReadOnlySpan<byte> this[int row] => [];
    }
}
