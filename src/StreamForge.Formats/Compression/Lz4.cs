namespace StreamForge.Formats.Compression;

/// <summary>Decompresses LZ4 blocks without a frame (lz4, doc/lz4_Block_format.md).</summary>
public static class Lz4
{
    private const int MinMatch = 4;

    /// <summary>Fills <paramref name="target"/> exactly.</summary>
    /// <returns>false when the block is damaged.</returns>
    public static bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> target)
    {
        int at = 0, to = 0;
        while (at < source.Length)
        {
            var token = source[at++];
            if (!TryLength(source, ref at, token >> 4, out var literals)) return false;
            if (literals > source.Length - at || literals > target.Length - to) return false;
            source.Slice(at, literals).CopyTo(target[to..]);
            at += literals;
            to += literals;
            if (at == source.Length) break;
            if (source.Length - at < 2) return false;
            var offset = source[at] | (source[at + 1] << 8);
            at += 2;
            if (!TryLength(source, ref at, token & 15, out var match)) return false;
            match += MinMatch;
            if (!BlockCopy.TryRepeat(target, to, offset, match)) return false;
            to += match;
        }
        return to == target.Length;
    }

    private static bool TryLength(ReadOnlySpan<byte> source, ref int at, int first, out int length)
    {
        length = first;
        if (first < 15) return true;
        while (at < source.Length)
        {
            var next = source[at++];
            length += next;
            if (length > 1 << 30) return false;
            if (next != 255) return true;
        }
        return false;
    }
}
