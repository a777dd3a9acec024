using System.Buffers;
using System.Runtime.InteropServices;
using StreamForge.Formats.Parquet.Thrift;

namespace StreamForge.Formats.Parquet.Encodings;

/// <summary>
/// The delta encodings (parquet-format, Encodings.md). DELTA_BINARY_PACKED is a header (block size, miniblocks in a block, values, the first value), then blocks, each of the least
/// difference, a bit width for each miniblock, and the differences less the least one, packed. Byte arrays have their lengths, or the lengths of prefixes shared with the value before, encoded so.
/// </summary>
internal static class DeltaDecoder
{
    /// <summary>Writers use 128 to 2,048; more would let few bytes claim many values.</summary>
    private const int MaxBlock = 1 << 14;

    /// <summary>What a page of shared prefixes may grow to.</summary>
    private const long MaxBytes = 256L << 20;

    /// <summary>Reads all values into a rented array.</summary>
    /// <returns>The array, how many values there are and how many bytes they took.</returns>
    public static (long[] Values, int Count, int Read) Decode(ReadOnlySpan<byte> bytes, int atMost)
    {
        var at = 0;
        var block = Varint(bytes, ref at);
        var miniblocks = Varint(bytes, ref at);
        var total = Varint(bytes, ref at);
        var value = ZigZag(bytes, ref at);
        if (block == 0 || block > MaxBlock || miniblocks == 0 || miniblocks > block || block % miniblocks != 0 || block / miniblocks % 8 != 0)
            throw new DamagedParquetException($"blocks of {block} values in {miniblocks} parts");
        if (total > (ulong)atMost) throw new DamagedParquetException($"{total} values where at most {atMost} are announced");
        var count = (int)total;
        var perMiniblock = (int)(block / miniblocks);
        var values = ArrayPool<long>.Shared.Rent((int)Math.Min(Math.Max(count, 16), bytes.Length * 32L + 64));
        try
        {
            var done = 0;
            if (count > 0) values[done++] = value;
            while (done < count)
            {
                var least = ZigZag(bytes, ref at);
                if ((ulong)(bytes.Length - at) < miniblocks) throw Short();
                var widths = bytes.Slice(at, (int)miniblocks);
                at += (int)miniblocks;
                for (var m = 0; m < widths.Length && done < count; m++)
                {
                    var width = widths[m];
                    if (width > 64) throw new DamagedParquetException($"differences of {width} bits");
                    var take = Math.Min(perMiniblock, count - done);
                    var needed = (int)(((long)take * width + 7) / 8);
                    if (bytes.Length - at < needed) throw Short();
                    if (values.Length - done < take) values = Grow(values, done, take, count);
                    Unpack(bytes.Slice(at, Math.Min(bytes.Length - at, perMiniblock / 8 * width)), width, least, ref value, values.AsSpan(done, take));
                    at += Math.Min(bytes.Length - at, perMiniblock / 8 * width);
                    done += take;
                }
            }
            return (values, count, at);
        }
        catch
        {
            ArrayPool<long>.Shared.Return(values);
            throw;
        }
    }

    /// <summary>DELTA_LENGTH_BYTE_ARRAY: lengths, then all bytes.</summary>
    /// <returns>Where the bytes begin, and a rented array of where in them each value begins, and where the last one ends.</returns>
    public static (int Start, int[] Offsets, int Count) DecodeLengths(ReadOnlySpan<byte> bytes, int atMost)
    {
        var (lengths, count, read) = Decode(bytes, atMost);
        var offsets = ArrayPool<int>.Shared.Rent(count + 1);
        try
        {
            offsets[0] = 0;
            long end = 0;
            for (var i = 0; i < count; i++)
            {
                if (lengths[i] < 0 || (end += lengths[i]) > bytes.Length - read) throw Short();
                offsets[i + 1] = (int)end;
            }
            return (read, offsets, count);
        }
        catch
        {
            ArrayPool<int>.Shared.Return(offsets);
            throw;
        }
        finally
        {
            ArrayPool<long>.Shared.Return(lengths);
        }
    }

