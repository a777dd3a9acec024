using System.Buffers.Binary;

namespace StreamForge.Cluster.Payloads;

/// <summary>Collects the bytes of a payload. Numbers are little-endian; a varint is base 128, least group first. One thread.</summary>
internal sealed class PayloadWriter(int capacity = 256)
{
    private byte[] _bytes = new byte[capacity];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public byte[] ToArray() => _bytes.AsSpan(0, Length).ToArray();

    /// <summary>What was written, without a copy; nothing may be written any more.</summary>
    public ReadOnlyMemory<byte> Finish() => _bytes.AsMemory(0, Length);

    /// <summary>Room for <paramref name="count"/> bytes, which count as written.</summary>
    public Span<byte> Add(int count)
    {
        var end = checked(Length + count);
        if (end > _bytes.Length) Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(end, _bytes.Length * 2L)));
        var room = _bytes.AsSpan(Length, count);
        Length = end;
        return room;
    }

    public void Byte(byte value) => Add(1)[0] = value;

    public void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Add(sizeof(long)), value);

    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Add(sizeof(ulong)), value);

    public void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) Byte((byte)(value | 0x80));
        Byte((byte)value);
    }

    /// <summary>A signed number, small ones of both signs in few bytes.</summary>
    public void Signed(long value) => Varint((ulong)(value << 1) ^ (ulong)(value >> 63));

    public void Bytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Add(bytes.Length));

    /// <summary>Bytes with their length before them.</summary>
    public void Block(ReadOnlySpan<byte> bytes)
    {
        Varint((ulong)bytes.Length);
        Bytes(bytes);
    }
}
