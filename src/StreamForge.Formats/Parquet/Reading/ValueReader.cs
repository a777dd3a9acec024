using System.Buffers.Binary;
using System.Buffers.Text;
using System.Numerics;
using System.Runtime.InteropServices;
using StreamForge.Core;
using StreamForge.Formats.Parquet.Thrift;

namespace StreamForge.Formats.Parquet.Reading;

/// <summary>Turns a page's values into those of our columns.</summary>
internal abstract class ValueReader
{
    /// <summary>A column for <paramref name="rows"/> rows; of that length already where values have one size.</summary>
    public abstract Column Create(int rows);

    /// <summary>Reads values that stand one after another: to rows from <paramref name="offset"/> on, or appended where they differ in size.</summary>
    public abstract void Read(PageValues page, Column target, int offset, int count);

    /// <summary>Moves values that were read to the first of some rows to those that <paramref name="valid"/> says, and the nulls between; appends a null for rows of any size.</summary>
    public abstract void Spread(PageValues page, Column target, int offset, ReadOnlySpan<byte> valid, int values);

    public static ValueReader Of(LeafType leaf) => leaf.Type.Kind switch
    {
        TypeKind.Boolean => new BooleanReader(),
        TypeKind.Double => new FixedReader<double>(leaf, Conversions.Doubles(leaf)),
        TypeKind.Decimal => new FixedReader<Int128>(leaf, Conversions.Decimals(leaf)),
        TypeKind.Int or TypeKind.BigInt or TypeKind.Date or TypeKind.Timestamp or TypeKind.TimestampTz => new FixedReader<long>(leaf, Conversions.Integers(leaf)),
        _ => new BytesReader(leaf),
    };
}

/// <summary>Converts values as they are stored.</summary>
internal delegate void Conversion<T>(ReadOnlySpan<byte> stored, int width, Span<T> target);

/// <summary>Values of one size in our columns.</summary>
internal class FixedReader<T>(LeafType leaf, Conversion<T> convert) : ValueReader where T : unmanaged
{
    public override Column Create(int rows)
    {
        var column = Column.Create(leaf.Type, rows);
        column.SetLength(rows);
        return column;
    }

    public override void Read(PageValues page, Column target, int offset, int count)
    {
        var values = ((FixedColumn<T>)target).WritableValues.Slice(offset, count);
        switch (page.Layout)
        {
            case ValueLayout.Fixed:
                convert(page.Fixed(count, leaf.Width), leaf.Width, values);
                break;
            case ValueLayout.Numbers:
                var numbers = page.Numbers(count);
                var dictionary = ((FixedColumn<T>)page.Dictionary!).Values;
                for (var i = 0; i < values.Length; i++) values[i] = dictionary[numbers[i]];
                break;
            default:
                for (var i = 0; i < values.Length; i++)
                {
                    var stored = page.Next();
                    if (leaf.Width > 0 && stored.Length != leaf.Width) throw new DamagedParquetException($"a value of {stored.Length} bytes where all have {leaf.Width}");
                    convert(stored, stored.Length, values.Slice(i, 1));
                }
                break;
        }
    }

    public override void Spread(PageValues page, Column target, int offset, ReadOnlySpan<byte> valid, int values)
    {
        Read(page, target, offset, values);
        var rows = ((FixedColumn<T>)target).WritableValues.Slice(offset, valid.Length);
        // From the last row back, so that no value is written over before it has moved.
        for (int row = valid.Length - 1, from = values - 1; row > from; row--)
        {
            if (valid[row] != 0) rows[row] = rows[from--];
            else rows[row] = default;
        }
        valid.CopyTo(target.WritableValid[offset..]);
    }
}

/// <summary>Booleans, which pages keep as bits.</summary>
internal sealed class BooleanReader() : FixedReader<byte>(new LeafType(PhysicalType.Boolean, 1, DataType.Boolean, default, LeafForm.Plain, null), static (stored, _, target) => stored.CopyTo(target))
{
    public override void Read(PageValues page, Column target, int offset, int count)
    {
        if (page.Layout == ValueLayout.Numbers && page.Dictionary is null) page.Booleans(((BooleanColumn)target).WritableValues.Slice(offset, count));
        else base.Read(page, target, offset, count);
    }
}

/// <summary>Text and bytes.</summary>
internal sealed class BytesReader(LeafType leaf) : ValueReader
{
    /// <summary>What the rows read at once may hold.</summary>
    private const int MaxBytes = 1 << 30;

