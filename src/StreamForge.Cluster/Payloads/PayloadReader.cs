using System.Buffers.Binary;
using System.Text;
using StreamForge.Core;

namespace StreamForge.Cluster.Payloads;

/// <summary>Reads what <see cref="PayloadWriter"/> wrote.</summary>
/// <exception cref="StreamForgeException">Corrupt, from every method, when the bytes end too early or are out of range; <paramref name="what"/> is named.</exception>
internal ref struct PayloadReader(ReadOnlySpan<byte> bytes, string what)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>All that has not been read.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)_rest.Length) throw Corrupt($"it ends {count - _rest.Length} bytes too early");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    public byte Byte() => Take(1)[0];

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    public ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            value |= (next & 0x7FUL) << shift;
            if (next < 0x80) return value;
        }
        throw Corrupt("it has a number of more than ten bytes");
    }

    public long Signed()
    {
        var value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>A count of things that take at least <paramref name="least"/> bytes each, or of rows, which may take none.</summary>
    public int Count(int least = 0)
    {
        var value = Varint();
        if (value > int.MaxValue || (least > 0 && value > (ulong)(_rest.Length / least))) throw Corrupt($"it has a count of {value}, which its length does not allow");
        return (int)value;
    }

    public ReadOnlySpan<byte> Block() => Take(Count(1));

    public string Text() => Encoding.UTF8.GetString(Block());

    /// <summary>The first byte, which must be <paramref name="known"/>.</summary>
    public void Version(byte known)
    {
        var found = Byte();
        if (found != known) throw Corrupt($"its version is {found}, and only {known} is known here: all silos must run the same release");
    }

    public readonly StreamForgeException Corrupt(string reason) => new(ErrorKind.Corrupt, $"{what} cannot be read: {reason}");
}
