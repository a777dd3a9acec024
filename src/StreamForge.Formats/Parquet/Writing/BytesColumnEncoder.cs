using System.Buffers;
using System.Buffers.Binary;
using StreamForge.Core;
using StreamForge.Formats.Parquet.Encodings;

namespace StreamForge.Formats.Parquet.Writing;

/// <summary>A column of texts or bytes.</summary>
internal sealed class BytesColumnEncoder(ColumnLayout layout, PageAssembler assembler) : ColumnEncoder(layout, assembler)
{
    private readonly BytesDictionary _dictionary = new();
    private readonly PooledBuffer _plain = new();
    private readonly BytesBounds _page = new();
    private readonly BytesBounds _chunk = new();
    private readonly BytesBounds _file = new();
    private readonly bool _isText = layout.Column.Type.Kind != TypeKind.Bytes;
    private bool _usesDictionary = assembler.Options.DictionaryBytes > 0;
    private int[] _numbers = [];

    /// <summary>For each text of the dictionary the last page that had it.</summary>
    private int[] _seen = [];
    private int _seenCount;
    private int _pageNumber = 1;
    private int _count;

    protected override bool UsesDictionary => _usesDictionary;

    protected override int DictionaryBytes => _dictionary.Plain.Length;

    protected override int PageBytes => _usesDictionary ? _count * sizeof(int) : _plain.Length;

    protected override long? NaNs => null;

    public override void Dispose()
    {
        base.Dispose();
        _dictionary.Dispose();
        _plain.Dispose();
        if (_numbers.Length > 0) ArrayPool<int>.Shared.Return(_numbers);
        if (_seen.Length > 0) ArrayPool<int>.Shared.Return(_seen);
        _numbers = [];
        _seen = [];
        _page.Dispose();
        _chunk.Dispose();
        _file.Dispose();
    }

    protected override int AppendValues(Column column, RowSlice rows)
    {
        var source = (BytesColumn)column;
        return _usesDictionary ? AppendNumbers(source, rows) : AppendPlain(source, rows);
    }

