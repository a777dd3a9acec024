using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using StreamForge.Core;
using StreamForge.Formats.Parquet.Encodings;

namespace StreamForge.Formats.Parquet.Writing;

/// <summary>A column whose values all have one size.</summary>
internal sealed class FixedColumnEncoder<T>(ColumnLayout layout, PageAssembler assembler, ValueKind<T> kind) : ColumnEncoder(layout, assembler) where T : unmanaged, INumber<T>, IMinMaxValue<T>
{
    private readonly ValueDictionary<T> _dictionary = new();
    private bool _usesDictionary = assembler.Options.DictionaryBytes > 0;
    private int[] _numbers = [];
    private T[] _values = [];
    private int _count;
    private Bounds<T> _page = Bounds<T>.None;
    private Bounds<T> _chunk = Bounds<T>.None;
    private Bounds<T> _file = Bounds<T>.None;
    private long _nans;

    protected override bool UsesDictionary => _usesDictionary;

    protected override int DictionaryBytes => _dictionary.Count * Layout.Width;

    protected override int PageBytes => _count * (_usesDictionary ? sizeof(int) : Layout.Width);

    protected override long? NaNs => typeof(T) == typeof(double) ? _nans : null;

    public override void Dispose()
    {
        base.Dispose();
        _dictionary.Dispose();
        if (_numbers.Length > 0) ArrayPool<int>.Shared.Return(_numbers);
        if (_values.Length > 0) ArrayPool<T>.Shared.Return(_values);
        _numbers = [];
        _values = [];
    }

    [SkipLocalsInit]
    protected override int AppendValues(Column column, RowSlice rows)
    {
        // 32 KiB at most.
        Span<T> scratch = stackalloc T[rows.Count];
        var values = kind.Dense(column, rows, scratch);
        _nans += _page.Add(values);
        if (_usesDictionary)
        {
            Rented.Ensure(ref _numbers, _count, values.Length);
            _dictionary.Encode(values, _numbers.AsSpan(_count));
        }
        else
        {
            Rented.Ensure(ref _values, _count, values.Length);
            values.CopyTo(_values.AsSpan(_count));
        }
        _count += values.Length;
        return rows.Count;
    }

    protected override void WriteIndices()
    {
        var width = HybridEncoder.BitWidth(Math.Max(0, _dictionary.Count - 1));
        Assembler.Body.Add((byte)width);
        HybridEncoder.Encode(_numbers.AsSpan(0, _count), width, Assembler.Body);
    }

    protected override void WritePlain() => kind.Write(_values.AsSpan(0, _count), Assembler.Body);

    protected override bool DictionaryPays(int indexBytes) => indexBytes + DictionaryBytes < _count * Layout.Width || _count == 0;

    protected override void AbandonDictionary()
    {
        Rented.Ensure(ref _values, 0, _count);
        var distinct = _dictionary.Values;
        for (var i = 0; i < _count; i++) _values[i] = distinct[_numbers[i]];
        StopDictionary();
        _dictionary.Dispose();
    }

    protected override void StopDictionary() => _usesDictionary = false;

    protected override void StartDictionary()
    {
        _dictionary.Dispose();
        _usesDictionary = Assembler.Options.DictionaryBytes > 0;
    }

    protected override int WriteDictionary()
    {
        kind.Write(_dictionary.Values, Assembler.Body);
        return _dictionary.Count;
    }

    protected override (byte[]? Min, byte[]? Max) EndPageBounds()
    {
        var page = _page;
        _chunk.Add(page);
        _page = Bounds<T>.None;
        return page.Any ? (kind.ToBytes(kind.Lower(page.Min)), kind.ToBytes(kind.Upper(page.Max))) : (null, null);
    }

    protected override ChunkBounds EndChunkBounds()
    {
        var chunk = _chunk;
        _file.Add(chunk);
        _chunk = Bounds<T>.None;
        return chunk.Any ? new ChunkBounds(kind.ToBytes(kind.Lower(chunk.Min)), kind.ToBytes(kind.Upper(chunk.Max)), true, true) : new ChunkBounds(null, null, false, false);
    }

    protected override Column? FileBounds()
    {
        if (!_file.Any) return null;
        var column = Column.Create(Layout.Column.Type, 2);
        kind.AppendTo(column, kind.Lower(_file.Min));
        kind.AppendTo(column, kind.Upper(_file.Max));
        return column;
    }

    protected override void ClearPage() => _count = 0;
}

/// <summary>The least and the greatest of some numbers, NaN left out.</summary>
internal struct Bounds<T> where T : unmanaged, INumber<T>, IMinMaxValue<T>
{
    public T Min;
    public T Max;
    public bool Any;

    public static Bounds<T> None => default;

    /// <returns>How many were NaN.</returns>
    public int Add(ReadOnlySpan<T> values)
    {
        int nans = 0, i = 0;
        for (; !Any && i < values.Length; i++)
        {
            if (T.IsNaN(values[i]))
            {
                nans++;
                continue;
            }
            Min = Max = values[i];
            Any = true;
        }
        T min = Min, max = Max;
        for (; i < values.Length; i++)
        {
            var value = values[i];
            if (value < min) min = value;
            if (value > max) max = value;
            if (T.IsNaN(value)) nans++;
        }
        Min = min;
        Max = max;
        return nans;
    }

    public void Add(Bounds<T> other)
    {
        if (!other.Any) return;
        Add([other.Min, other.Max]);
    }
}

/// <summary>Growing rented arrays.</summary>
internal static class Rented
{
    /// <summary>Room for <paramref name="more"/> items after the first <paramref name="used"/>.</summary>
    public static void Ensure<T>(ref T[] array, int used, int more)
    {
        if (array.Length - used >= more) return;
        var larger = ArrayPool<T>.Shared.Rent(Math.Max(checked(used + more), Math.Max(64, array.Length < 1 << 29 ? array.Length * 2 : 0)));
        array.AsSpan(0, used).CopyTo(larger);
        if (array.Length > 0) ArrayPool<T>.Shared.Return(array);
        array = larger;
    }
}
