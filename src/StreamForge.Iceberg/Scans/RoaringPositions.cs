using System.Buffers.Binary;
using StreamForge.Core;

namespace StreamForge.Iceberg.Scans;

/// <summary>
/// The positions of a deletion vector (Puffin specification, <c>deletion-vector-v1</c>): a length, the magic D1 D3 39 64, a 64-bit roaring bitmap in its portable form (a number of 32-bit bitmaps, each after its
/// upper half; Roaring format specification), and the CRC-32 of magic and bitmap.
/// </summary>
internal static class RoaringPositions
{
    private const uint Magic = 0x6439D3D1;
    private const int WithRuns = 12347;
    private const int WithoutRuns = 12346;
    private const int BitmapBytes = 8192;

    /// <exception cref="StreamForgeException">Corrupt, with the location.</exception>
    public static HashSet<long> Read(ReadOnlySpan<byte> blob, string location)
    {
        try
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(blob);
            if (length < 12 || length + 8 > blob.Length || BinaryPrimitives.ReadUInt32LittleEndian(blob[4..]) != Magic) throw Damaged(location, "it does not begin with a length and the magic number");
            var vector = blob.Slice(4, length);
            if (Checksum(vector) != BinaryPrimitives.ReadUInt32BigEndian(blob[(4 + length)..])) throw Damaged(location, "its checksum is not that of its bytes");
            var data = vector[4..];
            var bitmaps = Take(ref data, 8) is var count ? BinaryPrimitives.ReadInt64LittleEndian(count) : 0;
            var positions = new HashSet<long>();
            for (var i = 0L; i < bitmaps; i++)
            {
                var high = (long)BinaryPrimitives.ReadUInt32LittleEndian(Take(ref data, 4)) << 32;
                ReadBitmap(ref data, high, positions, location);
            }
            return positions;
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new StreamForgeException(ErrorKind.Corrupt, $"{location}: the deletion vector ends early", inner: e);
        }
    }

    private static void ReadBitmap(ref ReadOnlySpan<byte> data, long high, HashSet<long> positions, string location)
    {
        var cookie = BinaryPrimitives.ReadUInt32LittleEndian(Take(ref data, 4));
        var containers = 0;
        ReadOnlySpan<byte> runs = [];
        if ((cookie & 0xFFFF) == WithRuns)
        {
            containers = (int)(cookie >> 16) + 1;
            runs = Take(ref data, (containers + 7) / 8);
        }
        else if (cookie == WithoutRuns)
        {
            containers = BinaryPrimitives.ReadInt32LittleEndian(Take(ref data, 4));
            if (containers is < 0 or > 65536) throw Damaged(location, $"a bitmap of {containers} containers");
        }
        else
        {
            throw Damaged(location, "a bitmap does not begin as the portable form does");
        }
        var keys = Take(ref data, containers * 4);
        // Without runs, and with at least four containers, their offsets follow; the containers come in order anyway.
        if (runs.IsEmpty || containers >= 4) Take(ref data, containers * 4);
        for (var i = 0; i < containers; i++)
        {
            var start = high | ((long)BinaryPrimitives.ReadUInt16LittleEndian(keys[(i * 4)..]) << 16);
            var cardinality = BinaryPrimitives.ReadUInt16LittleEndian(keys[(i * 4 + 2)..]) + 1;
            if (!runs.IsEmpty && (runs[i / 8] >> (i % 8) & 1) != 0) ReadRuns(ref data, start, positions);
            else if (cardinality > 4096) ReadBits(Take(ref data, BitmapBytes), start, positions);
            else ReadArray(Take(ref data, cardinality * 2), start, positions);
        }
    }

    private static void ReadRuns(ref ReadOnlySpan<byte> data, long start, HashSet<long> positions)
    {
        for (var runs = BinaryPrimitives.ReadUInt16LittleEndian(Take(ref data, 2)); runs > 0; runs--)
        {
            var run = Take(ref data, 4);
            int first = BinaryPrimitives.ReadUInt16LittleEndian(run), more = BinaryPrimitives.ReadUInt16LittleEndian(run[2..]);
            for (var i = 0; i <= more; i++) positions.Add(start + first + i);
        }
    }

    private static void ReadBits(ReadOnlySpan<byte> bits, long start, HashSet<long> positions)
    {
        for (var i = 0; i < bits.Length * 8; i++)
        {
            if ((bits[i / 8] >> (i % 8) & 1) != 0) positions.Add(start + i);
        }
    }

    private static void ReadArray(ReadOnlySpan<byte> values, long start, HashSet<long> positions)
    {
        for (var i = 0; i < values.Length; i += 2) positions.Add(start + BinaryPrimitives.ReadUInt16LittleEndian(values[i..]));
    }

    private static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> data, int bytes)
    {
        var taken = data[..bytes];
        data = data[bytes..];
        return taken;
    }

    private static uint Checksum(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var b in data)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : 0xEDB88320 ^ (crc >> 1);
        }
        return ~crc;
    }

    private static StreamForgeException Damaged(string location, string what) => new(ErrorKind.Corrupt, $"{location}: the deletion vector is damaged: {what}");
}
