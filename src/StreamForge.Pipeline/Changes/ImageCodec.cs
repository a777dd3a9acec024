using System.Buffers;
using System.Buffers.Binary;
using StreamForge.Core;

namespace StreamForge.Pipeline.Changes;

/// <summary>What is kept of a row besides its values.</summary>
/// <param name="IsDead">The row's event could not be taken in, so there is nothing to take out when it goes.</param>
/// <param name="Stream">See <see cref="ChangeEvent.Stream"/>.</param>
/// <param name="Generation">The number of the snapshot, counted for its stream, in or after which the image was last written.</param>
public readonly record struct ImageHead(bool IsDead, int Stream, int Generation);

/// <summary>
/// A row's columns as the bytes of a stored image:
/// <code>
/// flags (1: dead, 2: lacks columns), varint stream, varint generation
/// validity, one bit a column                      nothing from here on in a dead one
/// of each column that is not null, in order:
///     integers, dates and times                   zigzag varint
///     decimal                                     zigzag varint of the unscaled value
///     boolean                                     1 byte
///     double                                      8 bytes, little-endian
///     string, bytes, nested values                varint length, bytes
/// of an image that lacks columns: which, one bit a column; they are null
/// </code>
/// Part of the stored format.
/// </summary>
public sealed class ImageCodec(Schema columns)
{
    private const byte LacksColumns = 2;

    private readonly ArrayBufferWriter<byte> _buffer = new(256);

    public Schema Columns => columns;

    private int ValidityBytes => (columns.Count + 7) / 8;

    /// <summary>The bytes of one row, valid until the next call.</summary>
    public ReadOnlySpan<byte> Encode(ImageHead head, ReadOnlySpan<Column> values, int row)
    {
        _buffer.ResetWrittenCount();
        WriteHead(head);
        if (head.IsDead) return _buffer.WrittenSpan;
        WriteValues(values, row);
        return _buffer.WrittenSpan;
    }

    /// <summary>The bytes of a row of which some columns are not known: nothing read them when it came. Valid until the next call.</summary>
    /// <param name="lacking">For each column whether it is not known; its value is null.</param>
    public ReadOnlySpan<byte> EncodeLacking(ImageHead head, ReadOnlySpan<Column> values, int row, ReadOnlySpan<bool> lacking)
    {
        if (head.IsDead || !lacking.Contains(true)) return Encode(head, values, row);
        _buffer.ResetWrittenCount();
        WriteHead(head, LacksColumns);
        WriteValues(values, row);
        var bits = _buffer.GetSpan(ValidityBytes)[..ValidityBytes];
        bits.Clear();
        for (var i = 0; i < lacking.Length; i++)
        {
            if (lacking[i]) bits[i >> 3] |= (byte)(1 << (i & 7));
        }
        _buffer.Advance(ValidityBytes);
        return _buffer.WrittenSpan;
    }

    /// <summary>Whether an image does not know a column, as nothing read it when the image was stored.</summary>
    public bool Lacks(ReadOnlySpan<byte> image, int column) => (image[0] & LacksColumns) != 0 && (image[^(ValidityBytes - (column >> 3))] & 1 << (column & 7)) != 0;

    /// <summary>The bytes of an image without values, valid until the next call.</summary>
    public ReadOnlySpan<byte> EncodeDead(int stream, int generation) => Encode(new ImageHead(IsDead: true, stream, generation), [], 0);

    /// <summary>The values of a row alone, appended to <paramref name="target"/>: equal for rows that are equal in all columns.</summary>
    public void WriteValues(IBufferWriter<byte> target, ReadOnlySpan<Column> values, int row)
    {
        ArgumentNullException.ThrowIfNull(target);
        _buffer.ResetWrittenCount();
        WriteValues(values, row);
        target.Write(_buffer.WrittenSpan);
    }

    private void WriteHead(ImageHead head, byte flags = 0)
    {
        var target = _buffer.GetSpan(11);
        target[0] = head.IsDead ? (byte)1 : flags;
        var n = 1 + WriteVarint((uint)head.Stream, target[1..]);
        n += WriteVarint((uint)head.Generation, target[n..]);
        _buffer.Advance(n);
    }

    private void WriteValues(ReadOnlySpan<Column> values, int row)
    {
        var validity = _buffer.GetSpan(ValidityBytes)[..ValidityBytes];
        validity.Clear();
        for (var i = 0; i < values.Length; i++)
        {
            if (!values[i].IsNull(row)) validity[i >> 3] |= (byte)(1 << (i & 7));
        }
        _buffer.Advance(ValidityBytes);
        foreach (var column in values)
        {
            if (!column.IsNull(row)) WriteValue(column, row);
        }
    }

