using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace StreamForge.Formats.Parquet.Encodings;

/// <summary>
/// The hybrid of runs and bit-packed groups (parquet-format, Encodings.md, "Run Length Encoding / Bit-Packing Hybrid"): a varint header whose low bit is 0 for a run, which is a count and one
/// value in whole bytes, and 1 for groups of eight values, packed from the lowest bit up. Eight or more equal values that begin where a group would become a run.
/// </summary>
internal static class HybridEncoder
{
    private const int Group = 8;

    /// <summary>Bits that values up to <paramref name="max"/> need.</summary>
    public static int BitWidth(int max) => 32 - BitOperations.LeadingZeroCount((uint)max);

    /// <summary>Encodes levels of 0 and 1.</summary>
    public static void EncodeBits(ReadOnlySpan<byte> bits, PooledBuffer output)
    {
        var literals = 0;
        var i = 0;
        while (i < bits.Length)
        {
            var run = bits[i..].IndexOfAnyExcept(bits[i]);
            if (run < 0) run = bits.Length - i;
            if (run < Group)
            {
                i += Math.Min(Group, bits.Length - i);
                continue;
            }
            PackBits(bits[literals..i], output);
            EncodeRun(run, bits[i], 1, output);
            i += run;
            literals = i;
        }
        PackBits(bits[literals..], output);
    }

    /// <summary>Encodes numbers below 2^<paramref name="width"/>.</summary>
    public static void Encode(ReadOnlySpan<int> values, int width, PooledBuffer output)
    {
        var literals = 0;
        var i = 0;
        while (i < values.Length)
        {
            var first = values[i];
            var run = 1;
            if (values.Length - i >= Group && values[i + 1] == first && values[i + Group - 1] == first)
            {
                run = values[i..].IndexOfAnyExcept(first);
                if (run < 0) run = values.Length - i;
            }
            if (run < Group)
            {
                i += Math.Min(Group, values.Length - i);
                continue;
            }
            Pack(values[literals..i], width, output);
            EncodeRun(run, first, width, output);
            i += run;
            literals = i;
        }
        Pack(values[literals..], width, output);
    }

    /// <summary>One run.</summary>
    public static void EncodeRun(int count, int value, int width, PooledBuffer output)
    {
        Varint((uint)count << 1, output);
        for (var bits = 0; bits < width; bits += 8) output.Add((byte)(value >> bits));
    }

    private static void Varint(uint value, PooledBuffer output)
    {
        for (; value >= 0x80; value >>= 7) output.Add((byte)(value | 0x80));
        output.Add((byte)value);
    }

    private static void PackBits(ReadOnlySpan<byte> bits, PooledBuffer output)
    {
        if (bits.IsEmpty) return;
        var groups = (bits.Length + Group - 1) / Group;
        Varint(((uint)groups << 1) | 1, output);
        var target = output.Take(groups);
        PackBits(bits, target);
    }

    /// <summary>Packs bytes of 0 and 1 into bits, the first into the lowest; <paramref name="target"/> has (n + 7) / 8 bytes.</summary>
    public static void PackBits(ReadOnlySpan<byte> bits, Span<byte> target)
    {
        var whole = bits.Length / Group;
        var words = MemoryMarshal.Cast<byte, ulong>(bits[..(whole * Group)]);
        // The multiplication gathers the lowest bit of each byte in the highest byte, the first byte's in its lowest bit.
        for (var i = 0; i < words.Length; i++) target[i] = (byte)(unchecked(words[i] * 0x0102040810204080) >> 56);
        if (whole * Group == bits.Length) return;
        var last = 0;
        for (var i = whole * Group; i < bits.Length; i++) last |= bits[i] << (i % Group);
        target[whole] = (byte)last;
    }

    private static void Pack(ReadOnlySpan<int> values, int width, PooledBuffer output)
    {
        if (values.IsEmpty) return;
        var groups = (values.Length + Group - 1) / Group;
        Varint(((uint)groups << 1) | 1, output);
        // Eight spare bytes let every group be written as whole words.
        var target = output.Take(groups * width + 16);
        output.Truncate(output.Length - 16);
        var at = 0;
        var i = 0;
        for (; i + Group <= values.Length; i += Group, at += width) PackGroup(values.Slice(i, Group), width, target[at..]);
        if (i == values.Length) return;
        Span<int> last = stackalloc int[Group];
        last.Clear();
        values[i..].CopyTo(last);
        PackGroup(last, width, target[at..]);
    }

    /// <summary>Packs eight values; may write up to eight bytes past the group.</summary>
    private static void PackGroup(ReadOnlySpan<int> values, int width, Span<byte> target)
    {
        if (width <= 16 && Bmi2.X64.IsSupported)
        {
            // Four values side by side in 16 bits each, then their low bits pushed together.
            var mask = ((1UL << width) - 1) * 0x0001_0001_0001_0001;
            var low = Bmi2.X64.ParallelBitExtract((uint)values[0] | (ulong)(uint)values[1] << 16 | (ulong)(uint)values[2] << 32 | (ulong)(uint)values[3] << 48, mask);
            var high = Bmi2.X64.ParallelBitExtract((uint)values[4] | (ulong)(uint)values[5] << 16 | (ulong)(uint)values[6] << 32 | (ulong)(uint)values[7] << 48, mask);
            var shift = 4 * width;
            MemoryMarshal.Write(target, shift == 64 ? low : low | high << shift);
            MemoryMarshal.Write(target[8..], shift == 64 ? high : high >> (64 - shift));
            return;
        }
        ulong pending = 0;
        int bits = 0, at = 0;
        foreach (var value in values)
        {
            pending |= (ulong)(uint)value << bits;
            bits += width;
            if (bits < 32) continue;
            MemoryMarshal.Write(target[at..], (uint)pending);
            at += 4;
            pending >>= 32;
            bits -= 32;
        }
        for (; bits > 0; bits -= 8, pending >>= 8) target[at++] = (byte)pending;
    }
}
