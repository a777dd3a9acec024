using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using StreamForge.Core;

namespace StreamForge.Connectors.Kafka;

/// <summary>
/// The serialized form of <see cref="KafkaRecords"/>: a version byte (1); as LEB128 numbers the partition, from, next - from, the number of records and the bytes of their
/// contents; for each record its offset less the one before it (for the first, less from), its timestamp less the one before it (zigzag; none counts as the one before, with the lowest bit of the next number set), key length + 1 (0 for null) shifted left by one, value length + 1 and headers length; then the contents; at last the XXH64 of all
/// that, 8 bytes, little-endian.
/// </summary>
internal static class KafkaRecordsCodec
{
    private const byte Version = 1;
    private const int HashBytes = 8;

    /// <summary>Numbers of a record, ten bytes each at most.</summary>
    private const int MaxEntryBytes = 50;

    public static byte[] Serialize(KafkaRecords records)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(checked(1 + 50 + records.Count * MaxEntryBytes));
        var writer = new VarintWriter(buffer);
        writer.Byte(Version);
        writer.Number((ulong)records.Partition);
        writer.Number((ulong)records.From);
        writer.Number((ulong)(records.Next - records.From));
        writer.Number((ulong)records.Count);
        writer.Number((ulong)records.Bytes);
        var (offset, timestamp) = (records.From, 0L);
        for (var i = 0; i < records.Count; i++)
        {
            ref readonly var entry = ref records.Entry(i);
            var none = entry.Timestamp == KafkaRecords.NoTimestamp;
            writer.Number((ulong)(entry.Offset - offset));
            writer.Signed(none ? 0 : unchecked(entry.Timestamp - timestamp));
            writer.Number((ulong)(entry.KeyLength + 1) << 1 | (none ? 1u : 0));
            writer.Number((ulong)(entry.ValueLength + 1));
            writer.Number((ulong)entry.HeadersLength);
            offset = entry.Offset;
            if (!none) timestamp = entry.Timestamp;
        }
        var result = new byte[checked(writer.Length + (int)records.Bytes + HashBytes)];
        buffer.AsSpan(0, writer.Length).CopyTo(result);
        ArrayPool<byte>.Shared.Return(buffer);
        var start = records.Count == 0 ? 0 : records.Entry(0).Start;
        records.Data.AsSpan(start, (int)records.Bytes).CopyTo(result.AsSpan(writer.Length));
        BinaryPrimitives.WriteUInt64LittleEndian(result.AsSpan(result.Length - HashBytes), XxHash64.Hash(result.AsSpan(0, result.Length - HashBytes)));
        return result;
    }

    public static KafkaRecords Deserialize(byte[] bytes)
    {
        if (bytes.Length < 1 + HashBytes) throw Corrupt("they end too early");
        if (bytes[0] != Version) throw Corrupt($"they are of version {bytes[0]}, and this program reads version {Version}");
        var end = bytes.Length - HashBytes;
        if (XxHash64.Hash(bytes.AsSpan(0, end)) != BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(end))) throw Corrupt("their checksum does not fit");
        var reader = new VarintReader(bytes.AsSpan(0, end), 1);
        var partition = (int)reader.Number();
        var from = (long)reader.Number();
        var next = from + (long)reader.Number();
        var count = (int)reader.Number();
        var length = (long)reader.Number();
        if (count < 0 || count > end || length < 0 || length > end) throw Corrupt("their numbers make no sense");
        var entries = new RecordEntry[count];
        var (offset, timestamp) = (from, 0L);
        var start = checked(end - (int)length);
        for (var i = 0; i < count; i++)
        {
            offset += (long)reader.Number();
            timestamp = unchecked(timestamp + reader.Signed());
            var key = reader.Number();
            var entry = new RecordEntry(offset, (key & 1) != 0 ? KafkaRecords.NoTimestamp : timestamp, start, (int)(key >> 1) - 1, (int)reader.Number() - 1, (int)reader.Number());
            start += Math.Max(entry.KeyLength, 0) + Math.Max(entry.ValueLength, 0) + entry.HeadersLength;
            if (start > end) throw Corrupt("they end too early");
            entries[i] = entry;
        }
        return new KafkaRecords(partition, from, next, bytes, entries, count, length, rented: false);
    }

    private static StreamForgeException Corrupt(string why) => new(ErrorKind.Corrupt, $"these bytes are no Kafka records: {why}");
}

/// <summary>Writes LEB128 numbers into a span that is long enough.</summary>
internal ref struct VarintWriter(Span<byte> target)
{
    private readonly Span<byte> _target = target;

    public int Length { get; private set; }

    public void Byte(byte value) => _target[Length++] = value;

    public void Number(ulong value)
    {
        for (; value >= 0x80; value >>= 7) Byte((byte)(value | 0x80));
        Byte((byte)value);
    }

    public void Signed(long value) => Number((ulong)(value << 1) ^ (ulong)(value >> 63));

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_target[Length..]);
        Length += bytes.Length;
    }

    public void Text(string text) => Length += Encoding.UTF8.GetBytes(text, _target[Length..]);
}

/// <summary>Reads LEB128 numbers; past the end they are 0.</summary>
internal ref struct VarintReader(ReadOnlySpan<byte> source, int position)
{
    private readonly ReadOnlySpan<byte> _source = source;

    public int Position { get; private set; } = position;

    public readonly bool AtEnd => Position >= _source.Length;

    public ulong Number()
    {
        var value = 0UL;
        for (var shift = 0; Position < _source.Length && shift < 64; shift += 7)
        {
            var next = _source[Position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) break;
        }
        return value;
    }

    public long Signed()
    {
        var value = Number();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public ReadOnlySpan<byte> Bytes(int length)
    {
        var taken = _source.Slice(Position, length);
        Position += length;
        return taken;
    }
}