    public override Column Create(int rows) => new BytesColumn(leaf.Type, rows);

    public override void Read(PageValues page, Column target, int offset, int count)
    {
        var column = (BytesColumn)target;
        switch (page.Layout)
        {
            case ValueLayout.Numbers:
                var dictionary = (BytesColumn)page.Dictionary!;
                foreach (var number in page.Numbers(count)) Append(column, dictionary[number]);
                break;
            case ValueLayout.Fixed:
                var stored = page.Fixed(count, leaf.Width);
                for (var i = 0; i < count; i++) AppendStored(column, stored.Slice(i * leaf.Width, leaf.Width));
                break;
            default:
                for (var i = 0; i < count; i++)
                {
                    var value = page.Next();
                    if (leaf.Width > 0 && value.Length != leaf.Width) throw new DamagedParquetException($"a value of {value.Length} bytes where all have {leaf.Width}");
                    AppendStored(column, value);
                }
                break;
        }
    }

    public override void Spread(PageValues page, Column target, int offset, ReadOnlySpan<byte> valid, int values)
    {
        while (!valid.IsEmpty)
        {
            var isValid = valid[0];
            var run = valid.IndexOfAnyExcept(isValid);
            if (run < 0) run = valid.Length;
            if (isValid != 0) Read(page, target, 0, run);
            else for (var i = 0; i < run; i++) target.AppendNull();
            valid = valid[run..];
        }
    }

    private void AppendStored(BytesColumn column, ReadOnlySpan<byte> value)
    {
        if (leaf.Form == LeafForm.Plain)
        {
            Append(column, value);
            return;
        }
        Span<byte> text = stackalloc byte[40];
        int length;
        if (leaf.Form == LeafForm.Uuid) Utf8Formatter.TryFormat(new Guid(value, bigEndian: true), text, out length);
        else length = Conversions.WriteTime(leaf, value, text);
        column.Append(text[..length]);
    }

    private static void Append(BytesColumn column, ReadOnlySpan<byte> value)
    {
        if (column.Offsets[^1] > MaxBytes - value.Length) throw new DamagedParquetException($"rows that are read at once hold more than {MaxBytes} bytes; read fewer");
        column.Append(value);
    }
}

/// <summary>From stored values to ours.</summary>
internal static class Conversions
{
    private const long JulianDayOfEpoch = 2_440_588;

    public static Conversion<long> Integers(LeafType leaf) => leaf.Physical switch
    {
        PhysicalType.Int32 when leaf.Form == LeafForm.Unsigned => FromUInt32,
        PhysicalType.Int32 => FromInt32,
        PhysicalType.Int96 => FromInt96,
        _ when leaf.Type.IsTimestamp && leaf.Unit == ParquetTimeUnit.Millis => FromMillis,
        _ when leaf.Type.IsTimestamp && leaf.Unit == ParquetTimeUnit.Nanos => FromNanos,
        _ => static (stored, _, target) => MemoryMarshal.Cast<byte, long>(stored).CopyTo(target),
    };

    public static Conversion<double> Doubles(LeafType leaf) => leaf.Physical switch
    {
        PhysicalType.Float => FromFloat,
        PhysicalType.FixedLenByteArray => FromHalf,
        _ => static (stored, _, target) => MemoryMarshal.Cast<byte, double>(stored).CopyTo(target),
    };

    public static Conversion<Int128> Decimals(LeafType leaf) => leaf.Physical switch
    {
        PhysicalType.Int32 => DecimalFromInt32,
        PhysicalType.Int64 when leaf.Form == LeafForm.Unsigned => DecimalFromUInt64,
        PhysicalType.Int64 => DecimalFromInt64,
        _ => DecimalFromBytes,
    };

    /// <summary>Writes a time of day as <c>HH:mm:ss.ffffff</c>.</summary>
    public static int WriteTime(LeafType leaf, ReadOnlySpan<byte> stored, Span<byte> target)
    {
        var value = leaf.Width == 4 ? BinaryPrimitives.ReadInt32LittleEndian(stored) : BinaryPrimitives.ReadInt64LittleEndian(stored);
        var micros = leaf.Unit switch
        {
            ParquetTimeUnit.Millis => unchecked(value * 1000),
            ParquetTimeUnit.Nanos => EventTime.FloorDivide(value, 1000),
            _ => value,
        };
        if (micros is < 0 or >= EventTime.Day) throw new DamagedParquetException($"{value} is no time of day");
        new TimeOnly(micros * TimeSpan.TicksPerMicrosecond).TryFormat(target, out var written, "HH:mm:ss.ffffff");
        return written;
    }

