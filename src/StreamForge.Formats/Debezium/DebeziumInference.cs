using StreamForge.Core;
using StreamForge.Formats.Inference;

namespace StreamForge.Formats.Debezium;

/// <summary>
/// Finds the columns of row images: by the schema that stands beside them, where there is one, else by their values as in JSON Lines. Where the schema changes on the way, columns that came or went are all there, and one whose type changed is
/// bigint where both are integers, else a string. Records that are no change of a row count for nothing.
/// </summary>
public sealed class DebeziumInference : JsonInference
{
    private readonly Envelope _envelope = new();
    private readonly RecordLine _line = new();
    private readonly Dictionary<string, DataType> _types = new(StringComparer.Ordinal);
    private byte[] _schema = [];

    /// <summary>Looks at the value of a record.</summary>
    /// <returns>false when it is no change of a row.</returns>
    public bool TryValue(ReadOnlySpan<byte> value) => TryValue(value, 0, value.Length);

    public override Schema Finish(string? eventTime) =>
        new(base.Finish(eventTime).Fields.Select(f => _types.TryGetValue(f.Name, out var type) ? f with { Type = type } : f).Where(f => f.Name != DebeziumDecoder.EventTimeColumn));

    private protected override bool TryRecord(ReadOnlySpan<byte> line)
    {
        var (start, end) = (0, line.Length);
        while (start < end && line[start] <= ' ') start++;
        while (start < end && line[end - 1] <= ' ') end--;
        if (!_line.IsOne(line, start, end)) return TryValue(line, start, end);
        return _line.Read(line, start, end, out var record) is null && !record.HasNoValue && TryValue(record.Value, record.Start, record.End);
    }

    private bool TryValue(ReadOnlySpan<byte> data, int start, int end)
    {
        if (_envelope.Read(data, start, end) is not null || _envelope.IsNull) return false;
        var isFlat = !_envelope[Part.Op].IsThere && _envelope[Part.FlatOp].IsThere;
        var image = isFlat ? _envelope.Body : _envelope[Part.After].IsObject(data) ? _envelope[Part.After] : _envelope[Part.Before];
        if ((!isFlat && !_envelope[Part.Op].IsThere) || !image.IsObject(data)) return false;
        var schema = _envelope[Part.Schema];
        if (schema.IsObject(data) && (schema.End <= _envelope.Body.Start || schema.Start >= _envelope.Body.End)) NoteSchema(schema.Of(data));
        return TryNote(image.Of(data));
    }

    private void NoteSchema(ReadOnlySpan<byte> schema)
    {
        if (schema.SequenceEqual(_schema)) return;
        _schema = schema.ToArray();
        _envelope.RememberSchema(schema);
        foreach (var field in ConnectField.Row(schema))
        {
            Column(field.Name);
            _types[field.Name] = _types.TryGetValue(field.Name, out var other) && other != field.Type ? Common(other, field.Type) : field.Type;
        }
    }

    private static DataType Common(DataType a, DataType b) => a.IsInteger && b.IsInteger ? DataType.BigInt : DataType.String;
}
