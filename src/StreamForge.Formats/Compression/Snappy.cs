using System.Buffers.Binary;

namespace StreamForge.Formats.Compression;

/// <summary>
/// Decompresses Snappy blocks (google/snappy, format_description.txt): the uncompressed length as a varint, then elements, each a tag whose two low bits say whether bytes follow
/// as they are or are copied from up to 4 GiB back in the output.
/// </summary>
public static class Snappy
{
    /// <summary>The length that a block says it has once decompressed.</summary>
    /// <returns>false when the block is damaged.</returns>
    public static bool TryReadLength(ReadOnlySpan<byte> source, out int length, out int headerBytes)
    {
        ulong value = 0;
        length = 0;
        for (headerBytes = 0; headerBytes < 5 && headerBytes < source.Length;)
        {
            var next = source[headerBytes];
            value |= (ulong)(next & 0x7F) << (7 * headerBytes++);
            if (next < 0x80)
            {
                length = (int)Math.Min(value, int.MaxValue);
                return value <= int.MaxValue;
            }
        }
        return false;
    }

    /// <summary>Fills <paramref name="target"/>, which is as long as the block says.</summary>
    /// <returns>false when the block is damaged.</returns>
    public static bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (!TryReadLength(source, out var length, out var at) || length != target.Length) return false;
        var to = 0;
        while (at < source.Length)
        {
            var tag = source[at++];
            int count, offset;
            if ((tag & 3) == 0)
            {
                count = tag >> 2;
                if (count >= 60)
                {
                    var bytes = count - 59;
                    if (source.Length - at < bytes || !TryLittleEndian(source.Slice(at, bytes), out count)) return false;
                    at += bytes;
                }
                if (++count > source.Length - at || count > target.Length - to) return false;
                source.Slice(at, count).CopyTo(target[to..]);
                at += count;
                to += count;
                continue;
            }
            switch (tag & 3)
            {
                case 1:
                    if (at >= source.Length) return false;
                    count = ((tag >> 2) & 7) + 4;
                    offset = ((tag >> 5) << 8) | source[at++];
                    break;
                case 2:
                    if (source.Length - at < 2) return false;
                    count = (tag >> 2) + 1;
                    offset = BinaryPrimitives.ReadUInt16LittleEndian(source[at..]);
                    at += 2;
                    break;
                default:
                    if (source.Length - at < 4) return false;
                    count = (tag >> 2) + 1;
                    offset = BinaryPrimitives.ReadInt32LittleEndian(source[at..]);
                    at += 4;
                    break;
            }
            if (!BlockCopy.TryRepeat(target, to, offset, count)) return false;
            to += count;
        }
        return to == target.Length;
    }

    private static bool TryLittleEndian(ReadOnlySpan<byte> bytes, out int value)
    {
        uint number = 0;
        for (var i = 0; i < bytes.Length; i++) number |= (uint)bytes[i] << (8 * i);
        value = (int)number;
        return number < int.MaxValue;
    }
}

/// <summary>The copy that LZ77 formats are made of.</summary>
internal static class BlockCopy
{
    /// <summary>Writes <paramref name="count"/> bytes at <paramref name="to"/> that stand <paramref name="offset"/> bytes before; the two may overlap, and then repeat.</summary>
    /// <returns>false when the copy leaves the output.</returns>
    public static bool TryRepeat(Span<byte> target, int to, int offset, int count)
    {
        if (offset <= 0 || offset > to || count > target.Length - to) return false;
        while (count > 0)
        {
            var piece = Math.Min(count, offset);
            target.Slice(to - offset, piece).CopyTo(target[to..]);
            to += piece;
            count -= piece;
        }
        return true;
    }
}
