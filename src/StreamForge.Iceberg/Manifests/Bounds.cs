using System.Text;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Iceberg.Manifests;

/// <summary>
/// A column's bounds as manifests keep them: text cut to 16 code points and binary to 16 bytes. A cut upper bound would lie below the values that it was cut from, so its last code point (or byte) that can
/// be is raised by one and what follows dropped; where none can be raised there is no upper bound.
/// </summary>
public static class Bounds
{
    /// <summary>Code points, or bytes of binary, that are kept.</summary>
    public const int Length = 16;

    public static byte[] Lower(PrimitiveType type, Literal value) => type.Kind switch
    {
        PrimitiveKind.String => new TruncateTransform(Length).Apply(type, value)!.Value.Bytes.ToArray(),
        PrimitiveKind.Binary or PrimitiveKind.Fixed => value.Bytes[..Math.Min(Length, value.Bytes.Length)].ToArray(),
        _ => SingleValue.ToBytes(type, value),
    };

    /// <returns>null when no cut text is great enough.</returns>
    public static byte[]? Upper(PrimitiveType type, Literal value)
    {
        if (type.Kind is not (PrimitiveKind.String or PrimitiveKind.Binary or PrimitiveKind.Fixed)) return SingleValue.ToBytes(type, value);
        var cut = Lower(type, value);
        if (cut.Length == value.Bytes.Length) return cut;
        return type.Kind == PrimitiveKind.String ? RaiseText(Encoding.UTF8.GetString(cut)) : RaiseBytes(cut);
    }

    private static byte[]? RaiseText(string text)
    {
        var runes = text.EnumerateRunes().ToArray();
        for (var i = runes.Length - 1; i >= 0; i--)
        {
            var next = runes[i].Value + 1;
            // Surrogates are no characters; the next one lies beyond them.
            if (next is >= 0xD800 and <= 0xDFFF) next = 0xE000;
            if (!Rune.IsValid(next)) continue;
            runes[i] = new Rune(next);
            return Encoding.UTF8.GetBytes(string.Concat(runes.Take(i + 1)));
        }
        return null;
    }

    private static byte[]? RaiseBytes(byte[] bytes)
    {
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            if (bytes[i] == byte.MaxValue) continue;
            bytes[i]++;
            return bytes[..(i + 1)];
        }
        return null;
    }
}
