using System.Buffers;
using System.Text;

namespace StreamForge.Core;

/// <summary>string, bytes, and nested values as JSON text: all rows' bytes one after another, and where each row ends.</summary>
public sealed class BytesColumn : Column
{
    private byte[] _data;
    private int[] _offsets;

    public BytesColumn(DataType type, int capacity) : base(type, capacity)
    {
        _data = ArrayPool<byte>.Shared.Rent(Math.Max(capacity * 16, 64));
        _offsets = ArrayPool<int>.Shared.Rent(Math.Max(capacity, 16) + 1);
        _offsets[0] = 0;
    }

    /// <summary>The bytes of one row; empty when it is null.</summary>
    public ReadOnlySpan<byte> this[int row] => _data.AsSpan(_offsets[row], _offsets[row + 1] - _offsets[row]);

    /// <summary>Where each row begins in <see cref="Data"/>, and after the last where it ends: Count + 1 numbers.</summary>
    public ReadOnlySpan<int> Offsets => _offsets.AsSpan(0, Count + 1);

    /// <summary>All rows' bytes.</summary>
    public ReadOnlySpan<byte> Data => _data.AsSpan(0, _offsets[Count]);

    /// <summary>One row as text; null when it is null.</summary>
    public string? GetString(int row) => IsNull(row) ? null : Encoding.UTF8.GetString(this[row]);

    public void Append(ReadOnlySpan<byte> value)
    {
        var row = AddRow(valid: true);
        var start = _offsets[row];
        if (_data.Length - start < value.Length) GrowData(checked(start + value.Length));
        value.CopyTo(_data.AsSpan(start));
        _offsets[row + 1] = start + value.Length;
    }

    /// <summary>Appends text as UTF-8.</summary>
    public void Append(string value)
    {
        var row = AddRow(valid: true);
        var start = _offsets[row];
        var bytes = Encoding.UTF8.GetByteCount(value);
        if (_data.Length - start < bytes) GrowData(checked(start + bytes));
        _offsets[row + 1] = start + Encoding.UTF8.GetBytes(value, _data.AsSpan(start));
    }

    /// <summary>Room for at most <paramref name="maxBytes"/> bytes of a new row; end it with <see cref="CommitAppend"/>. No other append may come between.</summary>
    public Span<byte> BeginAppend(int maxBytes)
    {
        var start = _offsets[Count];
        if (_data.Length - start < maxBytes) GrowData(checked(start + maxBytes));
        return _data.AsSpan(start, maxBytes);
    }

    /// <summary>Ends the row begun by <see cref="BeginAppend"/> with its first <paramref name="written"/> bytes.</summary>
    public void CommitAppend(int written)
    {
        var row = AddRow(valid: true);
        _offsets[row + 1] = _offsets[row] + written;
    }

    public override void AppendNull()
    {
        var row = AddRow(valid: false);
        _offsets[row + 1] = _offsets[row];
    }

    public override void AppendFrom(Column source, int row)
    {
        if (source.IsNull(row)) AppendNull();
        else Append(((BytesColumn)source)[row]);
    }

    public override void SetLength(int rows) => throw new NotSupportedException("A variable-length column is filled row by row.");

    private protected override int ValueCapacity => _offsets.Length - 1;

    private protected override void GrowValues(int capacity) => _offsets = Grow(_offsets, capacity + 1);

    private void GrowData(int bytes) => _data = Grow(_data, bytes);

    private protected override void ReturnValues()
    {
        ArrayPool<byte>.Shared.Return(_data);
        ArrayPool<int>.Shared.Return(_offsets);
        _data = [];
        _offsets = [0];
    }
}
