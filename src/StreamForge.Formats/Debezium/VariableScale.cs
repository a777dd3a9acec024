using System.Buffers.Text;
using StreamForge.Formats.Json;
using StreamForge.Formats.Values;

namespace StreamForge.Formats.Debezium;

/// <summary><c>{"scale": 2, "value": "AJY="}</c>: a decimal of a column that fixes no scale (<c>io.debezium.data.VariableScaleDecimal</c>).</summary>
internal static class VariableScale
{
    public static string? Append(ColumnWriter writer, ReadOnlySpan<byte> json)
    {
        var scale = int.MinValue;
        ReadOnlySpan<byte> text = default;
        var i = JsonScanner.SkipBlanks(json, 1, json.Length);
        while (json[0] == '{' && i < json.Length && json[i] == '"')
        {
            var name = Token(json, ref i);
            i = JsonScanner.SkipBlanks(json, i, json.Length);
            i = JsonScanner.SkipBlanks(json, i + 1, json.Length);
            var value = Token(json, ref i);
            if (name.SequenceEqual("\"value\""u8)) text = value;
            else if (name.SequenceEqual("\"scale\""u8) && Utf8Parser.TryParse(value, out int number, out var read) && read == value.Length) scale = number;
            i = JsonScanner.SkipBlanks(json, i, json.Length);
            if (i < json.Length && json[i] == ',') i = JsonScanner.SkipBlanks(json, i + 1, json.Length);
        }
        var isDecimal = scale is > -1000 and < 1000 && text is [(byte)'"', .., (byte)'"'];
        return isDecimal ? Unscaled.Append(writer, text[1..^1], scale) : writer.Misfit(json);
    }

    /// <summary>The value at <paramref name="position"/>, whose form has been checked; moves on to what follows it.</summary>
    private static ReadOnlySpan<byte> Token(ReadOnlySpan<byte> json, scoped ref int position)
    {
        var start = position;
        return JsonScanner.SkipValue(json, ref position, json.Length, depth: 0) is null ? json[start..position] : [];
    }
}
