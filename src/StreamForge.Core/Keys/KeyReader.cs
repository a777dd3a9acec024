using System.Buffers.Binary;

namespace StreamForge.Core;

/// <summary>
/// Walks over the components of a canonical key (<see cref="KeyCodec"/>) without allocating. Before the first <see cref="Read"/> it stands before the first component.
/// </summary>
public ref struct KeyReader(ReadOnlySpan<byte> key)
{
    private ReadOnlySpan<byte> _rest = key;

    /// <summary>The bytes of a string, bytes or nested component; empty for others.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>int, bigint, date (days), timestamp (microseconds) and boolean (0 or 1); a double's bits; 0 for others.</summary>
    public long Int64 { get; private set; }

    public readonly double Double => BitConverter.Int64BitsToDouble(Int64);

    /// <summary>A decimal, to be divided by 10^<see cref="Scale"/>.</summary>
    public Int128 Unscaled { get; private set; }

    /// <summary>Digits after a decimal's point; trailing zeros are not kept.</summary>
    public byte Scale { get; private set; }

    /// <summary>Goes to the next component; false at the end.</summary>
    public bool Read()
    {
        if (_rest.IsEmpty) return false;
        var tag = _rest[0];
        _rest = _rest[1..];
        Bytes = default;
        Int64 = 0;
        switch (tag)
        {
            case (byte)'s' or (byte)'x':
                var length = ReadVarint();
                Bytes = _rest[..length];
                _rest = _rest[length..];
                break;
            case (byte)'b':
                Int64 = _rest[0];
                _rest = _rest[1..];
                break;
            case (byte)'m':
                Scale = _rest[0];
                Unscaled = BinaryPrimitives.ReadInt128BigEndian(_rest[1..]);
                _rest = _rest[17..];
                break;
            default:
                Int64 = BinaryPrimitives.ReadInt64BigEndian(_rest);
                _rest = _rest[8..];
                break;
        }
        return true;
    }

    private int ReadVarint()
    {
        uint value = 0;
        for (int shift = 0, i = 0; ; shift += 7, i++)
        {
            value |= (_rest[i] & 0x7Fu) << shift;
            if (_rest[i] >= 0x80) continue;
            _rest = _rest[(i + 1)..];
            return (int)value;
        }
    }
}
