using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using StreamForge.Formats.Values;

namespace StreamForge.Formats.Json;

/// <summary>
/// Finds the ends of JSON values (RFC 8259) and checks their form on the way. Methods that may fail return the sentence that says how; positions are into
/// <c>data</c>, of which bytes past <c>end</c> may be loaded but never count.
/// </summary>
internal static class JsonScanner
{
    /// <summary>Objects and arrays within one another, the record itself included.</summary>
    public const int MaxDepth = 512;

    public const string TooDeep = "nested deeper than 512";
    public const string NotClosed = "the JSON object is not closed";
    private const string Unterminated = "a JSON string is not terminated";

    /// <summary>The next byte at or after <paramref name="position"/> that is no white space.</summary>
    public static int SkipBlanks(ReadOnlySpan<byte> data, int position, int end)
    {
        while (position < end && data[position] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') position++;
        return position;
    }

    /// <summary>Moves <paramref name="position"/>, just after an opening quote, to the closing one.</summary>
    /// <param name="escapes">Whether there are backslashes.</param>
    /// <param name="ascii">Whether all bytes are below 128.</param>
    public static string? FindStringEnd(ReadOnlySpan<byte> data, ref int position, int end, out bool escapes, out bool ascii)
    {
        escapes = false;
        ascii = true;
        var i = position;
        ref var origin = ref MemoryMarshal.GetReference(data);
        while (true)
        {
            if (i + Vector256<byte>.Count <= data.Length)
            {
                var block = Vector256.LoadUnsafe(ref origin, (nuint)i);
                var control = Vector256.Create((byte)0x1f);
                var stops = Vector256.Equals(block, Vector256.Create((byte)'"')) | Vector256.Equals(block, Vector256.Create((byte)'\\'))
                    | Vector256.Equals(Vector256.Min(block, control), block);
                var stop = stops.ExtractMostSignificantBits();
                var high = block.ExtractMostSignificantBits();
                if (stop == 0)
                {
                    ascii &= high == 0;
                    i += Vector256<byte>.Count;
                    if (i >= end) return Unterminated;
                    continue;
                }
                var distance = System.Numerics.BitOperations.TrailingZeroCount(stop);
                ascii &= (high & ((1u << distance) - 1)) == 0;
                i += distance;
            }
            else
            {
                while (i < end && data[i] is >= 0x20 and not ((byte)'"' or (byte)'\\')) ascii &= data[i++] < 0x80;
            }
            if (i >= end) return Unterminated;
            switch (data[i])
            {
                case (byte)'"':
                    position = i;
                    return null;
                case (byte)'\\':
                    escapes = true;
                    var length = EscapeLength(data[i..end]);
                    if (length == 0) return "a JSON string holds an invalid escape";
                    i += length;
                    break;
                default:
                    return "a JSON string holds a control character";
            }
        }
    }

    /// <summary>Moves <paramref name="position"/> from a value's first byte to just after it.</summary>
    /// <param name="depth">How many objects and arrays the value is in.</param>
    public static string? SkipValue(ReadOnlySpan<byte> data, ref int position, int end, int depth)
    {
        if (position >= end) return "a JSON value is missing";
        switch (data[position])
        {
            case (byte)'"':
                position++;
                if (FindStringEnd(data, ref position, end, out _, out _) is { } wrong) return wrong;
                position++;
                return null;
            case (byte)'{' or (byte)'[':
                return SkipNested(data, ref position, end, depth);
            case (byte)'t':
                return SkipLiteral(data, ref position, end, "true"u8);
            case (byte)'f':
                return SkipLiteral(data, ref position, end, "false"u8);
            case (byte)'n':
                return SkipLiteral(data, ref position, end, "null"u8);
            default:
                return Number.TryScan(data, ref position, end, out _) ? null : NotAValue(data, position);
        }
    }

    public static string? SkipLiteral(ReadOnlySpan<byte> data, ref int position, int end, ReadOnlySpan<byte> literal)
    {
        if (!data[position..end].StartsWith(literal)) return NotAValue(data, position);
        position += literal.Length;
        return null;
    }

    /// <summary>A printable byte in quotes, or its number.</summary>
    public static string Show(byte value) => value is > 0x20 and < 0x7f ? $"'{(char)value}'" : $"byte 0x{value:x2}";

    private static string NotAValue(ReadOnlySpan<byte> data, int position) => $"not JSON: a value cannot begin with {Show(data[position])}";

    /// <summary>One bit a level: 1 for an object. The loop looks for a value, then for what may follow one.</summary>
    private static string? SkipNested(ReadOnlySpan<byte> data, ref int position, int end, int outer)
    {
        Span<ulong> objects = stackalloc ulong[MaxDepth / 64];
        var depth = 0;
        var i = position;
        while (true)
        {
            if (i >= end) return NotClosed;
            if (data[i] is (byte)'{' or (byte)'[')
            {
                if (outer + depth >= MaxDepth) return TooDeep;
                var isObject = data[i] == '{';
                var bit = 1UL << depth;
                if (isObject) objects[depth >> 6] |= bit;
                else objects[depth >> 6] &= ~bit;
                depth++;
                i = SkipBlanks(data, i + 1, end);
                if (i < end && data[i] == (isObject ? '}' : ']'))
                {
                    i++;
                    depth--;
                }
                else
                {
                    if (isObject && SkipName(data, ref i, end) is { } noName) return noName;
                    continue;
                }
            }
            else if (SkipValue(data, ref i, end, outer + depth) is { } wrong)
            {
                return wrong;
            }
            while (true)
            {
                if (depth == 0)
                {
                    position = i;
                    return null;
                }
                i = SkipBlanks(data, i, end);
                if (i >= end) return NotClosed;
                var inObject = (objects[(depth - 1) >> 6] >> (depth - 1) & 1) != 0;
                if (data[i] == ',')
                {
                    i = SkipBlanks(data, i + 1, end);
                    if (inObject && SkipName(data, ref i, end) is { } noName) return noName;
                    break;
                }
                if (data[i] != (inObject ? '}' : ']')) return $"not JSON: expected ',' or '{(inObject ? '}' : ']')}', found {Show(data[i])}";
                i++;
                depth--;
            }
        }
    }

    /// <summary>Moves from a name's opening quote past its colon to its value.</summary>
    private static string? SkipName(ReadOnlySpan<byte> data, ref int position, int end)
    {
        if (position >= end || data[position] != '"') return "not JSON: a field's name is missing";
        position++;
        if (FindStringEnd(data, ref position, end, out _, out _) is { } wrong) return wrong;
        position = SkipBlanks(data, position + 1, end);
        if (position >= end || data[position] != ':') return "not JSON: ':' is missing after a field's name";
        position = SkipBlanks(data, position + 1, end);
        return null;
    }

    /// <summary>2 or 6 for a well-formed escape, else 0.</summary>
    private static int EscapeLength(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2) return 0;
        if (text[1] != 'u') return text[1] is (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t' ? 2 : 0;
        if (text.Length < 6) return 0;
        foreach (var c in text.Slice(2, 4))
        {
            if (!char.IsAsciiHexDigit((char)c)) return 0;
        }
        return 6;
    }
}
