using System.Text.Unicode;
using StreamForge.Formats.Json;
using StreamForge.Formats.Values;

namespace StreamForge.Formats.Debezium;

/// <summary>Appends one JSON value to a column. For one thread.</summary>
internal sealed class JsonValue
{
    private byte[] _scratch = new byte[256];

    /// <summary>Whether the value was the placeholder of one that was not sent; then the column got null.</summary>
    public bool IsUnavailable { get; private set; }

    /// <summary>Appends the value at <paramref name="position"/>, which ends after it.</summary>
    /// <returns>null, or why it does not fit; then nothing was appended.</returns>
    public string? Read(ReadOnlySpan<byte> data, ref int position, int end, ColumnWriter writer, Logical logical)
    {
        IsUnavailable = false;
        if (position >= end) return "a JSON value is missing";
        var start = position;
        switch (data[start])
        {
            case (byte)'"':
                position++;
                if (JsonScanner.FindStringEnd(data, ref position, end, out var escapes, out var ascii) is { } unterminated) return unterminated;
                var text = data[(start + 1)..position];
                position++;
                if (Placeholders.IsText(text)) return Unavailable(writer);
                if (!ascii && !Utf8.IsValid(text)) return $"column '{writer.Field.Name}' is not valid UTF-8";
                if (escapes && !TryUnescape(text, out text)) return $"column '{writer.Field.Name}' holds half of a surrogate pair";
                return logical.Kind == LogicalKind.None ? writer.Text(text) : LogicalValues.Text(logical, writer, text);
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
                if (Placeholders.IsNested(nested)) return Unavailable(writer);
                if (!Utf8.IsValid(nested)) return $"column '{writer.Field.Name}' is not valid UTF-8";
                return logical.Kind == LogicalKind.VariableDecimal ? VariableScale.Append(writer, nested) : writer.Nested(nested);
            default:
                if (!Number.TryScan(data, ref position, end, out var number)) return JsonScanner.SkipValue(data, ref position, end, depth: 1);
                return logical.Kind == LogicalKind.None ? writer.Number(number, data[start..position]) : LogicalValues.Number(logical, writer, number, data[start..position]);
        }
    }

    /// <summary>The text between a string's quotes without its escapes; valid until the next call.</summary>
    /// <returns>false when half of a surrogate pair stands alone.</returns>
    public bool TryUnescape(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> plain)
    {
        if (_scratch.Length < text.Length) _scratch = new byte[Math.Max(text.Length, _scratch.Length * 2)];
        var whole = JsonText.TryUnescape(text, _scratch, out var written);
        plain = _scratch.AsSpan(0, written);
        return whole;
    }

    private string? Unavailable(ColumnWriter writer)
    {
        IsUnavailable = true;
        writer.Null();
        return null;
    }
}
