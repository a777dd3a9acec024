using System.Buffers.Binary;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Text;

namespace StreamForge.Core;

/// <summary>
/// A feature key's canonical bytes: its components one after another, each a tag and a value, so that equal keys have equal bytes
/// and no two different keys do, whatever their types.
/// <code>
/// 'i' 8 bytes big-endian          int, bigint
/// 'd' 8 bytes big-endian          double (-0 as 0, any NaN as one)
/// 'm' scale, 16 bytes big-endian  decimal, with trailing zeros removed
/// 's' varint length, UTF-8        string, and nested values as JSON text
/// 'x' varint length, bytes        bytes
/// 'b' 1 byte                      boolean
/// 'D' 8 bytes big-endian          date
/// 't' 8 bytes big-endian          timestamp, timestamptz
/// </code>
/// Part of the stored format.
/// </summary>
public static class KeyCodec
{
    /// <summary>Room that a component of this row may need.</summary>
    public static int MaxLength(Column column, int row) => column is BytesColumn bytes ? bytes[row].Length + 6 : 18;

    /// <summary>Writes one component; the row must not be null.</summary>
    /// <returns>Bytes written.</returns>
    public static int Write(Column column, int row, Span<byte> target)
    {
        switch (column)
        {
            case Int64Column integers: return Write64(Tag(column.Type.Kind), integers[row], target);
            case BytesColumn bytes: return WriteBytes(Tag(column.Type.Kind), bytes[row], target);
            case DoubleColumn doubles: return Write64((byte)'d', DoubleBits(doubles[row]), target);
            case BooleanColumn booleans:
                target[0] = (byte)'b';
                target[1] = booleans[row];
                return 2;
            case DecimalColumn decimals: return WriteDecimal(decimals[row], column.Type.Scale, target);
            default: throw new ArgumentException("Unknown column storage.", nameof(column));
        }
    }

    /// <summary>Encodes an entity key given as text, as a URL or a command line gives it, by the types of <paramref name="entity"/>.</summary>
    /// <param name="entity">The view's entity columns in order.</param>
    /// <param name="values">Text by column name.</param>
    /// <returns>The canonical bytes.</returns>
    /// <exception cref="StreamForgeException">A column is missing, unknown, or its text is not of its type.</exception>
    public static byte[] FromText(ImmutableArray<Field> entity, IReadOnlyDictionary<string, string> values)
    {
        var size = 0;
        foreach (var field in entity)
        {
            if (!values.TryGetValue(field.Name, out var text))
                throw new StreamForgeException(ErrorKind.InvalidArgument, $"the key lacks {field.Name}; it needs {string.Join(", ", entity.Select(f => $"{f.Name}=<{f.Type}>"))}");
            size += Encoding.UTF8.GetByteCount(text) + 18;
        }
        foreach (var name in values.Keys)
        {
            if (!entity.Any(f => f.Name == name))
                throw new StreamForgeException(ErrorKind.InvalidArgument, $"the key has no column {name}; it needs {string.Join(", ", entity.Select(f => f.Name))}");
        }
        var buffer = new byte[size];
        var length = 0;
        foreach (var field in entity)
        {
            var column = Column.Create(field.Type, 1);
            if (!TextValue.TryAppend(column, values[field.Name]))
                throw new StreamForgeException(ErrorKind.InvalidArgument, $"{field.Name}={values[field.Name]} is no {field.Type}");
            length += Write(column, 0, buffer.AsSpan(length));
            column.Release();
        }
        return buffer[..length];
    }

    /// <summary>
    /// Writes one component given as UTF-8 text; what it accepts is what <see cref="TextValue.TryAppend"/> does. Strings and plain integers allocate nothing.
    /// </summary>
    /// <param name="target">At least 18 bytes longer than <paramref name="text"/>.</param>
    /// <returns>false, and nothing written, when the text is not of this type.</returns>
    public static bool TryWriteText(DataType type, ReadOnlySpan<byte> text, Span<byte> target, out int written)
    {
        written = 0;
        if (type.Kind == TypeKind.String)
        {
            written = WriteBytes((byte)'s', text, target);
            return true;
        }
        if (type.Kind == TypeKind.BigInt && Utf8Parser.TryParse(text, out long integer, out var consumed) && consumed == text.Length)
        {
            written = Write64((byte)'i', integer, target);
            return true;
        }
        var column = Column.Create(type, 1);
        var valid = TextValue.TryAppend(column, Encoding.UTF8.GetString(text));
        if (valid) written = Write(column, 0, target);
        column.Release();
        return valid;
    }

