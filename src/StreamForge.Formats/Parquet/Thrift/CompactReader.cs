using System.Text;

namespace StreamForge.Formats.Parquet.Thrift;

/// <summary>Reads structs in Thrift's compact protocol; whatever the bytes are it ends, takes no more memory than they do, and throws nothing but <see cref="DamagedParquetException"/>.</summary>
internal ref struct CompactReader(ReadOnlySpan<byte> bytes)
{
    private const int MaxDepth = 32;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes read.</summary>
    public int Position { get; private set; }

    /// <summary>The next field of a struct; false at its end.</summary>
    /// <param name="id">The id of the field before, 0 at first; then this field's.</param>
    /// <param name="type">Its type.</param>
    public bool Field(ref short id, out CompactType type)
    {
        var header = Byte();
        type = (CompactType)(header & 15);
        if (type == CompactType.Stop) return false;
        var delta = header >> 4;
        id = delta == 0 ? (short)ZigZag() : (short)(id + delta);
        return true;
    }

    public readonly bool Bool(CompactType type) => type switch
    {
        CompactType.True => true,
        CompactType.False => false,
        _ => throw Unexpected(type, "a boolean"),
    };

    public long Integer(CompactType type) => type switch
    {
        CompactType.I8 => (sbyte)Byte(),
        CompactType.I16 or CompactType.I32 or CompactType.I64 => ZigZag(),
        _ => throw Unexpected(type, "an integer"),
    };

    public int I32(CompactType type) => Integer(type) is var value && value == (int)value ? (int)value : throw new DamagedParquetException($"{value} is out of the range of 32 bits");

    public ReadOnlySpan<byte> Binary(CompactType type)
    {
        if (type != CompactType.Binary) throw Unexpected(type, "bytes");
        var length = Varint();
        if (length > (ulong)(_bytes.Length - Position)) throw Short();
        var start = Position;
        Position += (int)length;
        return _bytes.Slice(start, (int)length);
    }

    public string String(CompactType type) => Encoding.UTF8.GetString(Binary(type));

    /// <summary>Begins a list: its elements follow, each at least a byte long.</summary>
    public int List(CompactType type, out CompactType element)
    {
        if (type is not (CompactType.List or CompactType.Set)) throw Unexpected(type, "a list");
        var header = Byte();
        element = (CompactType)(header & 15);
        var count = header >> 4 == 15 ? Varint() : (ulong)(header >> 4);
        if (count > (ulong)(_bytes.Length - Position)) throw Short();
        return (int)count;
    }

    public readonly void Struct(CompactType type)
    {
        if (type != CompactType.Struct) throw Unexpected(type, "a struct");
    }

    /// <summary>Goes past a value that nobody asks for.</summary>
    public void Skip(CompactType type) => Skip(type, inList: false, 0);

    private void Skip(CompactType type, bool inList, int depth)
    {
        if (depth > MaxDepth) throw new DamagedParquetException("structs are nested too deeply");
        switch (type)
        {
            case CompactType.True or CompactType.False:
                if (inList) Byte();
                break;
            case CompactType.I8:
                Byte();
                break;
            case CompactType.I16 or CompactType.I32 or CompactType.I64:
                Varint();
                break;
            case CompactType.Double:
                Advance(8);
                break;
            case CompactType.Uuid:
                Advance(16);
                break;
            case CompactType.Binary:
                Binary(type);
                break;
            case CompactType.List or CompactType.Set:
                for (var left = List(type, out var element); left > 0; left--) Skip(element, inList: true, depth + 1);
                break;
            case CompactType.Map:
                SkipMap(depth);
                break;
            case CompactType.Struct:
                short id = 0;
                while (Field(ref id, out var field)) Skip(field, inList: false, depth + 1);
                break;
            default:
                throw Unexpected(type, "a known type");
        }
    }

    private void SkipMap(int depth)
    {
        var count = Varint();
        if (count == 0) return;
        if (count > (ulong)(_bytes.Length - Position)) throw Short();
        var types = Byte();
        for (; count > 0; count--)
        {
            Skip((CompactType)(types >> 4), inList: true, depth + 1);
            Skip((CompactType)(types & 15), inList: true, depth + 1);
        }
    }

    private long ZigZag() => Varint() is var value ? (long)(value >> 1) ^ -(long)(value & 1) : 0;

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        throw new DamagedParquetException("a number has more than 64 bits");
    }

    private byte Byte() => Position < _bytes.Length ? _bytes[Position++] : throw Short();

    private void Advance(int count)
    {
        if (count > _bytes.Length - Position) throw Short();
        Position += count;
    }

    private static DamagedParquetException Short() => new("metadata ends early");

    private static DamagedParquetException Unexpected(CompactType type, string wanted) => new($"metadata has type {(int)type} where {wanted} must stand");
}
