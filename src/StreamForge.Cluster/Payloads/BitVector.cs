namespace StreamForge.Cluster.Payloads;

/// <summary>A vector of flags, each a byte that is 0 or not, in one bit: bit i of the vector is bit i mod 8 of byte i / 8.</summary>
internal static class BitVector
{
    public static void Write(PayloadWriter writer, ReadOnlySpan<byte> flags, ReadOnlySpan<int> rows)
    {
        var target = writer.Add((rows.Length + 7) / 8);
        target.Clear();
        for (var i = 0; i < rows.Length; i++)
        {
            if (flags[rows[i]] != 0) target[i >> 3] |= (byte)(1 << (i & 7));
        }
    }

    public static void Read(ref PayloadReader reader, Span<byte> flags)
    {
        var source = reader.Take((flags.Length + 7) / 8);
        for (var i = 0; i < flags.Length; i++) flags[i] = (byte)(source[i >> 3] >> (i & 7) & 1);
    }
}