    /// <summary>Reads a canonical key back into text by column name, for people and JSON.</summary>
    /// <returns>One value a component, as <see cref="FeatureValue"/>.</returns>
    public static ImmutableArray<FeatureValue> Read(ReadOnlySpan<byte> key, ImmutableArray<Field> entity)
    {
        var result = ImmutableArray.CreateBuilder<FeatureValue>(entity.Length);
        foreach (var field in entity)
        {
            var tag = key[0];
            key = key[1..];
            switch (tag)
            {
                case (byte)'s' or (byte)'x':
                    var length = ReadVarint(ref key);
                    result.Add(FeatureValue.OfText(field.Type, tag == 'x' ? Convert.ToBase64String(key[..length]) : Encoding.UTF8.GetString(key[..length])));
                    key = key[length..];
                    break;
                case (byte)'b':
                    result.Add(FeatureValue.OfBoolean(key[0] != 0));
                    key = key[1..];
                    break;
                case (byte)'d':
                    result.Add(FeatureValue.OfDouble(BitConverter.Int64BitsToDouble(BinaryPrimitives.ReadInt64BigEndian(key))));
                    key = key[8..];
                    break;
                case (byte)'m':
                    result.Add(FeatureValue.OfDecimal(DataType.Decimal(DataType.MaxPrecision, key[0]), BinaryPrimitives.ReadInt128BigEndian(key[1..])));
                    key = key[17..];
                    break;
                default:
                    result.Add(FeatureValue.OfInt64(field.Type, BinaryPrimitives.ReadInt64BigEndian(key)));
                    key = key[8..];
                    break;
            }
        }
        return result.MoveToImmutable();
    }

    private static byte Tag(TypeKind kind) => kind switch
    {
        TypeKind.Int or TypeKind.BigInt => (byte)'i',
        TypeKind.Date => (byte)'D',
        TypeKind.Timestamp or TypeKind.TimestampTz => (byte)'t',
        TypeKind.Bytes => (byte)'x',
        _ => (byte)'s',
    };

    private static int Write64(byte tag, long value, Span<byte> target)
    {
        target[0] = tag;
        BinaryPrimitives.WriteInt64BigEndian(target[1..], value);
        return 9;
    }

    private static int WriteBytes(byte tag, ReadOnlySpan<byte> value, Span<byte> target)
    {
        target[0] = tag;
        var n = 1;
        var length = (uint)value.Length;
        for (; length >= 0x80; length >>= 7) target[n++] = (byte)(length | 0x80);
        target[n++] = (byte)length;
        value.CopyTo(target[n..]);
        return n + value.Length;
    }

    private static int WriteDecimal(Int128 unscaled, byte scale, Span<byte> target)
    {
        while (scale > 0)
        {
            var (quotient, remainder) = Int128.DivRem(unscaled, 10);
            if (remainder != 0) break;
            unscaled = quotient;
            scale--;
        }
        target[0] = (byte)'m';
        target[1] = scale;
        BinaryPrimitives.WriteInt128BigEndian(target[2..], unscaled);
        return 18;
    }

    private static int ReadVarint(ref ReadOnlySpan<byte> source)
    {
        uint value = 0;
        for (int shift = 0, i = 0; ; shift += 7, i++)
        {
            value |= (source[i] & 0x7Fu) << shift;
            if (source[i] >= 0x80) continue;
            source = source[(i + 1)..];
            return (int)value;
        }
    }

    private static long DoubleBits(double value) =>
        double.IsNaN(value) ? BitConverter.DoubleToInt64Bits(double.NaN) : BitConverter.DoubleToInt64Bits(value == 0 ? 0.0 : value);
}
