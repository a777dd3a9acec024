namespace StreamForge.Formats.Debezium;

/// <summary>
/// What stands for a large value (TOAST) that PostgreSQL did not send since it is unchanged: <c>__debezium_unavailable_value</c>, in the form of the column's type: as it is, in base64 or hexadecimal for bytes,
/// as the only item of a list of texts, as the UUID (version 3) of its bytes in a list of those, as a list of its character codes for numbers, and as key and value of a map (Debezium's documentation of the PostgreSQL
/// connector, <c>unavailable.value.placeholder</c>).
/// </summary>
internal static class Placeholders
{
    private const int LongestNested = 256;

    /// <summary>Whether a string, without its quotes, is one.</summary>
    public static bool IsText(ReadOnlySpan<byte> text) =>
        text.Length is 28 or 40 or 56 && (text.SequenceEqual("__debezium_unavailable_value"u8) || text.SequenceEqual("X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="u8)
            || text.SequenceEqual("5f5f646562657a69756d5f756e617661696c61626c655f76616c7565"u8));

    /// <summary>Whether an array or an object is one, however it is spaced.</summary>
    public static bool IsNested(ReadOnlySpan<byte> json)
    {
        if (json.Length is < 30 or > LongestNested) return false;
        Span<byte> dense = stackalloc byte[LongestNested];
        var length = 0;
        foreach (var c in json)
        {
            if (c > ' ') dense[length++] = c;
        }
        dense = dense[..length];
        return dense.SequenceEqual("[\"__debezium_unavailable_value\"]"u8)
            || dense.SequenceEqual("[95,95,100,101,98,101,122,105,117,109,95,117,110,97,118,97,105,108,97,98,108,101,95,118,97,108,117,101]"u8)
            || dense.SequenceEqual("[\"b68a35a7-17ad-35b3-af2a-ae46edb4545a\"]"u8)
            || dense.SequenceEqual("[\"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==\"]"u8)
            || dense.SequenceEqual("{\"__debezium_unavailable_value\":\"__debezium_unavailable_value\"}"u8);
    }
}
