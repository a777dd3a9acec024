namespace StreamForge.Connectors.Files;

/// <summary>
/// A canonical Huffman code of Deflate (RFC 1951, section 3.2.2). Codes of up to ten bits are found by one look into a table that is indexed with the
/// next ten bits; longer ones are rare and are followed bit by bit.
/// </summary>
internal sealed class HuffmanTable
{
    private const int FastBits = 10;
    private const int MaxBits = 15;

    private readonly ushort[] _fast = new ushort[1 << FastBits];
    private readonly int[] _counts = new int[MaxBits + 1];
    private readonly ushort[] _symbols = new ushort[288];

    /// <summary>Builds the code in which symbol i has <paramref name="lengths"/>[i] bits, 0 for none.</summary>
    /// <returns>false when the lengths make no code: too many short ones, or bits left over, which only a code of at most one symbol may have.</returns>
    public bool Build(ReadOnlySpan<byte> lengths)
    {
        Array.Clear(_counts);
        Array.Clear(_fast);
        foreach (var length in lengths) _counts[length]++;
        var used = lengths.Length - _counts[0];
        _counts[0] = 0;
        var left = 1;
        Span<int> offsets = stackalloc int[MaxBits + 2];
        Span<int> codes = stackalloc int[MaxBits + 2];
        for (var length = 1; length <= MaxBits; length++)
        {
            left = (left << 1) - _counts[length];
            if (left < 0) return false;
            offsets[length + 1] = offsets[length] + _counts[length];
            codes[length + 1] = (codes[length] + _counts[length]) << 1;
        }
        if (left > 0 && used > 1) return false;
        for (var symbol = 0; symbol < lengths.Length; symbol++)
        {
            int length = lengths[symbol];
            if (length == 0) continue;
            _symbols[offsets[length]++] = (ushort)symbol;
            var code = codes[length]++;
            if (length > FastBits) continue;
            for (var i = Reverse(code, length); i < _fast.Length; i += 1 << length) _fast[i] = (ushort)(symbol << 4 | length);
        }
        return true;
    }

    /// <summary>The symbol whose code stands in the lowest of <paramref name="bits"/>, and the code's length; 0 when there is none.</summary>
    public int Decode(ulong bits, out int length)
    {
        int entry = _fast[(int)bits & ((1 << FastBits) - 1)];
        length = entry & 15;
        return length != 0 ? entry >> 4 : DecodeLong(bits, out length);
    }

    private int DecodeLong(ulong bits, out int length)
    {
        int code = 0, first = 0, index = 0;
        for (length = 1; length <= MaxBits; length++)
        {
            code |= (int)(bits & 1);
            bits >>= 1;
            var count = _counts[length];
            if (code - count < first) return _symbols[index + (code - first)];
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        length = 0;
        return -1;
    }

    private static int Reverse(int code, int length)
    {
        var reversed = 0;
        for (; length > 0; length--, code >>= 1) reversed = reversed << 1 | code & 1;
        return reversed;
    }
}
