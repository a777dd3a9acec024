using System.Buffers.Text;
using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Formats.Json;

namespace StreamForge.Formats.Debezium;

/// <summary>
/// The primary key of each event as canonical bytes (<see cref="KeyCodec"/>), the same for a row's image and for the record's key.
/// <para>
/// With declared columns they come from the image by these columns' types, and from the record's key, read by the same types, where there is no image. Without, they are the fields of the record's key in its order: integers as
/// bigint, everything else as its text. A key with a null in it is none. For one thread.
/// </para>
/// </summary>
internal sealed class PrimaryKey
{
    private readonly RowBuilder _rows;
    private readonly ImmutableArray<int> _declared;
    private readonly FieldNames _names;
    private readonly Envelope _envelope = new();
    private readonly JsonValue _values = new();
    private readonly ImageReader? _reader;
    private readonly SchemaCache? _schemas;
    private readonly bool[] _isKey;
    private readonly Int64Column _number = new(DataType.BigInt, 1);
    private readonly BytesColumn _text = new(DataType.String, 1);
    private byte[] _key = new byte[64];
    private int _length;

    /// <param name="rows">The image's columns; they hold the declared ones.</param>
    /// <param name="declared">Their names; empty for the record's key.</param>
    /// <param name="make">Makes a builder for such columns.</param>
    public PrimaryKey(RowBuilder rows, ImmutableArray<string> declared, Func<Schema, RowBuilder> make)
    {
        _rows = rows;
        _declared = [.. declared.Select(rows.Schema.IndexOf)];
        _names = new FieldNames(rows.Schema.Fields.Select(field => field.Name));
        _isKey = new bool[rows.Schema.Count];
        foreach (var column in _declared) _isKey[column] = true;
        if (declared.IsEmpty) return;
        var columns = new Schema(_declared.Select(i => rows.Schema[i]));
        _reader = new ImageReader(make(columns));
        _schemas = new SchemaCache(make(columns));
    }

    /// <summary>Which columns of an image are the key's, by the last record; for a record without a key and nothing declared none is.</summary>
    public ReadOnlySpan<bool> IsKey => _isKey;

    /// <summary>The key that was read last; empty for none.</summary>
    public ReadOnlySpan<byte> Bytes => _key.AsSpan(0, _length);

    /// <summary>Reads the key of an event: of the first of its images that was decoded, else of its record.</summary>
    /// <param name="row">A row of the images; -1 for none.</param>
    /// <param name="data">What the record's key lies in, from <paramref name="start"/> to <paramref name="end"/>; nothing where it has none.</param>
    public void Read(int row, ReadOnlySpan<byte> data, int start, int end)
    {
        _length = 0;
        if (!_declared.IsEmpty)
        {
            if (row >= 0) FromColumns(_rows, _declared.AsSpan(), row);
            else if (start < end) FromRecord(data, start, end);
            return;
        }
        Array.Clear(_isKey);
        if (start >= end || ReadFields(data, start, end)) return;
        _length = 0;
    }

    private void FromRecord(ReadOnlySpan<byte> data, int start, int end)
    {
        var isObject = _envelope.Read(data, start, end) is null && !_envelope.IsNull;
        _reader!.Begin(1);
        if (isObject)
        {
            var schema = _envelope[Part.Schema] is { IsThere: true } block && block.IsObject(data) ? _schemas!.Of(block.Of(data)) : null;
            if (schema is not null) _envelope.RememberSchema(_envelope[Part.Schema].Of(data));
            if (_reader.Read(data, _envelope.Body, schema, out _) is not null) return;
        }
        else
        {
            // A transform may have taken the key's only field out of its object.
            var i = JsonScanner.SkipBlanks(data, start, end);
            if (_declared.Length > 1 || _values.Read(data, ref i, end, _reader.Rows.Writers[0], default) is not null) return;
            _reader.Rows.EndRow(1);
        }
        Span<int> columns = stackalloc int[_declared.Length];
        for (var i = 0; i < columns.Length; i++) columns[i] = i;
        FromColumns(_reader.Rows, columns, 0);
    }

    private void FromColumns(RowBuilder rows, ReadOnlySpan<int> columns, int row)
    {
        foreach (var i in columns)
        {
            var column = rows.Writers[i].Column;
            if (column.IsNull(row))
            {
                _length = 0;
                return;
            }
            Write(column, row);
        }
    }

    private void Write(Column column, int row)
    {
        var room = _length + KeyCodec.MaxLength(column, row);
        if (_key.Length < room) Array.Resize(ref _key, room * 2);
        _length += KeyCodec.Write(column, row, _key.AsSpan(_length));
    }

    /// <summary>Reads the fields of the record's key, or the one value that it is; false where there is no key in it.</summary>
    private bool ReadFields(ReadOnlySpan<byte> data, int start, int end)
    {
        if (_envelope.Read(data, start, end) is not null)
        {
            var plain = JsonScanner.SkipBlanks(data, start, end);
            return plain < end && data[plain] != '{' && Component(data, ref plain, end) && JsonScanner.SkipBlanks(data, plain, end) == end;
        }
        if (_envelope.IsNull) return false;
        if (_envelope[Part.Schema] is { IsThere: true } schema && schema.IsObject(data)) _envelope.RememberSchema(schema.Of(data));
        var body = _envelope.Body;
        var i = JsonScanner.SkipBlanks(data, body.Start + 1, body.End);
        for (var field = 0; data[i] != '}'; field++)
        {
            if (!_names.TryGuess(data, ref i, body.End, field, out var column) && _names.Read(data, ref i, body.End, field, out column) is not null) return false;
            if (column >= 0) _isKey[column] = true;
            if (!Component(data, ref i, body.End)) return false;
            i = JsonScanner.SkipBlanks(data, i, body.End);
            if (data[i] == ',') i = JsonScanner.SkipBlanks(data, i + 1, body.End);
        }
        return _length > 0;
    }

    private bool Component(ReadOnlySpan<byte> data, ref int position, int end)
    {
        var start = position;
        if (data[start] == 'n' || JsonScanner.SkipValue(data, ref position, end, depth: 1) is not null) return false;
        var text = data[start..position];
        if (Utf8Parser.TryParse(text, out long number, out var read) && read == text.Length)
        {
            _number.Truncate(0);
            _number.Append(number);
            Write(_number, 0);
            return true;
        }
        if (text[0] == '"')
        {
            text = text[1..^1];
            if (text.Contains((byte)'\\') && !_values.TryUnescape(text, out text)) return false;
        }
        _text.Truncate(0);
        _text.Append(text);
        Write(_text, 0);
        return true;
    }
}
