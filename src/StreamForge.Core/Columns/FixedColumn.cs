using System.Buffers;

namespace StreamForge.Core;

/// <summary>A column whose values all have the same size.</summary>
public abstract class FixedColumn<T> : Column where T : unmanaged
{
    private T[] _values;

    private protected FixedColumn(DataType type, int capacity) : base(type, capacity) =>
        _values = ArrayPool<T>.Shared.Rent(Math.Max(capacity, 16));

    /// <summary>One value a row; that of a null row means nothing.</summary>
    public ReadOnlySpan<T> Values => _values.AsSpan(0, Count);

    /// <summary>The values, to be written after <see cref="SetLength"/> and before the column is shared.</summary>
    public Span<T> WritableValues => _values.AsSpan(0, Count);

    public T this[int row] => _values[row];

    public void Append(T value)
    {
        var row = AddRow(valid: true);
        _values[row] = value;
    }

    public override void AppendNull()
    {
        var row = AddRow(valid: false);
        _values[row] = default;
    }

    public override void AppendFrom(Column source, int row)
    {
        if (source.IsNull(row)) AppendNull();
        else Append(((FixedColumn<T>)source)._values[row]);
    }

    private protected override void AppendGather(Column source, ReadOnlySpan<int> rows)
    {
        var from = ((FixedColumn<T>)source)._values;
        SetLength(rows.Length);
        for (var i = 0; i < rows.Length; i++) _values[i] = from[rows[i]];
        if (!source.HasNulls) return;
        var valid = WritableValid;
        var sourceValid = source.Valid;
        for (var i = 0; i < rows.Length; i++) valid[i] = sourceValid[rows[i]];
        MarkNulls();
    }

    public override void SetLength(int rows)
    {
        base.SetLength(rows);
        _values.AsSpan(0, rows).Clear();
    }

    private protected override int ValueCapacity => _values.Length;

    private protected override void GrowValues(int capacity) => _values = Grow(_values, capacity);

    private protected override void ReturnValues()
    {
        ArrayPool<T>.Shared.Return(_values);
        _values = [];
    }
}

/// <summary>int, bigint, date (days), timestamp and timestamptz (microseconds).</summary>
public sealed class Int64Column(DataType type, int capacity) : FixedColumn<long>(type, capacity);

/// <summary>double.</summary>
public sealed class DoubleColumn(int capacity) : FixedColumn<double>(DataType.Double, capacity);

/// <summary>boolean: one byte a row, 0 or 1.</summary>
public sealed class BooleanColumn(int capacity) : FixedColumn<byte>(DataType.Boolean, capacity);

/// <summary>decimal(p,s): the unscaled value, that is the number times 10^s.</summary>
public sealed class DecimalColumn(DataType type, int capacity) : FixedColumn<Int128>(type, capacity);
