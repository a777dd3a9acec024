using System.Text;

namespace StreamForge.Formats.Parquet.Thrift;

/// <summary>Writes structs in Thrift's compact protocol. Fields come in ascending order of their ids. For one thread.</summary>
internal sealed class CompactWriter(PooledBuffer output)
{
    private readonly Stack<short> _outer = new();
    private short _last;

    /// <summary>Begins a struct that is the message itself or an element of a list.</summary>
    public void BeginStruct()
    {
        _outer.Push(_last);
        _last = 0;
    }

    /// <summary>Begins a struct that is a field.</summary>
    public void BeginStruct(short id)
    {
        Header(id, CompactType.Struct);
        BeginStruct();
    }

    public void EndStruct()
    {
        output.Add((byte)CompactType.Stop);
        _last = _outer.Pop();
    }

    /// <summary>A struct without fields: how unions name a case.</summary>
    public void EmptyStruct(short id)
    {
        BeginStruct(id);
        EndStruct();
    }

    public void Bool(short id, bool value) => Header(id, value ? CompactType.True : CompactType.False);

    public void I8(short id, sbyte value)
    {
        Header(id, CompactType.I8);
        output.Add((byte)value);
    }

    public void I16(short id, short value)
    {
        Header(id, CompactType.I16);
        ZigZag(value);
    }

    public void I32(short id, int value)
    {
        Header(id, CompactType.I32);
        ZigZag(value);
    }

    public void I64(short id, long value)
    {
        Header(id, CompactType.I64);
        ZigZag(value);
    }

    public void Binary(short id, ReadOnlySpan<byte> value)
    {
        Header(id, CompactType.Binary);
        Binary(value);
    }

    public void String(short id, string value) => Binary(id, Encoding.UTF8.GetBytes(value));

    /// <summary>Begins a list that is a field; its elements follow.</summary>
    public void BeginList(short id, CompactType type, int count)
    {
        Header(id, CompactType.List);
        if (count < 15)
        {
            output.Add((byte)((count << 4) | (byte)type));
            return;
        }
        output.Add((byte)(0xF0 | (byte)type));
        Varint((ulong)count);
    }

    /// <summary>An element of a list of i32 or i64.</summary>
    public void Element(long value) => ZigZag(value);

    /// <summary>An element of a list of bool.</summary>
    public void Element(bool value) => output.Add((byte)(value ? CompactType.True : CompactType.False));

    /// <summary>An element of a list of binary.</summary>
    public void Binary(ReadOnlySpan<byte> value)
    {
        Varint((ulong)value.Length);
        output.Add(value);
    }

    /// <summary>An element of a list of strings.</summary>
    public void String(string value) => Binary(Encoding.UTF8.GetBytes(value));

    private void Header(short id, CompactType type)
    {
        var delta = id - _last;
        if (delta is > 0 and <= 15)
        {
            output.Add((byte)((delta << 4) | (byte)type));
        }
        else
        {
            output.Add((byte)type);
            ZigZag(id);
        }
        _last = id;
    }

    private void ZigZag(long value) => Varint((ulong)((value << 1) ^ (value >> 63)));

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) output.Add((byte)(value | 0x80));
        output.Add((byte)value);
    }
}
