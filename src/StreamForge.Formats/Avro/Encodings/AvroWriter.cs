using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace StreamForge.Formats.Avro.Encodings;

/// <summary>
/// Writes values in Avro's binary encoding (Avro 1.12, "Binary Encoding") into a buffer of its own. The caller follows the schema: fields in their order, a union's branch before its value.
/// One thread at a time; the buffer is rented until disposed.
/// </summary>
public sealed class AvroWriter : IDisposable
{
    private byte[] _buffer;
    private int _length;

    public AvroWriter(int capacity = 4096) => _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(capacity, 64));

    /// <summary>Bytes written since the start or the last <see cref="Clear"/>.</summary>
    public int Length => _length;

    /// <summary>What was written; until the next call.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    public void Clear() => _length = 0;

    public void WriteBoolean(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    public void WriteInt(int value) => WriteLong(value);

    /// <summary>An int or a long: zigzag, then seven bits a byte, the lowest first.</summary>
    public void WriteLong(long value)
    {
        Reserve(10);
        var rest = (ulong)((value << 1) ^ (value >> 63));
        while (rest >= 0x80)
        {
            _buffer[_length++] = (byte)(rest | 0x80);
            rest >>= 7;
        }
        _buffer[_length++] = (byte)rest;
    }

    public void WriteFloat(float value)
    {
        Reserve(4);
        BinaryPrimitives.WriteSingleLittleEndian(_buffer.AsSpan(_length), value);
        _length += 4;
    }

    public void WriteDouble(double value)
    {
        Reserve(8);
        BinaryPrimitives.WriteDoubleLittleEndian(_buffer.AsSpan(_length), value);
        _length += 8;
    }

    /// <summary>bytes, or a string's UTF-8: the length, then the bytes.</summary>
    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        WriteLong(value.Length);
        WriteFixed(value);
    }

    public void WriteString(string value)
    {
        var bytes = Encoding.UTF8.GetByteCount(value);
        WriteLong(bytes);
        Reserve(bytes);
        _length += Encoding.UTF8.GetBytes(value, _buffer.AsSpan(_length));
    }

    /// <summary>A fixed: the bytes alone.</summary>
    public void WriteFixed(ReadOnlySpan<byte> value)
    {
        Reserve(value.Length);
        value.CopyTo(_buffer.AsSpan(_length));
        _length += value.Length;
    }

    /// <summary>The lowest <paramref name="size"/> bytes of a two's complement integer, the highest of them first: how decimals are kept.</summary>
    public void WriteBigEndian(Int128 value, int size)
    {
        Span<byte> whole = stackalloc byte[16];
        ((IBinaryInteger<Int128>)value).WriteBigEndian(whole);
        WriteFixed(whole[(16 - size)..]);
    }

    /// <summary>The index of a union's branch; its value comes next.</summary>
    public void WriteBranch(int index) => WriteLong(index);

    /// <summary>Branch 0 of <c>["null", T]</c>: no value comes next.</summary>
    public void WriteNull() => WriteByte(0);

    /// <summary>Branch 1 of <c>["null", T]</c>: the value comes next.</summary>
    public void WritePresent() => WriteByte(2);

    /// <summary>Begins an array or a map of <paramref name="count"/> items, which come next (a map's each with its key as a string), then <see cref="EndItems"/>.</summary>
    public void BeginItems(int count)
    {
        if (count > 0) WriteLong(count);
    }

    /// <summary>Ends an array or a map.</summary>
    public void EndItems() => WriteByte(0);

    public void Dispose()
    {
        if (_buffer.Length == 0) return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
    }

    private void WriteByte(byte value)
    {
        Reserve(1);
        _buffer[_length++] = value;
    }

    private void Reserve(int bytes)
    {
        if (_buffer.Length - _length >= bytes) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(_length + bytes), _buffer.Length * 2));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