    private void WriteValue(Column column, int row)
    {
        switch (column)
        {
            case Int64Column integers:
                var value = integers[row];
                _buffer.Advance(WriteVarint((ulong)(value << 1 ^ value >> 63), _buffer.GetSpan(10)));
                break;
            case DoubleColumn doubles:
                BinaryPrimitives.WriteDoubleLittleEndian(_buffer.GetSpan(8), doubles[row]);
                _buffer.Advance(8);
                break;
            case BooleanColumn booleans:
                _buffer.GetSpan(1)[0] = booleans[row];
                _buffer.Advance(1);
                break;
            case DecimalColumn decimals:
                var unscaled = decimals[row];
                _buffer.Advance(WriteVarint((UInt128)(unscaled << 1 ^ unscaled >> 127), _buffer.GetSpan(19)));
                break;
            case BytesColumn bytes:
                var content = bytes[row];
                _buffer.Advance(WriteVarint((uint)content.Length, _buffer.GetSpan(5)));
                _buffer.Write(content);
                break;
            default: throw new ArgumentException("Unknown column storage.", nameof(column));
        }
    }

    /// <summary>What is kept besides the values.</summary>
    public static ImageHead Head(ReadOnlySpan<byte> image) => ReadHead(ref image);

    private static ImageHead ReadHead(ref ReadOnlySpan<byte> image)
    {
        var isDead = (image[0] & 1) != 0;
        image = image[1..];
        var stream = (int)ReadVarint(ref image);
        return new ImageHead(isDead, stream, (int)ReadVarint(ref image));
    }

    /// <summary>Whether an image, which must not be dead, has the values of that row; one that lacks columns does not.</summary>
    public bool HasValues(ReadOnlySpan<byte> image, ReadOnlySpan<Column> values, int row)
    {
        ReadHead(ref image);
        _buffer.ResetWrittenCount();
        WriteValues(values, row);
        return image.SequenceEqual(_buffer.WrittenSpan);
    }

    /// <summary>Appends an image's values, one to each column; it must not be dead.</summary>
    /// <param name="targets">One a column; null for those that are not wanted.</param>
    public void Append(ReadOnlySpan<byte> image, ReadOnlySpan<Column?> targets)
    {
        var head = ReadHead(ref image);
        if (head.IsDead) throw new ArgumentException("A dead image has no values.", nameof(image));
        var validity = image[..ValidityBytes];
        image = image[ValidityBytes..];
        for (var i = 0; i < targets.Length; i++)
        {
            if ((validity[i >> 3] & 1 << (i & 7)) == 0) targets[i]?.AppendNull();
            else AppendValue(columns[i].Type.Kind, targets[i], ref image);
        }
    }

    private static void AppendValue(TypeKind kind, Column? target, ref ReadOnlySpan<byte> image)
    {
        switch (kind)
        {
            case TypeKind.Int or TypeKind.BigInt or TypeKind.Date or TypeKind.Timestamp or TypeKind.TimestampTz:
                var integer = ReadVarint(ref image);
                ((Int64Column?)target)?.Append((long)(integer >> 1) ^ -(long)(integer & 1));
                break;
            case TypeKind.Double:
                ((DoubleColumn?)target)?.Append(BinaryPrimitives.ReadDoubleLittleEndian(image));
                image = image[8..];
                break;
            case TypeKind.Boolean:
                ((BooleanColumn?)target)?.Append(image[0]);
                image = image[1..];
                break;
            case TypeKind.Decimal:
                var unscaled = ReadLongVarint(ref image);
                ((DecimalColumn?)target)?.Append((Int128)(unscaled >> 1) ^ -(Int128)(unscaled & 1));
                break;
            default:
                var length = (int)ReadVarint(ref image);
                ((BytesColumn?)target)?.Append(image[..length]);
                image = image[length..];
                break;
        }
    }

    private static int WriteVarint(UInt128 value, Span<byte> target)
    {
        var n = 0;
        for (; value >= 0x80; value >>= 7) target[n++] = (byte)((byte)value | 0x80);
        target[n++] = (byte)value;
        return n;
    }

    private static int WriteVarint(ulong value, Span<byte> target)
    {
        var n = 0;
        for (; value >= 0x80; value >>= 7) target[n++] = (byte)(value | 0x80);
        target[n++] = (byte)value;
        return n;
    }

    private static ulong ReadVarint(ref ReadOnlySpan<byte> source)
    {
        ulong value = 0;
        for (int shift = 0, i = 0; ; shift += 7, i++)
        {
            value |= (source[i] & 0x7Ful) << shift;
            if (source[i] >= 0x80) continue;
            source = source[(i + 1)..];
            return value;
        }
    }

    private static UInt128 ReadLongVarint(ref ReadOnlySpan<byte> source)
    {
        UInt128 value = 0;
        for (int shift = 0, i = 0; ; shift += 7, i++)
        {
            value |= (UInt128)(source[i] & 0x7Fu) << shift;
            if (source[i] >= 0x80) continue;
            source = source[(i + 1)..];
            return value;
        }
    }
}
