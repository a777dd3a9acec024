using System.Text;

namespace StreamForge.Formats.Json;

/// <summary>Takes the escapes out of JSON strings.</summary>
internal static class JsonText
{
    /// <summary>Writes a string without its escapes; <paramref name="target"/> is at least as long as <paramref name="text"/>.</summary>
    /// <param name="text">Between the quotes; every escape is well-formed.</param>
    /// <returns>false when half of a surrogate pair stands alone.</returns>
    public static bool TryUnescape(ReadOnlySpan<byte> text, Span<byte> target, out int written)
    {
        written = 0;
        while (true)
        {
            var backslash = text.IndexOf((byte)'\\');
            var plain = backslash < 0 ? text : text[..backslash];
            plain.CopyTo(target[written..]);
            written += plain.Length;
            if (backslash < 0) return true;
            text = text[backslash..];
            if (text[1] == 'u')
            {
                if (!TryRune(ref text, out var rune)) return false;
                written += rune.EncodeToUtf8(target[written..]);
                continue;
            }
            target[written++] = text[1] switch
            {
                (byte)'b' => (byte)'\b',
                (byte)'f' => (byte)'\f',
                (byte)'n' => (byte)'\n',
                (byte)'r' => (byte)'\r',
                (byte)'t' => (byte)'\t',
                var same => same,
            };
            text = text[2..];
        }
    }

    private static bool TryRune(ref ReadOnlySpan<byte> text, out Rune rune)
    {
        var first = Hex(text);
        text = text[6..];
        if (Rune.TryCreate(first, out rune)) return true;
        if (!char.IsHighSurrogate(first) || text.Length < 6 || text[0] != '\\' || text[1] != 'u') return false;
        if (!Rune.TryCreate(first, Hex(text), out rune)) return false;
        text = text[6..];
        return true;
    }

    /// <summary>The code unit of <c>\uXXXX</c>.</summary>
    private static char Hex(ReadOnlySpan<byte> escape)
    {
        var unit = 0;
        foreach (var c in escape.Slice(2, 4)) unit = unit * 16 + (char.IsAsciiDigit((char)c) ? c - '0' : (c | 0x20) - 'a' + 10);
        return (char)unit;
    }
}
