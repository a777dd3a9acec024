using System.Buffers;

namespace StreamForge.Core;

/// <summary>
/// A vector of values of one type: what batches are made of.
/// <para>
/// A column is filled by one owner (<c>Append…</c>, or <see cref="SetLength"/> and a writable span), then shared and never changed again.
/// Its arrays are rented; the last <see cref="Release"/> gives them back, after which no span of it may be used. A new column
/// starts with one reference. Filling is single-threaded; reading, <see cref="Retain"/> and <see cref="Release"/> are safe from any thread.
/// </para>
/// <para>
/// Validity is one byte a row, 1 for a value and 0 for null. A null row's value is unspecified (readers must look at validity first)
/// but always initialised, so that vectorised code may compute on it.
/// </para>
/// </summary>
public abstract class Column
{
    private int _references = 1;
    private byte[] _valid;

    private protected Column(DataType type, int capacity)
    {
        Type = type;
        _valid = ArrayPool<byte>.Shared.Rent(Math.Max(capacity, 16));
    }

    public DataType Type { get; }

    /// <summary>Rows.</summary>
    public int Count { get; private protected set; }

    /// <summary>True when at least one row may be null; false promises that none is.</summary>
    public bool HasNulls { get; private protected set; }

    /// <summary>One byte a row: 1 value, 0 null.</summary>
    public ReadOnlySpan<byte> Valid => _valid.AsSpan(0, Count);

    public bool IsNull(int row) => HasNulls && _valid[row] == 0;

    /// <summary>Rows that fit without growing.</summary>
    public int Capacity => Math.Min(_valid.Length, ValueCapacity);

    private protected abstract int ValueCapacity { get; }

    public abstract void AppendNull();

    /// <summary>Appends row <paramref name="row"/> of <paramref name="source"/>, a column of the same storage.</summary>
    public abstract void AppendFrom(Column source, int row);

    /// <summary>The rows named by <paramref name="rows"/>, in that order, as a new column that the caller owns.</summary>
    public Column Gather(ReadOnlySpan<int> rows)
    {
        var result = Create(Type, rows.Length);
        result.AppendGather(this, rows);
        return result;
    }

    private protected virtual void AppendGather(Column source, ReadOnlySpan<int> rows)
    {
        foreach (var row in rows) AppendFrom(source, row);
    }

    /// <summary>Takes the rows from <paramref name="rows"/> on back; only while the column is filled.</summary>
    public void Truncate(int rows)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)rows, (uint)Count);
        Count = rows;
    }

    public void Retain() => Interlocked.Increment(ref _references);

    /// <summary>Gives one reference back; the last one returns the arrays to the pool.</summary>
    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        if (left < 0) throw new InvalidOperationException("A column was released more often than it was retained.");
        if (left > 0) return;
        ArrayPool<byte>.Shared.Return(_valid);
        _valid = [];
        Count = 0;
        ReturnValues();
    }

    private protected abstract void ReturnValues();

    private protected abstract void GrowValues(int capacity);

    private protected void EnsureCapacity(int rows)
    {
        if (_valid.Length < rows) _valid = Grow(_valid, rows);
        if (ValueCapacity < rows) GrowValues(rows);
    }

    /// <summary>Adds a row's validity; the value's slot is <c>Count - 1</c> afterwards.</summary>
    private protected int AddRow(bool valid)
    {
        if (Count == _valid.Length || Count == ValueCapacity) EnsureCapacity(Math.Max(16, Count * 2));
        _valid[Count] = valid ? (byte)1 : (byte)0;
        if (!valid) HasNulls = true;
        return Count++;
    }

    /// <summary>
    /// Makes the column <paramref name="rows"/> long, all valid and zero, to be filled through a writable span;
    /// for vectorised code. Only on a column that nobody else sees yet. Variable-length columns do not support it.
    /// </summary>
    public virtual void SetLength(int rows)
    {
        EnsureCapacity(rows);
        Count = rows;
        HasNulls = false;
        _valid.AsSpan(0, rows).Fill(1);
    }

    /// <summary>The validity bytes, to be written while filling; call <see cref="MarkNulls"/> afterwards.</summary>
    public Span<byte> WritableValid => _valid.AsSpan(0, Count);

    /// <summary>Recomputes <see cref="HasNulls"/> after validity was written directly.</summary>
    public void MarkNulls() => HasNulls = Valid.Contains((byte)0);

    /// <summary>Copies validity from <paramref name="other"/>, which has as many rows.</summary>
    public void CopyValidity(Column other)
    {
        HasNulls = other.HasNulls;
        if (other.HasNulls) other.Valid.CopyTo(WritableValid);
    }

    private protected static T[] Grow<T>(T[] array, int capacity)
    {
        var larger = ArrayPool<T>.Shared.Rent(Math.Max(capacity, array.Length * 2));
        array.CopyTo(larger, 0);
        if (array.Length > 0) ArrayPool<T>.Shared.Return(array);
        return larger;
    }

    /// <summary>A new, empty column of <paramref name="type"/> with room for <paramref name="capacity"/> rows.</summary>
    public static Column Create(DataType type, int capacity) => type.Kind switch
    {
        TypeKind.Boolean => new BooleanColumn(capacity),
        TypeKind.Double => new DoubleColumn(capacity),
        TypeKind.Decimal => new DecimalColumn(type, capacity),
        TypeKind.Int or TypeKind.BigInt or TypeKind.Date or TypeKind.Timestamp or TypeKind.TimestampTz => new Int64Column(type, capacity),
        _ => new BytesColumn(type, capacity),
    };

    /// <summary>A column of <paramref name="rows"/> nulls.</summary>
    public static Column Nulls(DataType type, int rows)
    {
        var column = Create(type, rows);
        for (var i = 0; i < rows; i++) column.AppendNull();
        return column;
    }
}