    private int AppendNumbers(BytesColumn source, RowSlice rows)
    {
        Rented.Ensure(ref _numbers, _count, rows.Count);
        var limit = Assembler.Options.DictionaryBytes;
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if (source.IsNull(row)) continue;
            _numbers[_count++] = _dictionary.Number(source[row]);
            if (_dictionary.Plain.Length > limit) return i + 1;
        }
        return rows.Count;
    }

    private int AppendPlain(BytesColumn source, RowSlice rows)
    {
        var limit = Assembler.Options.PageBytes;
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if (source.IsNull(row)) continue;
            var value = source[row];
            var target = _plain.Take(sizeof(int) + value.Length);
            BinaryPrimitives.WriteInt32LittleEndian(target, value.Length);
            value.CopyTo(target[sizeof(int)..]);
            _page.Add(value);
            _count++;
            if (_plain.Length >= limit) return i + 1;
        }
        return rows.Count;
    }

    protected override void WriteIndices()
    {
        var width = HybridEncoder.BitWidth(Math.Max(0, _dictionary.Count - 1));
        Assembler.Body.Add((byte)width);
        HybridEncoder.Encode(_numbers.AsSpan(0, _count), width, Assembler.Body);
    }

    protected override void WritePlain() => Assembler.Body.Add(_plain.Written);

    protected override bool DictionaryPays(int indexBytes)
    {
        long plain = 0;
        for (var i = 0; i < _count; i++) plain += sizeof(int) + _dictionary[_numbers[i]].Length;
        return indexBytes + DictionaryBytes < plain || _count == 0;
    }

    protected override void AbandonDictionary()
    {
        for (var i = 0; i < _count; i++)
        {
            var value = _dictionary[_numbers[i]];
            var target = _plain.Take(sizeof(int) + value.Length);
            BinaryPrimitives.WriteInt32LittleEndian(target, value.Length);
            value.CopyTo(target[sizeof(int)..]);
        }
        StopDictionary();
        _dictionary.Dispose();
    }

    protected override void StopDictionary() => _usesDictionary = false;

    protected override void StartDictionary()
    {
        _dictionary.Dispose();
        _seenCount = 0;
        _usesDictionary = Assembler.Options.DictionaryBytes > 0;
    }

    protected override int WriteDictionary()
    {
        Assembler.Body.Add(_dictionary.Plain);
        return _dictionary.Count;
    }

    protected override (byte[]? Min, byte[]? Max) EndPageBounds()
    {
        if (_usesDictionary) AddNumbersToBounds();
        if (!_page.Any) return (null, null);
        // The page index has no way to say that there is no upper bound: then it is whole.
        var bounds = (BoundText.Lower(_page.Min, _isText), BoundText.Upper(_page.Max, _isText) ?? _page.Max.ToArray());
        _chunk.Add(_page);
        _page.Clear();
        return bounds;
    }

    /// <summary>Each text of the page once.</summary>
    private void AddNumbersToBounds()
    {
        Rented.Ensure(ref _seen, _seenCount, _dictionary.Count - _seenCount);
        _seen.AsSpan(_seenCount, _dictionary.Count - _seenCount).Clear();
        _seenCount = _dictionary.Count;
        for (var i = 0; i < _count; i++)
        {
            var number = _numbers[i];
            if (_seen[number] == _pageNumber) continue;
            _seen[number] = _pageNumber;
            _page.Add(_dictionary[number]);
        }
        _pageNumber++;
    }

    protected override ChunkBounds EndChunkBounds()
    {
        if (!_chunk.Any) return new ChunkBounds(null, null, false, false);
        var upper = BoundText.Upper(_chunk.Max, _isText);
        var bounds = new ChunkBounds(BoundText.Lower(_chunk.Min, _isText), upper, _chunk.Min.Length <= BoundText.MaxBytes, _chunk.Max.Length <= BoundText.MaxBytes);
        _file.Add(_chunk);
        _chunk.Clear();
        return bounds;
    }

    protected override Column? FileBounds()
    {
        if (!_file.Any) return null;
        var column = new BytesColumn(Layout.Column.Type, 2);
        column.Append(_file.Min);
        column.Append(_file.Max);
        return column;
    }

    protected override void ClearPage()
    {
        _count = 0;
        _plain.Clear();
    }
}

/// <summary>The least and the greatest of some byte strings, compared as unsigned bytes.</summary>
internal sealed class BytesBounds : IDisposable
{
    private readonly PooledBuffer _min = new();
    private readonly PooledBuffer _max = new();
    private ulong _minPrefix;
    private ulong _maxPrefix;

    public bool Any { get; private set; }

    public ReadOnlySpan<byte> Min => _min.Written;

    public ReadOnlySpan<byte> Max => _max.Written;

    public void Add(ReadOnlySpan<byte> value)
    {
        var prefix = Prefix(value);
        if (!Any || prefix < _minPrefix || (prefix == _minPrefix && value.SequenceCompareTo(Min) < 0)) Set(_min, value, ref _minPrefix, prefix);
        if (!Any || prefix > _maxPrefix || (prefix == _maxPrefix && value.SequenceCompareTo(Max) > 0)) Set(_max, value, ref _maxPrefix, prefix);
        Any = true;
    }

    public void Add(BytesBounds other)
    {
        if (!other.Any) return;
        Add(other.Min);
        Add(other.Max);
    }

    public void Clear() => Any = false;

    public void Dispose()
    {
        _min.Dispose();
        _max.Dispose();
    }

    private static void Set(PooledBuffer bound, ReadOnlySpan<byte> value, ref ulong boundPrefix, ulong prefix)
    {
        bound.Clear();
        bound.Add(value);
        boundPrefix = prefix;
    }

    /// <summary>The first eight bytes as a number that sorts as they do, zeros after the end.</summary>
    private static ulong Prefix(ReadOnlySpan<byte> value)
    {
        if (value.Length >= 8) return BinaryPrimitives.ReadUInt64BigEndian(value);
        ulong prefix = 0;
        for (var i = 0; i < value.Length; i++) prefix |= (ulong)value[i] << (56 - 8 * i);
        return prefix;
    }
}
