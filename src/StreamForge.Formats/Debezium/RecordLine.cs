using System.Buffers.Text;
using StreamForge.Formats.Json;

namespace StreamForge.Formats.Debezium;

/// <summary>
/// A Kafka record as a line of JSON, <c>{"topic", "partition", "offset", "timestamp", "key", "value", "headers"}</c>, as tools that write topics to files have it. Key and value are texts, nested JSON, or null. A line is known for one by
/// its first field. For one thread.
/// </summary>
internal sealed class RecordLine
{
    private const int Partition = 1, Timestamp = 3, Key = 4, Value = 5;

    /// <summary>Room after a text, so that vector loads near its end stay within the array.</summary>
    private const int Spare = 64;

    private static readonly string[] Names = ["topic", "partition", "offset", "timestamp", "key", "value", "headers", "timestampType", "leaderEpoch"];

    private readonly FieldNames _names = new(Names);
    private readonly Extent[] _parts = new Extent[Names.Length];
    private byte[] _value = new byte[1024];
    private byte[] _key = new byte[256];

    /// <summary>Whether the object at <paramref name="start"/> is such a line.</summary>
    public bool IsOne(ReadOnlySpan<byte> data, int start, int end)
    {
        if (data[start] != '{') return false;
        var i = JsonScanner.SkipBlanks(data, start + 1, end);
        return (_names.TryGuess(data, ref i, end, 0, out var name) || _names.Read(data, ref i, end, 0, out name) is null) && name >= 0;
    }

    /// <summary>Reads the line from <paramref name="start"/> to <paramref name="end"/>.</summary>
    /// <param name="record">The record; its texts are valid until the next call.</param>
    /// <returns>null, or why it is none.</returns>
    public string? Read(ReadOnlySpan<byte> data, int start, int end, out DebeziumRecord record)
    {
        record = default;
        if (ReadFields(data, start, end) is { } wrong) return wrong;
        if (!_parts[Value].IsThere) return "the record has no 'value', not even null";
        if (!TryText(data, _parts[Value], ref _value, out var value, out var valueStart, out var valueEnd)) return "the record's value holds half of a surrogate pair";
        if (!TryText(data, _parts[Key], ref _key, out var key, out var keyStart, out var keyEnd)) return "the record's key holds half of a surrogate pair";
        record = new DebeziumRecord(value, valueStart, valueEnd, key, keyStart, keyEnd)
        {
            HasNoValue = _parts[Value].IsNull(data),
            Timestamp = SourceBlock.Micros(data, _parts[Timestamp]),
            Stream = _parts[Partition].IsThere && Utf8Parser.TryParse(_parts[Partition].Of(data), out int partition, out _) ? partition : 0,
        };
        return null;
    }

    private string? ReadFields(ReadOnlySpan<byte> data, int start, int end)
    {
        Array.Clear(_parts);
        var i = JsonScanner.SkipBlanks(data, start + 1, end);
        for (var field = 0; ; field++)
        {
            if (!_names.TryGuess(data, ref i, end, field, out var name) && _names.Read(data, ref i, end, field, out name) is { } noName) return noName;
            var at = i;
            if (JsonScanner.SkipValue(data, ref i, end, depth: 1) is { } wrong) return wrong;
            if (name >= 0) _parts[name] = new Extent(at, i);
            i = JsonScanner.SkipBlanks(data, i, end);
            if (i >= end) return JsonScanner.NotClosed;
            if (data[i] == '}') break;
            if (data[i] != ',') return $"not JSON: expected ',' or '}}', found {JsonScanner.Show(data[i])}";
            i = JsonScanner.SkipBlanks(data, i + 1, end);
        }
        i = JsonScanner.SkipBlanks(data, i + 1, end);
        return i == end ? null : $"not JSON: {JsonScanner.Show(data[i])} after the object";
    }

    /// <summary>Where the part's content lies: a text's without its escapes, in memory of its own; nested JSON as it is. Null is nothing.</summary>
    private static bool TryText(ReadOnlySpan<byte> data, Extent part, ref byte[] memory, out ReadOnlySpan<byte> buffer, out int start, out int end)
    {
        (start, end) = (part.Start, part.End);
        buffer = data;
        if (part.IsNull(data))
        {
            end = start;
            return true;
        }
        if (data[start] != '"') return true;
        var text = part.Text(data);
        if (memory.Length < text.Length + Spare) memory = new byte[Math.Max(text.Length + Spare, memory.Length * 2)];
        buffer = memory;
        start = 0;
        return JsonText.TryUnescape(text, memory, out end);
    }
}