    /// <summary>A two's complement number of any length that fits 128 bits.</summary>
    private static Int128 BigEndian(ReadOnlySpan<byte> stored)
    {
        if (stored.IsEmpty) return 0;
        var sign = (sbyte)stored[0] < 0 ? (byte)0xFF : (byte)0;
        for (; stored.Length > 16; stored = stored[1..])
        {
            if (stored[0] != sign) throw new DamagedParquetException("a decimal has more than 38 digits");
        }
        Span<byte> whole = stackalloc byte[16];
        whole.Fill(sign);
        stored.CopyTo(whole[(16 - stored.Length)..]);
        return BinaryPrimitives.ReadInt128BigEndian(whole);
    }

    private static void FromUInt32(ReadOnlySpan<byte> stored, int width, Span<long> target)
    {
        var values = MemoryMarshal.Cast<byte, uint>(stored);
        for (var i = 0; i < target.Length; i++) target[i] = values[i];
    }

    private static void FromInt32(ReadOnlySpan<byte> stored, int width, Span<long> target)
    {
        var values = MemoryMarshal.Cast<byte, int>(stored);
        var i = 0;
        for (; i + Vector<int>.Count <= target.Length; i += Vector<int>.Count)
        {
            Vector.Widen(new Vector<int>(values[i..]), out var low, out var high);
            low.CopyTo(target[i..]);
            high.CopyTo(target[(i + Vector<long>.Count)..]);
        }
        for (; i < target.Length; i++) target[i] = values[i];
    }

    private static void FromInt96(ReadOnlySpan<byte> stored, int width, Span<long> target)
    {
        for (var i = 0; i < target.Length; i++)
        {
            var value = stored.Slice(i * 12, 12);
            var nanos = BinaryPrimitives.ReadInt64LittleEndian(value);
            var day = BinaryPrimitives.ReadInt32LittleEndian(value[8..]) - JulianDayOfEpoch;
            target[i] = unchecked(day * EventTime.Day + EventTime.FloorDivide(nanos, 1000));
        }
    }

    private static void FromMillis(ReadOnlySpan<byte> stored, int width, Span<long> target)
    {
        var values = MemoryMarshal.Cast<byte, long>(stored);
        for (var i = 0; i < target.Length; i++) target[i] = Math.Clamp(values[i], long.MinValue / 1000, long.MaxValue / 1000) * 1000;
    }

    private static void FromNanos(ReadOnlySpan<byte> stored, int width, Span<long> target)
    {
        var values = MemoryMarshal.Cast<byte, long>(stored);
        for (var i = 0; i < target.Length; i++) target[i] = EventTime.FloorDivide(values[i], 1000);
    }

    private static void FromFloat(ReadOnlySpan<byte> stored, int width, Span<double> target)
    {
        var values = MemoryMarshal.Cast<byte, float>(stored);
        for (var i = 0; i < target.Length; i++) target[i] = values[i];
    }

    private static void FromHalf(ReadOnlySpan<byte> stored, int width, Span<double> target)
    {
        for (var i = 0; i < target.Length; i++) target[i] = (double)BinaryPrimitives.ReadHalfLittleEndian(stored[(2 * i)..]);
    }

    private static void DecimalFromInt32(ReadOnlySpan<byte> stored, int width, Span<Int128> target)
    {
        var values = MemoryMarshal.Cast<byte, int>(stored);
        for (var i = 0; i < target.Length; i++) target[i] = values[i];
    }

    private static void DecimalFromUInt64(ReadOnlySpan<byte> stored, int width, Span<Int128> target)
    {
        var values = MemoryMarshal.Cast<byte, ulong>(stored);
        for (var i = 0; i < target.Length; i++) target[i] = values[i];
    }

    private static void DecimalFromInt64(ReadOnlySpan<byte> stored, int width, Span<Int128> target)
    {
        var values = MemoryMarshal.Cast<byte, long>(stored);
        for (var i = 0; i < target.Length; i++) target[i] = values[i];
    }

    private static void DecimalFromBytes(ReadOnlySpan<byte> stored, int width, Span<Int128> target)
    {
        for (var i = 0; i < target.Length; i++) target[i] = BigEndian(stored.Slice(i * width, width));
    }
}
