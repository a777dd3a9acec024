using System.Buffers;
using System.Buffers.Binary;
using StreamForge.Core;
using StreamForge.Formats.Parquet.Encodings;
using StreamForge.Formats.Parquet.Thrift;

namespace StreamForge.Formats.Parquet.Reading;

/// <summary>How the values of the present page are read.</summary>
internal enum ValueLayout
{
    /// <summary>Of one size, one after another.</summary>
    Fixed,

    /// <summary>Each after its length in four bytes.</summary>
    Plain,

    /// <summary>One after another, with their offsets.</summary>
    Offsets,

    /// <summary>Numbers of the dictionary, or booleans.</summary>
    Numbers,
}

/// <summary>The values of a page that are not null, read from the first to the last. Owns what it rented until <see cref="Release"/>.</summary>
internal sealed class PageValues : IDisposable
{
    private const string Ends = "a page ends before its last value";

    private byte[]? _rentedData;
    private int[]? _rentedOffsets;
    private int[] _scratch = [];
    private ReadOnlyMemory<byte> _data;
    private HybridDecoder _numbers;
    private int _at;
    private int _index;
    private int _count;

    public ValueLayout Layout { get; private set; }

    /// <summary>The values that numbers stand for; null for booleans.</summary>
    public Column? Dictionary { get; private set; }

    /// <summary>One value of the size that it has.</summary>
    public static PageValues Bound(ReadOnlyMemory<byte> value) => new() { _data = value, Layout = ValueLayout.Fixed };

    /// <summary>Values of the dictionary's page.</summary>
    public static PageValues Plain(ReadOnlyMemory<byte> data, int width) => new() { _data = data, Layout = width > 0 ? ValueLayout.Fixed : ValueLayout.Plain };

    /// <summary>Begins a page.</summary>
    /// <param name="encoding">How values are laid out.</param>
    /// <param name="data">The page behind its levels; valid until the next page.</param>
    /// <param name="leaf">The column.</param>
    /// <param name="dictionary">The chunk's dictionary, if it has one.</param>
    /// <param name="atMost">Values, null or not.</param>
    public void Begin(PageEncoding encoding, ReadOnlyMemory<byte> data, LeafType leaf, Column? dictionary, int atMost)
    {
        Release();
        _data = data;
        _at = _index = _count = 0;
        Dictionary = null;
        switch (encoding)
        {
            case PageEncoding.Plain when leaf.Physical == PhysicalType.Boolean:
                _numbers = HybridDecoder.Bits(data);
                Layout = ValueLayout.Numbers;
                break;
            case PageEncoding.Plain:
                Layout = leaf.Width > 0 ? ValueLayout.Fixed : ValueLayout.Plain;
                break;
            case PageEncoding.PlainDictionary or PageEncoding.RleDictionary:
                Dictionary = dictionary ?? throw new DamagedParquetException("a page needs a dictionary, and its chunk has none");
                Layout = ValueLayout.Numbers;
                _numbers = data.IsEmpty ? new HybridDecoder(data, 0) : new HybridDecoder(data[1..], data.Span[0]);
                break;
            case PageEncoding.Rle when leaf.Physical == PhysicalType.Boolean:
                if (data.Length < 4) throw new DamagedParquetException(Ends);
                var length = BinaryPrimitives.ReadInt32LittleEndian(data.Span);
                if (length < 0 || length > data.Length - 4) throw new DamagedParquetException(Ends);
                _numbers = new HybridDecoder(data.Slice(4, length), 1);
                Layout = ValueLayout.Numbers;
                break;
            case PageEncoding.DeltaBinaryPacked when leaf.Physical is PhysicalType.Int32 or PhysicalType.Int64:
                BeginDelta(data.Span, leaf.Width, atMost);
                break;
            case PageEncoding.DeltaLengthByteArray when leaf.Physical == PhysicalType.ByteArray:
                (var start, _rentedOffsets, _count) = DeltaDecoder.DecodeLengths(data.Span, atMost);
                _data = data[start..];
                Layout = ValueLayout.Offsets;
                break;
            case PageEncoding.DeltaByteArray when leaf.Physical is PhysicalType.ByteArray or PhysicalType.FixedLenByteArray:
                (_rentedData, _rentedOffsets, _count) = DeltaDecoder.DecodeStrings(data.Span, atMost);
                _data = _rentedData;
                Layout = ValueLayout.Offsets;
                break;
            case PageEncoding.ByteStreamSplit when leaf.Width > 0 && leaf.Physical is not (PhysicalType.Boolean or PhysicalType.Int96):
                BeginSplit(data.Span, leaf.Width);
                break;
            default:
                throw new DamagedParquetException($"encoding {(int)encoding} of {leaf.Physical} values is not supported yet");
        }
    }