    /// <summary>DELTA_BYTE_ARRAY: lengths of the prefixes that each value shares with the one before, then the suffixes as DELTA_LENGTH_BYTE_ARRAY.</summary>
    /// <returns>Rented arrays: all values' bytes, and where each begins and the last one ends.</returns>
    public static (byte[] Data, int[] Offsets, int Count) DecodeStrings(ReadOnlySpan<byte> bytes, int atMost)
    {
        var (prefixes, count, read) = Decode(bytes, atMost);
        int[]? suffixes = null;
        try
        {
            (var start, suffixes, var suffixCount) = DecodeLengths(bytes[read..], atMost);
            if (suffixCount != count) throw new DamagedParquetException($"{count} prefixes and {suffixCount} suffixes");
            var source = bytes[(read + start)..];
            long total = suffixes[count];
            long length = 0;
            for (var i = 0; i < count; i++)
            {
                if (prefixes[i] < 0 || prefixes[i] > length) throw new DamagedParquetException("a value shares more with the one before than that has");
                total += prefixes[i];
                length = prefixes[i] + suffixes[i + 1] - suffixes[i];
            }
            if (total > MaxBytes) throw new DamagedParquetException($"values that share prefixes grow to {total} bytes, more than {MaxBytes}");
            var data = ArrayPool<byte>.Shared.Rent(Math.Max(16, (int)total));
            var offsets = ArrayPool<int>.Shared.Rent(count + 1);
            offsets[0] = 0;
            int to = 0, before = 0;
            for (var i = 0; i < count; i++)
            {
                var prefix = (int)prefixes[i];
                data.AsSpan(before, prefix).CopyTo(data.AsSpan(to));
                var suffix = source[suffixes[i]..suffixes[i + 1]];
                suffix.CopyTo(data.AsSpan(to + prefix));
                before = to;
                to += prefix + suffix.Length;
                offsets[i + 1] = to;
            }
            return (data, offsets, count);
        }
        finally
        {
            ArrayPool<long>.Shared.Return(prefixes);
            if (suffixes is not null) ArrayPool<int>.Shared.Return(suffixes);
        }
    }

    private static long[] Grow(long[] values, int used, int more, int most)
    {
        var larger = ArrayPool<long>.Shared.Rent(Math.Max(used + more, Math.Min(most, values.Length * 2)));
        values.AsSpan(0, used).CopyTo(larger);
        ArrayPool<long>.Shared.Return(values);
        return larger;
    }

    private static void Unpack(ReadOnlySpan<byte> bytes, int width, long least, ref long value, Span<long> target)
    {
        if (width == 0)
        {
            for (var i = 0; i < target.Length; i++) target[i] = value = unchecked(value + least);
            return;
        }
        var mask = width == 64 ? ulong.MaxValue : (1UL << width) - 1;
        long bit = 0;
        for (var i = 0; i < target.Length; i++, bit += width)
        {
            var at = (int)(bit >> 3);
            var shift = (int)(bit & 7);
            ulong word;
            if (at + 8 <= bytes.Length)
            {
                word = MemoryMarshal.Read<ulong>(bytes[at..]);
            }
            else
            {
                word = 0;
                for (var b = 0; at + b < bytes.Length; b++) word |= (ulong)bytes[at + b] << (8 * b);
            }
            word >>= shift;
            if (shift + width > 64) word |= (ulong)bytes[at + 8] << (64 - shift);
            target[i] = value = unchecked(value + least + (long)(word & mask));
        }
    }

    private static long ZigZag(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = Varint(bytes, ref at);
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (at >= bytes.Length) throw Short();
            var next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        throw new DamagedParquetException("a number has more than 64 bits");
    }

    private static DamagedParquetException Short() => new("a page ends before its last value");
}
