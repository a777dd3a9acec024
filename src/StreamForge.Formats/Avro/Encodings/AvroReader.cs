using System.Buffers.Binary;
using System.Text;
using StreamForge.Core;
using StreamForge.Formats.Avro.Schemas;

namespace StreamForge.Formats.Avro.Encodings;

/// <summary>
/// Reads values in Avro's binary encoding (Avro 1.12, "Binary Encoding") from a block of a file. Two layers: the plain methods (<see cref="ReadLong()"/>, <see cref="ReadBytes()"/> …) read exactly what
/// they say; those with a schema read a value of the writer's schema, follow its unions, and widen numbers. A reader of records goes through the writer's fields in their order, reads the ones that it
/// knows by <see cref="AvroField.FieldId"/> or name, and gives the others to <see cref="Skip"/>:
/// <code>
/// foreach (var field in record.Fields)
/// {
///     switch (field.FieldId)
///     {
///         case 100: path = reader.ReadString(field.Schema); break;
///         default: reader.Skip(field.Schema); break;
///     }
/// }
/// </code>
/// Whatever the bytes are, the answer is a value or a <see cref="StreamForgeException"/> of kind Corrupt with the file's location and the block's offset.
/// </summary>
public ref struct AvroReader
{
    private const int MaxDepth = 100;

    private readonly ReadOnlySpan<byte> _data;
    private readonly string _location;
    private readonly long _blockOffset;
    private int _at;
    private int _depth;

    /// <param name="data">The block's bytes, decompressed.</param>
    /// <param name="location">The file, for errors.</param>
    /// <param name="blockOffset">Where the block begins in the file, for errors.</param>
    public AvroReader(ReadOnlySpan<byte> data, string location, long blockOffset)
    {
        _data = data;
        _location = location;
        _blockOffset = blockOffset;
    }

    /// <summary>Where the next value begins in the block.</summary>
    public readonly int Position => _at;

    /// <summary>Bytes that are left.</summary>
    public readonly int Left => _data.Length - _at;

    /// <summary>Goes to a place in the block where a value begins.</summary>
    public void Seek(int position) => _at = position;

    public bool ReadBoolean() => ReadByte() switch
    {
        0 => false,
        1 => true,
        var other => throw Damaged($"a boolean is {other}, not 0 or 1"),
    };

    public int ReadInt() => ReadLong() is >= int.MinValue and <= int.MaxValue and var value ? (int)value : throw Damaged("an int has more than 32 bits");

    /// <summary>An int or a long. Some writers' numbers have a 65th bit, from ids without a sign; it is dropped.</summary>
    public long ReadLong()
    {
        ulong bits = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = ReadByte();
            if (shift == 63 && next > 3) break;
            bits |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return (long)(bits >> 1) ^ -(long)(bits & 1);
        }
        throw Damaged("a number has more than 64 bits");
    }

    public float ReadFloat() => BinaryPrimitives.ReadSingleLittleEndian(ReadFixed(4));

    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(ReadFixed(8));

    /// <summary>bytes, or a string's UTF-8: a part of the block.</summary>
    public ReadOnlySpan<byte> ReadBytes()
    {
        var length = ReadLong();
        if (length < 0 || length > Left) throw Damaged($"a length of {length} where {Left} bytes are left");
        return ReadFixed((int)length);
    }

    public string ReadString() => Encoding.UTF8.GetString(ReadBytes());

    /// <summary>The next <paramref name="size"/> bytes.</summary>
    public ReadOnlySpan<byte> ReadFixed(int size)
    {
        if (size > Left) throw Damaged($"{size} bytes are needed where {Left} are left");
        _at += size;
        return _data.Slice(_at - size, size);
    }

    /// <summary>
    /// How many items come next in an array or a map, 0 at its end: <c>for (var n = r.ReadItems(s); n > 0; n = r.ReadItems(s)) for (; n > 0; n--) …</c>. A map's items each have a string key before the value.
    /// </summary>
    /// <param name="schema">The array or map.</param>
    public long ReadItems(AvroSchema schema)
    {
        var count = ReadLong();
        if (count < 0)
        {
            // The count's negative is followed by the block's length in bytes, for those who skip.
            if (count == long.MinValue) throw Damaged("a count of items is out of range");
            count = -count;
            var bytes = ReadLong();
            if (bytes < 0 || bytes > Left) throw Damaged($"items of {bytes} bytes where {Left} are left");
        }
        if (count > Left && (schema.Type == AvroType.Map || schema.Items!.TakesBytes || count > Left + 1024L)) throw Damaged($"{count} items where {Left} bytes are left");
        return count;
    }

    /// <summary>Reads which branch a union takes; other schemas are their own branch.</summary>
    public AvroSchema ReadBranch(AvroSchema schema)
    {
        if (schema.Type != AvroType.Union) return schema;
        var index = ReadLong();
        if (index < 0 || index >= schema.Branches.Length) throw Damaged($"branch {index} of a union of {schema.Branches.Length}");
        return schema.Branches[(int)index];
    }

    /// <summary>A boolean, or null where the schema allows it.</summary>
    public bool? ReadBoolean(AvroSchema schema) => ReadBranch(schema) is var branch && branch.Type switch
    {
        AvroType.Null => true,
        AvroType.Boolean => false,
        _ => throw Mismatch(branch, "boolean"),
    } ? null : ReadBoolean();

    /// <summary>An int or a long, or null where the schema allows it.</summary>
    public long? ReadLong(AvroSchema schema) => ReadBranch(schema) is var branch && branch.Type switch
    {
        AvroType.Null => true,
        AvroType.Int or AvroType.Long => false,
        _ => throw Mismatch(branch, "long"),
    } ? null : ReadLong();

    /// <summary>As <see cref="ReadLong(AvroSchema)"/>, within 32 bits.</summary>
    public int? ReadInt(AvroSchema schema) => ReadLong(schema) switch
    {
        null => null,
        >= int.MinValue and <= int.MaxValue and var value => (int)value,
        _ => throw Damaged("an int has more than 32 bits"),
    };

    /// <summary>Text, or null where the schema allows it; an enum's symbol is text too.</summary>
    public string? ReadString(AvroSchema schema)
    {
        var branch = ReadBranch(schema);
        return branch.Type switch
        {
            AvroType.Null => null,
            AvroType.String or AvroType.Bytes => ReadString(),
            AvroType.Enum => ReadSymbol(branch),
            _ => throw Mismatch(branch, "string"),
        };
    }

    /// <summary>bytes, a fixed or a string's UTF-8.</summary>
    /// <returns>false for null.</returns>
    public bool TryReadBytes(AvroSchema schema, out ReadOnlySpan<byte> value)
    {
        var branch = ReadBranch(schema);
        value = branch.Type switch
        {
            AvroType.Null => default,
            AvroType.Bytes or AvroType.String => ReadBytes(),
            AvroType.Fixed => ReadFixed(branch.Size),
            _ => throw Mismatch(branch, "bytes"),
        };
        return branch.Type != AvroType.Null;
    }

    /// <summary>The symbol of an enum.</summary>
    public string ReadSymbol(AvroSchema schema)
    {
        var index = ReadLong();
        return index >= 0 && index < schema.Symbols.Length ? schema.Symbols[(int)index] : throw Damaged($"symbol {index} of the enum {schema.Name}, which has {schema.Symbols.Length}");
    }

    /// <summary>Passes over one value.</summary>
    public void Skip(AvroSchema schema)
    {
        switch (schema.Type)
        {
            case AvroType.Null: break;
            case AvroType.Boolean: ReadFixed(1); break;
            case AvroType.Int or AvroType.Long or AvroType.Enum: ReadLong(); break;
            case AvroType.Float: ReadFixed(4); break;
            case AvroType.Double: ReadFixed(8); break;
            case AvroType.Bytes or AvroType.String: ReadBytes(); break;
            case AvroType.Fixed: ReadFixed(schema.Size); break;
            default: SkipNested(schema); break;
        }
    }

    private void SkipNested(AvroSchema schema)
    {
        Enter();
        switch (schema.Type)
        {
            case AvroType.Union:
                Skip(ReadBranch(schema));
                break;
            case AvroType.Record:
                foreach (var field in schema.Fields) Skip(field.Schema);
                break;
            default:
                SkipItems(schema);
                break;
        }
        Leave();
    }

    private void SkipItems(AvroSchema schema)
    {
        for (var count = ReadLong(); count != 0; count = ReadLong())
        {
            if (count < 0)
            {
                var bytes = ReadLong();
                if (bytes < 0 || bytes > Left) throw Damaged($"items of {bytes} bytes where {Left} are left");
                _at += (int)bytes;
                continue;
            }
            if (schema.Type == AvroType.Array && !schema.Items!.TakesBytes) continue;
            if (count > Left) throw Damaged($"{count} items where {Left} bytes are left");
            for (; count > 0; count--)
            {
                if (schema.Type == AvroType.Map) ReadBytes();
                Skip(schema.Items!);
            }
        }
    }

    /// <summary>Counts one level of nesting; a hundred are too many (a type may hold itself).</summary>
    public void Enter()
    {
        if (++_depth > MaxDepth) throw Damaged($"values are nested more than {MaxDepth} deep");
    }

    /// <summary>Ends what <see cref="Enter"/> began.</summary>
    public void Leave() => _depth--;

    /// <summary>The error for a writer's type that cannot become what the reader wants.</summary>
    public readonly StreamForgeException Mismatch(AvroSchema schema, string wanted) => Damaged($"the file has {Describe(schema)} where {wanted} is wanted");

    /// <summary>An error at the present place.</summary>
    public readonly StreamForgeException Damaged(string what) =>
        new(ErrorKind.Corrupt, $"{_location}: the Avro block at byte {_blockOffset} is damaged at byte {_at} of its data: {what}");

    private static string Describe(AvroSchema schema)
    {
        var name = schema.Name.Length > 0 ? schema.Name : schema.Type.ToString().ToLowerInvariant();
        return schema.LogicalType is { } logical ? $"{name} ({logical})" : name;
    }

    private byte ReadByte() => _at < _data.Length ? _data[_at++] : throw Damaged("the data end early");
}