    /// <summary>The next <paramref name="count"/> values of one size.</summary>
    public ReadOnlySpan<byte> Fixed(int count, int width)
    {
        if ((long)count * width > _data.Length - _at) throw new DamagedParquetException(Ends);
        var values = _data.Span.Slice(_at, count * width);
        _at += count * width;
        return values;
    }

    /// <summary>The next value of any size.</summary>
    public ReadOnlySpan<byte> Next()
    {
        var data = _data.Span;
        if (Layout == ValueLayout.Plain)
        {
            if (data.Length - _at < 4) throw new DamagedParquetException(Ends);
            var length = BinaryPrimitives.ReadInt32LittleEndian(data[_at..]);
            if (length < 0 || length > data.Length - _at - 4) throw new DamagedParquetException(Ends);
            var value = data.Slice(_at + 4, length);
            _at += 4 + length;
            return value;
        }
        if (_index >= _count) throw new DamagedParquetException(Ends);
        var offsets = _rentedOffsets!;
        return data[offsets[_index]..offsets[++_index]];
    }

    /// <summary>The next numbers of the dictionary, each within it.</summary>
    public ReadOnlySpan<int> Numbers(int count)
    {
        if (_scratch.Length < count)
        {
            if (_scratch.Length > 0) ArrayPool<int>.Shared.Return(_scratch);
            _scratch = ArrayPool<int>.Shared.Rent(count);
        }
        var numbers = _scratch.AsSpan(0, count);
        _numbers.Read(numbers);
        uint greatest = 0;
        foreach (var number in numbers) greatest = Math.Max(greatest, (uint)number);
        if (count > 0 && greatest >= (uint)Dictionary!.Count) throw new DamagedParquetException($"a value is number {greatest} of a dictionary of {Dictionary.Count}");
        return numbers;
    }

    public void Booleans(Span<byte> target) => _numbers.Read(target);

    public void Release()
    {
        if (_rentedData is not null) ArrayPool<byte>.Shared.Return(_rentedData);
        if (_rentedOffsets is not null) ArrayPool<int>.Shared.Return(_rentedOffsets);
        _rentedData = null;
        _rentedOffsets = null;
        _data = default;
    }

    public void Dispose()
    {
        Release();
        if (_scratch.Length > 0) ArrayPool<int>.Shared.Return(_scratch);
        _scratch = [];
    }

    private void BeginDelta(ReadOnlySpan<byte> data, int width, int atMost)
    {
        var (values, count, _) = DeltaDecoder.Decode(data, atMost);
        _rentedData = ArrayPool<byte>.Shared.Rent(Math.Max(16, checked(count * width)));
        if (width == 8)
        {
            System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan(0, count)).CopyTo(_rentedData);
        }
        else
        {
            for (var i = 0; i < count; i++) BinaryPrimitives.WriteInt32LittleEndian(_rentedData.AsSpan(i * 4), (int)values[i]);
        }
        ArrayPool<long>.Shared.Return(values);
        _data = _rentedData.AsMemory(0, count * width);
        Layout = ValueLayout.Fixed;
    }

    /// <summary>BYTE_STREAM_SPLIT: the first bytes of all values, then the second ones, and so on.</summary>
    private void BeginSplit(ReadOnlySpan<byte> data, int width)
    {
        var count = data.Length / width;
        if (count * width != data.Length) throw new DamagedParquetException(Ends);
        var target = _rentedData = ArrayPool<byte>.Shared.Rent(Math.Max(16, data.Length));
        for (var b = 0; b < width; b++)
        {
            var stream = data.Slice(b * count, count);
            for (int i = 0, to = b; i < stream.Length; i++, to += width) target[to] = stream[i];
        }
        _data = target.AsMemory(0, data.Length);
        Layout = ValueLayout.Fixed;
    }
}
