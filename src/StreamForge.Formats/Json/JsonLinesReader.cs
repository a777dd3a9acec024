using System.Text.Unicode;
using StreamForge.Formats.Values;

namespace StreamForge.Formats.Json;

/// <summary>
/// Reads JSON Lines: one object a line, in one pass over its bytes. Fields that no column wants are skipped, but their form is checked too, so
/// that a line counts either as JSON or not. A field that is missing or null is null; one that a column wants must not occur twice.
/// Nested values go into string columns as their text. For one thread.
/// </summary>
public sealed class JsonLinesReader(RowBuilder rows) : IRecordReader
{
    private readonly FieldNames _names = new(rows.Schema.Fields.Select(field => field.Name));
    private byte[] _scratch = new byte[256];

    public RecordOutcome Read(ReadOnlySpan<byte> buffer, int start, int end, bool final, out int next, out string? reason)
    {
        reason = null;
        var found = JsonLine.Find(buffer, start, end, final, out var first, out var lineEnd, out next);
        if (found != RecordOutcome.Row) return found;
        reason = ReadRecord(buffer, first, lineEnd);
        return reason is null ? RecordOutcome.Row : RecordOutcome.Misfit;
    }

    /// <summary>Decodes the object that fills <paramref name="start"/> to <paramref name="end"/> into one row.</summary>
    /// <returns>null, or why it does not fit; then no column has changed.</returns>
    public string? ReadRecord(ReadOnlySpan<byte> buffer, int start, int end)
    {
        var wrong = ReadObject(buffer, start, end, out var values);
        if (wrong is null) rows.EndRow(values);
        else rows.DropRow();
        return wrong;
    }

    private string? ReadObject(ReadOnlySpan<byte> data, int start, int end, out int values)
    {
        values = 0;
        var i = start;
        if (i >= end || data[i] != '{') return i >= end ? JsonScanner.NotClosed : $"not a JSON object: it begins with {JsonScanner.Show(data[i])}";
        i = Blanks(data, i + 1, end);
        if (i < end && data[i] == '}') return AtEnd(data, i + 1, end);
        var writers = rows.Writers;
        for (var field = 0; ; field++)
        {
            if (!_names.TryGuess(data, ref i, end, field, out var column))
            {
                if (_names.Read(data, ref i, end, field, out column) is { } noName) return noName;
            }
            string? wrong;
            if (column < 0)
            {
                wrong = SkipValue(data, ref i, end);
            }
            else
            {
                wrong = ReadValue(data, ref i, end, writers[column]);
                values++;
            }
            if (wrong is not null) return wrong;
            i = Blanks(data, i, end);
            if (i >= end) return JsonScanner.NotClosed;
            if (data[i] == '}') return AtEnd(data, i + 1, end);
            if (data[i] != ',') return $"not JSON: expected ',' or '}}', found {JsonScanner.Show(data[i])}";
            i = Blanks(data, i + 1, end);
        }
    }

    private static int Blanks(ReadOnlySpan<byte> data, int position, int end) =>
        position < end && data[position] > ' ' ? position : JsonScanner.SkipBlanks(data, position, end);

    private static string? AtEnd(ReadOnlySpan<byte> data, int position, int end)
    {
        position = JsonScanner.SkipBlanks(data, position, end);
        return position == end ? null : $"not JSON: {JsonScanner.Show(data[position])} after the object";
    }

    private static string? SkipValue(ReadOnlySpan<byte> data, ref int position, int end)
    {
        if (position < end && data[position] == '"')
        {
            position++;
            if (JsonScanner.FindStringEnd(data, ref position, end, out _, out _) is { } wrong) return wrong;
            position++;
            return null;
        }
        return JsonScanner.SkipValue(data, ref position, end, depth: 1);
    }

    private string? ReadValue(ReadOnlySpan<byte> data, ref int position, int end, ColumnWriter writer)
    {
        if (position >= end) return "a JSON value is missing";
        if (writer.Column.Count > rows.Count) return $"duplicate field '{writer.Field.Name}'";
        var start = position;
        switch (data[start])
        {
            case (byte)'"':
                position++;
                if (JsonScanner.FindStringEnd(data, ref position, end, out var escapes, out var ascii) is { } unterminated) return unterminated;
                var text = data[(start + 1)..position];
                position++;
                if (!ascii && !Utf8.IsValid(text)) return $"column '{writer.Field.Name}' is not valid UTF-8";
                if (escapes && !TryUnescape(text, out text)) return $"column '{writer.Field.Name}' holds half of a surrogate pair";
                return writer.Text(text);
            case (byte)'t':
                return JsonScanner.SkipLiteral(data, ref position, end, "true"u8) ?? writer.Boolean(value: true);
            case (byte)'f':
                return JsonScanner.SkipLiteral(data, ref position, end, "false"u8) ?? writer.Boolean(value: false);
            case (byte)'n':
                if (JsonScanner.SkipLiteral(data, ref position, end, "null"u8) is { } noNull) return noNull;
                writer.Null();
                return null;
            case (byte)'{' or (byte)'[':
                if (JsonScanner.SkipValue(data, ref position, end, depth: 1) is { } wrong) return wrong;
                var nested = data[start..position];
                return Utf8.IsValid(nested) ? writer.Nested(nested) : $"column '{writer.Field.Name}' is not valid UTF-8";
            default:
                if (!Number.TryScan(data, ref position, end, out var number)) return JsonScanner.SkipValue(data, ref position, end, depth: 1);
                return writer.Number(number, data[start..position]);
        }
    }

    private bool TryUnescape(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> plain)
    {
        if (_scratch.Length < text.Length) _scratch = new byte[Math.Max(text.Length, _scratch.Length * 2)];
        var whole = JsonText.TryUnescape(text, _scratch, out var written);
        plain = _scratch.AsSpan(0, written);
        return whole;
    }
}
