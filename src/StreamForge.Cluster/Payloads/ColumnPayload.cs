using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using StreamForge.Core;

namespace StreamForge.Cluster.Payloads;

/// <summary>
/// Some rows of a column as bytes, and back. The type is not written: the reader knows it.
/// <code>
/// u8      1 when some row is null
/// bits    1 valid, 0 null; only when some row is null
///         int, bigint, date, timestamps   a <see cref="NumberVector"/>
///         double                          8 bytes each
///         boolean                         a bit each
///         decimal                         u8 1 and a <see cref="NumberVector"/> when all fit into 64 bits, else 0 and 16 bytes each
///         string, bytes, nested           lengths as a <see cref="NumberVector"/>, then all bytes
/// </code>
/// A null row takes the place of a value that costs nothing.
/// </summary>
internal static class ColumnPayload
{
    public static void Write(PayloadWriter writer, Column column, ReadOnlySpan<int> rows)
    {
        var nulls = HasNull(column, rows);
        writer.Byte(nulls ? (byte)1 : (byte)0);
        if (nulls) BitVector.Write(writer, column.Valid, rows);
        switch (column)
        {
            case Int64Column integers: WriteNumbers(writer, integers, rows, nulls); break;
            case DoubleColumn doubles: WriteDoubles(writer, doubles, rows, nulls); break;
            case BooleanColumn booleans: BitVector.Write(writer, booleans.Values, rows); break;
            case DecimalColumn decimals: WriteDecimals(writer, decimals, rows, nulls); break;
            case BytesColumn bytes: WriteBytes(writer, bytes, rows); break;
            default: throw new ArgumentException("Unknown column storage.", nameof(column));
        }
    }

    /// <summary>A column of <paramref name="rows"/> rows, whose one reference is the caller's.</summary>
    public static Column Read(ref PayloadReader reader, DataType type, int rows)
    {
        var nulls = reader.Byte() != 0;
        var bits = nulls ? reader.Take((rows + 7) / 8) : default;
        var column = Column.Create(type, rows);
        if (column is BytesColumn bytes)
        {
            ReadBytes(ref reader, bytes, rows, bits);
            return column;
        }
        column.SetLength(rows);
        switch (column)
        {
            case Int64Column integers: NumberVector.Read(ref reader, integers.WritableValues); break;
            case DoubleColumn doubles: reader.Take(checked(rows * sizeof(double))).CopyTo(MemoryMarshal.AsBytes(doubles.WritableValues)); break;
            case BooleanColumn booleans: BitVector.Read(ref reader, booleans.WritableValues); break;
            case DecimalColumn decimals: ReadDecimals(ref reader, decimals.WritableValues); break;
        }
        if (!nulls) return column;
        var valid = column.WritableValid;
        for (var i = 0; i < rows; i++) valid[i] = (byte)(bits[i >> 3] >> (i & 7) & 1);
        column.MarkNulls();
        return column;
    }

    private static bool HasNull(Column column, ReadOnlySpan<int> rows)
    {
        if (!column.HasNulls) return false;
        var valid = column.Valid;
        foreach (var row in rows)
        {
            if (valid[row] == 0) return true;
        }
        return false;
    }

    private static void WriteNumbers(PayloadWriter writer, Int64Column column, ReadOnlySpan<int> rows, bool nulls)
    {
        if (!nulls)
        {
            NumberVector.Write(writer, column.Values, rows);
            return;
        }
        var gathered = ArrayPool<long>.Shared.Rent(Math.Max(rows.Length, 1));
        var fill = 0L;
        foreach (var row in rows)
        {
            if (column.IsNull(row)) continue;
            fill = column[row];
            break;
        }
        for (var i = 0; i < rows.Length; i++) gathered[i] = column.IsNull(rows[i]) ? fill : column[rows[i]];
        NumberVector.Write(writer, gathered.AsSpan(0, rows.Length));
        ArrayPool<long>.Shared.Return(gathered);
    }

    private static void WriteDoubles(PayloadWriter writer, DoubleColumn column, ReadOnlySpan<int> rows, bool nulls)
    {
        var target = writer.Add(checked(rows.Length * sizeof(double)));
        var values = column.Values;
        for (var i = 0; i < rows.Length; i++)
            BinaryPrimitives.WriteDoubleLittleEndian(target[(i * sizeof(double))..], nulls && column.IsNull(rows[i]) ? 0 : values[rows[i]]);
    }

    private static void WriteDecimals(PayloadWriter writer, DecimalColumn column, ReadOnlySpan<int> rows, bool nulls)
    {
        var fits = true;
        foreach (var row in rows) fits = fits && (column.IsNull(row) || (column[row] >= long.MinValue && column[row] <= long.MaxValue));
        writer.Byte(fits ? (byte)1 : (byte)0);
        if (fits)
        {
            var gathered = ArrayPool<long>.Shared.Rent(Math.Max(rows.Length, 1));
            for (var i = 0; i < rows.Length; i++) gathered[i] = nulls && column.IsNull(rows[i]) ? 0 : (long)column[rows[i]];
            NumberVector.Write(writer, gathered.AsSpan(0, rows.Length));
            ArrayPool<long>.Shared.Return(gathered);
            return;
        }
        foreach (var row in rows) BinaryPrimitives.WriteInt128LittleEndian(writer.Add(16), column.IsNull(row) ? 0 : column[row]);
    }

    private static void ReadDecimals(ref PayloadReader reader, Span<Int128> values)
    {
        if (reader.Byte() != 0)
        {
            var numbers = ArrayPool<long>.Shared.Rent(Math.Max(values.Length, 1));
            NumberVector.Read(ref reader, numbers.AsSpan(0, values.Length));
            for (var i = 0; i < values.Length; i++) values[i] = numbers[i];
            ArrayPool<long>.Shared.Return(numbers);
            return;
        }
        for (var i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadInt128LittleEndian(reader.Take(16));
    }

    private static void WriteBytes(PayloadWriter writer, BytesColumn column, ReadOnlySpan<int> rows)
    {
        var lengths = ArrayPool<long>.Shared.Rent(Math.Max(rows.Length, 1));
        var total = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            var length = column[rows[i]].Length;
            lengths[i] = length;
            total = checked(total + length);
        }
        NumberVector.Write(writer, lengths.AsSpan(0, rows.Length));
        ArrayPool<long>.Shared.Return(lengths);
        var target = writer.Add(total);
        foreach (var row in rows)
        {
            var value = column[row];
            value.CopyTo(target);
            target = target[value.Length..];
        }
    }

    private static void ReadBytes(ref PayloadReader reader, BytesColumn column, int rows, ReadOnlySpan<byte> bits)
    {
        var lengths = ArrayPool<long>.Shared.Rent(Math.Max(rows, 1));
        try
        {
            NumberVector.Read(ref reader, lengths.AsSpan(0, rows));
            for (var i = 0; i < rows; i++)
            {
                if (lengths[i] is < 0 or > int.MaxValue) throw reader.Corrupt($"it has a text of {lengths[i]} bytes");
                var value = reader.Take((int)lengths[i]);
                if (!bits.IsEmpty && (bits[i >> 3] >> (i & 7) & 1) == 0) column.AppendNull();
                else column.Append(value);
            }
        }
        finally
        {
            ArrayPool<long>.Shared.Return(lengths);
        }
    }
}
