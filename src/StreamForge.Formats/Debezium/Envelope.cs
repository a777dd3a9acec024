using StreamForge.Formats.Json;

namespace StreamForge.Formats.Debezium;

/// <summary>The fields that a record's value is told by.</summary>
internal enum Part
{
    Before,
    After,
    Source,
    Op,
    Schema,
    Payload,
    Message,
    Status,
    EventCount,
    Ddl,
    TableChanges,
    FlatOp,
    FlatDeleted,
    FlatTime,
    Time,
    TimeMicros,
    TimeNanos,

    // What follows stands in the source block.
    Snapshot,
    Sequence,
    Gtid,
    File,
    Pos,
    Row,
    Connector,

    /// <summary>Its ts_ms.</summary>
    SourceTime,
}

/// <summary>
/// Finds the parts of one record's value in one pass, and checks that the whole of it is JSON on the way: <c>{"before", "after", "source", "op", …}</c>, or the same as the <c>payload</c> beside a <c>schema</c>.
/// Fields may come in any order; nothing is decoded. For one thread.
/// </summary>
internal sealed class Envelope
{
    private static readonly string[] Names =
    [
        "before", "after", "source", "op", "schema", "payload", "message", "status", "event_count", "ddl", "tableChanges", "__op", "__deleted", "__source_ts_ms", "ts_ms", "ts_us", "ts_ns",
        "snapshot", "sequence", "gtid", "file", "pos", "row", "connector",
    ];

    private readonly FieldNames _names = new(Names);
    private readonly Extent[] _parts = new Extent[(int)Part.SourceTime + 1];
    private byte[] _schema = [];
    private int _index;
    private bool _inPayload;

    private enum Level
    {
        /// <summary>The record itself.</summary>
        Top,

        /// <summary>What lies beside a schema.</summary>
        Payload,

        /// <summary>Where the change comes from.</summary>
        Source,
    }

    public Extent this[Part part] => _parts[(int)part];

    /// <summary>Whether the value, or the payload beside a schema, is the literal null.</summary>
    public bool IsNull { get; private set; }

    /// <summary>The object that holds the fields: the value, or its payload.</summary>
    public Extent Body { get; private set; }

    /// <summary>How many fields the body has.</summary>
    public int Fields { get; private set; }

    /// <summary>Reads the value from <paramref name="start"/> to <paramref name="end"/>.</summary>
    /// <returns>null, or why it is no JSON object.</returns>
    public string? Read(ReadOnlySpan<byte> data, int start, int end)
    {
        Array.Clear(_parts);
        _index = 0;
        _inPayload = false;
        var i = JsonScanner.SkipBlanks(data, start, end);
        if (i >= end) return "the value is empty";
        IsNull = data[i] == 'n';
        if (IsNull)
        {
            if (JsonScanner.SkipLiteral(data, ref i, end, "null"u8) is { } wrong) return wrong;
        }
        else
        {
            if (data[i] != '{') return $"not a JSON object: it begins with {JsonScanner.Show(data[i])}";
            if (ReadObject(data, ref i, end, Level.Top) is { } wrong) return wrong;
            IsNull = Fields == 2 && this[Part.Schema].IsThere && this[Part.Payload] is { IsThere: true } payload && payload.IsNull(data);
        }
        i = JsonScanner.SkipBlanks(data, i, end);
        return i == end ? null : $"not JSON: {JsonScanner.Show(data[i])} after the object";
    }

    private string? ReadObject(ReadOnlySpan<byte> data, ref int position, int end, Level level)
    {
        var start = position;
        var fields = 0;
        var i = JsonScanner.SkipBlanks(data, start + 1, end);
        if (i < end && data[i] == '}') i++;
        else
        {
            for (var last = false; !last;)
            {
                if (!_names.TryGuess(data, ref i, end, _index, out var name) && _names.Read(data, ref i, end, _index, out name) is { } noName) return noName;
                _index++;
                if (ReadValue(data, ref i, end, level, (Part)name, fields++) is { } wrong) return wrong;
                i = JsonScanner.SkipBlanks(data, i, end);
                if (i >= end) return JsonScanner.NotClosed;
                last = data[i] == '}';
                if (!last && data[i] != ',') return $"not JSON: expected ',' or '}}', found {JsonScanner.Show(data[i])}";
                i = last ? i + 1 : JsonScanner.SkipBlanks(data, i + 1, end);
            }
        }
        position = i;
        // The payload ends before the object that it is in.
        if (level == Level.Source || (level == Level.Top && _inPayload)) return null;
        Body = new Extent(start, i);
        Fields = fields;
        return null;
    }

    private string? ReadValue(ReadOnlySpan<byte> data, ref int position, int end, Level level, Part name, int field)
    {
        var start = position;
        if (start >= end) return "a JSON value is missing";
        string? wrong;
        var isObject = data[start] == '{';
        if (isObject && level != Level.Source && name == Part.Source)
        {
            wrong = ReadObject(data, ref position, end, Level.Source);
        }
        else if (isObject && level == Level.Top && name == Part.Payload && (field == 0 || (field == 1 && this[Part.Schema].IsThere)))
        {
            _inPayload = true;
            wrong = ReadObject(data, ref position, end, Level.Payload);
        }
        else if (level == Level.Top && name == Part.Schema && _schema.Length > 0 && data[start..end].StartsWith(_schema))
        {
            position += _schema.Length;
            wrong = null;
        }
        else
        {
            wrong = JsonScanner.SkipValue(data, ref position, end, depth: (int)level + 1);
        }
        if (wrong is not null || (int)name < 0) return wrong;
        if (level == Level.Source) name = name == Part.Time ? Part.SourceTime : InSource(name);
        else if (name >= Part.Snapshot) return null;
        if ((int)name >= 0) _parts[(int)name] = new Extent(start, position);
        return null;
    }

    /// <summary>The next record's schema is most likely this one: it is compared instead of read.</summary>
    public void RememberSchema(ReadOnlySpan<byte> schema)
    {
        if (!schema.SequenceEqual(_schema)) _schema = schema.ToArray();
    }

    private static Part InSource(Part name) => name >= Part.Snapshot ? name : (Part)(-1);
}
