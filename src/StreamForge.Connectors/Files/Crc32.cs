using System.Buffers.Binary;

namespace StreamForge.Connectors.Files;

/// <summary>The checksum of gzip (RFC 1952, section 8): CRC-32 with the polynomial 0xEDB88320, eight bytes a step.</summary>
internal static class Crc32
{
    private static readonly uint[] Tables = Build();

    /// <summary>The checksum of what <paramref name="crc"/> covers followed by <paramref name="data"/>; 0 for nothing.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        crc = ~crc;
        var tables = Tables;
        while (data.Length >= 8)
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(data) ^ crc;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            crc = tables[7 * 256 + (low & 0xff)] ^ tables[6 * 256 + (low >> 8 & 0xff)] ^ tables[5 * 256 + (low >> 16 & 0xff)] ^ tables[4 * 256 + (low >> 24)]
                ^ tables[3 * 256 + (high & 0xff)] ^ tables[2 * 256 + (high >> 8 & 0xff)] ^ tables[256 + (high >> 16 & 0xff)] ^ tables[high >> 24];
            data = data[8..];
        }
        foreach (var b in data) crc = tables[(crc ^ b) & 0xff] ^ crc >> 8;
        return ~crc;
    }

    private static uint[] Build()
    {
        var tables = new uint[8 * 256];
        for (var i = 0u; i < 256; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
            tables[i] = crc;
        }
        for (var i = 256; i < tables.Length; i++) tables[i] = tables[i - 256] >> 8 ^ tables[tables[i - 256] & 0xff];
        return tables;
    }
}
