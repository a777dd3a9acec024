using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace StreamForge.Cluster.Payloads;

/// <summary>
/// A vector of 64-bit numbers as their distances from the least, each in as few bytes as the greatest distance needs: <c>u8 width (0, 1, 2, 4 or 8)</c>, then, unless there are no numbers, <c>i64 least</c>
/// and the distances. Offsets, times and orders of one batch lie close together, and its watermark seldom moves.
/// </summary>
internal static class NumberVector
{
    public static void Write(PayloadWriter writer, ReadOnlySpan<long> values)
    {
        if (values.IsEmpty)
        {
            writer.Byte(0);
            return;
        }
        long least = values[0], most = values[0];
        foreach (var value in values)
        {
            if (value < least) least = value;
            if (value > most) most = value;
        }
        var width = Width((ulong)(most - least));
        writer.Byte((byte)width);
        writer.Int64(least);
        var target = writer.Add(checked(width * values.Length));
        switch (width)
        {
            case 1:
                for (var i = 0; i < values.Length; i++) target[i] = (byte)(values[i] - least);
                break;
            case 2:
                var shorts = MemoryMarshal.Cast<byte, ushort>(target);
                for (var i = 0; i < values.Length; i++) shorts[i] = (ushort)(values[i] - least);
                break;
            case 4:
                var ints = MemoryMarshal.Cast<byte, uint>(target);
                for (var i = 0; i < values.Length; i++) ints[i] = (uint)(values[i] - least);
                break;
            case 8:
                for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(target[(i * 8)..], values[i] - least);
                break;
        }
    }

    /// <summary>Writes the values of the rows that <paramref name="rows"/> names, in that order.</summary>
    public static void Write(PayloadWriter writer, ReadOnlySpan<long> values, ReadOnlySpan<int> rows)
    {
        var gathered = ArrayPool<long>.Shared.Rent(Math.Max(rows.Length, 1));
        for (var i = 0; i < rows.Length; i++) gathered[i] = values[rows[i]];
        Write(writer, gathered.AsSpan(0, rows.Length));
        ArrayPool<long>.Shared.Return(gathered);
    }

    /// <summary>Fills <paramref name="values"/>, which is as long as what was written.</summary>
    public static void Read(ref PayloadReader reader, Span<long> values)
    {
        var width = reader.Byte();
        if (values.IsEmpty) return;
        var least = reader.Int64();
        if (width is not (0 or 1 or 2 or 4 or 8)) throw reader.Corrupt($"it has numbers of {width} bytes");
        var source = reader.Take(checked(width * values.Length));
        switch (width)
        {
            case 0:
                values.Fill(least);
                break;
            case 1:
                for (var i = 0; i < values.Length; i++) values[i] = least + source[i];
                break;
            case 2:
                var shorts = MemoryMarshal.Cast<byte, ushort>(source);
                for (var i = 0; i < values.Length; i++) values[i] = least + shorts[i];
                break;
            case 4:
                var ints = MemoryMarshal.Cast<byte, uint>(source);
                for (var i = 0; i < values.Length; i++) values[i] = least + ints[i];
                break;
            default:
                for (var i = 0; i < values.Length; i++) values[i] = least + BinaryPrimitives.ReadInt64LittleEndian(source[(i * 8)..]);
                break;
        }
    }

    private static int Width(ulong range) => range switch
    {
        0 => 0,
        <= byte.MaxValue => 1,
        <= ushort.MaxValue => 2,
        <= uint.MaxValue => 4,
        _ => 8,
    };
}
