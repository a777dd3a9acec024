namespace StreamForge.Sql.Functions;

/// <summary>Characters, which are code points, in UTF-8 text. Bytes that begin no character count as one each.</summary>
internal static class Utf8
{
    /// <summary>Bytes of the first character; the text is not empty.</summary>
    public static int CharacterLength(ReadOnlySpan<byte> text)
    {
        var length = text[0] switch
        {
            < 0xC0 => 1,
            < 0xE0 => 2,
            < 0xF0 => 3,
            _ => 4,
        };
        return Math.Min(length, text.Length);
    }

    public static int Count(ReadOnlySpan<byte> text)
    {
        if (System.Text.Ascii.IsValid(text)) return text.Length;
        var count = 0;
        for (var i = 0; i < text.Length; i += CharacterLength(text[i..])) count++;
        return count;
    }

    /// <summary>Where character <paramref name="characters"/> (from 0) begins; the text's length when it has fewer.</summary>
    public static int Offset(ReadOnlySpan<byte> text, long characters)
    {
        var offset = 0;
        for (; characters > 0 && offset < text.Length; characters--) offset += CharacterLength(text[offset..]);
        return offset;
    }

    /// <summary>Where the last character begins; the text is not empty.</summary>
    public static int LastCharacter(ReadOnlySpan<byte> text)
    {
        var start = text.Length - 1;
        while (start > 0 && (text[start] & 0xC0) == 0x80 && text.Length - start < 4) start--;
        return start;
    }
}
