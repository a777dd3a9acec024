using System.Buffers.Binary;
using System.Runtime.InteropServices;
using StreamForge.Core;

namespace StreamForge.Formats.Parquet.Writing;

/// <summary>How a column's values of one size come from our columns and go into pages.</summary>
/// <typeparam name="T">The value as the encoder keeps it.</typeparam>
internal abstract class ValueKind<T> where T : unmanaged
{
    /// <summary>The values of rows that are not null; <paramref name="scratch"/> has room for all rows.</summary>
    public abstract ReadOnlySpan<T> Dense(Column column, RowSlice rows, Span<T> scratch);

    /// <summary>Writes values in the PLAIN encoding.</summary>
    public virtual void Write(ReadOnlySpan<T> values, PooledBuffer output) => output.Add(MemoryMarshal.AsBytes(values));

    /// <summary>Appends a value to a column of the type that it came from.</summary>
    public abstract void AppendTo(Column column, T value);

    /// <summary>The bound as statistics store it: the least or the greatest value, zeros with the sign that makes them one (parquet.thrift, ColumnOrder).</summary>
    public virtual T Lower(T value) => value;

    public virtual T Upper(T value) => value;

    public byte[] ToBytes(T value)
    {
        using var buffer = new PooledBuffer();
        Write([value], buffer);
        return buffer.Written.ToArray();
    }

    protected static ReadOnlySpan<TStored> Dense<TStored>(FixedColumn<TStored> column, RowSlice rows, Span<TStored> scratch) where TStored : unmanaged
    {
        if (rows.IsRange && !column.HasNulls) return column.Values.Slice(rows.Start, rows.Count);
        var values = column.Values;
        var count = 0;
        if (column.HasNulls)
        {
            var valid = column.Valid;
            for (var i = 0; i < rows.Count; i++)
            {
                var row = rows[i];
                scratch[count] = values[row];
                count += valid[row];
            }
        }
        else
        {
            for (var i = 0; i < rows.Count; i++) scratch[count++] = values[rows[i]];
        }
        return scratch[..count];
    }
}

/// <summary>INT32: int, date, and decimals of up to 9 digits.</summary>
internal sealed class Int32Kind : ValueKind<int>
{
    public override ReadOnlySpan<int> Dense(Column column, RowSlice rows, Span<int> scratch)
    {
        var count = 0;
        if (column is Int64Column whole)
        {
            var values = whole.Values;
            for (var i = 0; i < rows.Count; i++)
            {
                var row = rows[i];
                if (column.IsNull(row)) continue;
                var value = values[row];
                if (value != (int)value) throw new StreamForgeException(ErrorKind.InvalidArgument, $"{value} is not within the range of the type {column.Type}");
                scratch[count++] = (int)value;
            }
        }
        else
        {
            var values = ((DecimalColumn)column).Values;
            for (var i = 0; i < rows.Count; i++)
            {
                var row = rows[i];
                if (!column.IsNull(row)) scratch[count++] = (int)values[row];
            }
        }
        return scratch[..count];
    }

    public override void AppendTo(Column column, int value)
    {
        if (column is Int64Column whole) whole.Append(value);
        else ((DecimalColumn)column).Append(value);
    }
}

/// <summary>INT64: bigint, timestamps, and decimals of 10 to 18 digits.</summary>
internal sealed class Int64Kind : ValueKind<long>
{
    public override ReadOnlySpan<long> Dense(Column column, RowSlice rows, Span<long> scratch)
    {
        if (column is Int64Column whole) return Dense<long>(whole, rows, scratch);
        var values = ((DecimalColumn)column).Values;
        var count = 0;
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if (!column.IsNull(row)) scratch[count++] = (long)values[row];
        }
        return scratch[..count];
    }

    public override void AppendTo(Column column, long value)
    {
        if (column is Int64Column whole) whole.Append(value);
        else ((DecimalColumn)column).Append(value);
    }
}

/// <summary>DOUBLE.</summary>
internal sealed class DoubleKind : ValueKind<double>
{
    public override ReadOnlySpan<double> Dense(Column column, RowSlice rows, Span<double> scratch) => Dense((FixedColumn<double>)column, rows, scratch);

    public override void AppendTo(Column column, double value) => ((DoubleColumn)column).Append(value);

    public override double Lower(double value) => value == 0 ? -0.0 : value;

    public override double Upper(double value) => value == 0 ? 0.0 : value;
}

/// <summary>FIXED_LEN_BYTE_ARRAY: decimals of more than 18 digits, big-endian two's complement.</summary>
internal sealed class DecimalKind(int width) : ValueKind<Int128>
{
    public override ReadOnlySpan<Int128> Dense(Column column, RowSlice rows, Span<Int128> scratch) => Dense((FixedColumn<Int128>)column, rows, scratch);

    public override void Write(ReadOnlySpan<Int128> values, PooledBuffer output)
    {
        Span<byte> whole = stackalloc byte[16];
        foreach (var value in values)
        {
            BinaryPrimitives.WriteInt128BigEndian(whole, value);
            whole[^width..].CopyTo(output.Take(width));
        }
    }

    public override void AppendTo(Column column, Int128 value) => ((DecimalColumn)column).Append(value);
}
