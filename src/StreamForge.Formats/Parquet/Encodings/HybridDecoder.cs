using System.Numerics;
using System.Runtime.InteropServices;
using StreamForge.Formats.Parquet.Thrift;

namespace StreamForge.Formats.Parquet.Encodings;

/// <summary>Reads what <see cref="HybridEncoder"/> describes, some values at a time, so that a run of any length takes no memory.</summary>
internal struct HybridDecoder
{
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly int _width;
    private int _at;
    private uint _run;
    private int _value;
    private long _packed;
    private long _bit;

    /// <param name="bytes">The encoded values.</param>
    /// <param name="width">Bits of a value, 0 to 32.</param>
    public HybridDecoder(ReadOnlyMemory<byte> bytes, int width)
    {
        if (width is < 0 or > 32) throw new DamagedParquetException($"values of {width} bits");
        _bytes = bytes;
        _width = width;
    }

    /// <summary>Bits without headers: booleans in the PLAIN encoding.</summary>
    public static HybridDecoder Bits(ReadOnlyMemory<byte> bytes) => new(bytes, 1) { _packed = bytes.Length * 8L, _at = bytes.Length };

    /// <summary>Whether the next <paramref name="count"/> values are one run, which is then read.</summary>
    public bool TryRun(int count, out int value)
    {
        if (_run == 0 && _packed == 0) Next();
        value = _value;
        if (_run < count) return false;
        _run -= (uint)count;
        return true;
    }

    public void Read<T>(Span<T> target) where T : unmanaged, IBinaryInteger<T>
    {
        while (!target.IsEmpty)
        {
            int count;
            if (_run > 0)
            {
                count = (int)Math.Min(_run, (uint)target.Length);
                target[..count].Fill(T.CreateTruncating(_value));
                _run -= (uint)count;
            }
            else if (_packed > 0)
            {
                count = (int)Math.Min(_packed, target.Length);
                Unpack(target[..count]);
                _packed -= count;
            }
            else
            {
                Next();
                continue;
            }
            target = target[count..];
        }
    }

    private void Next()
    {
        var bytes = _bytes.Span;
        uint header = 0;
        for (var shift = 0; ; shift += 7)
        {
            if (_at >= bytes.Length) throw new DamagedParquetException("a page has fewer values than its header says");
            if (shift > 28) throw new DamagedParquetException("a run's header has more than 32 bits");
            var next = bytes[_at++];
            header |= (uint)(next & 0x7F) << shift;
            if (next < 0x80) break;
        }
        if ((header & 1) == 0)
        {
            var size = (_width + 7) / 8;
            if (bytes.Length - _at < size) throw new DamagedParquetException("a run has no value");
            uint value = 0;
            for (var i = 0; i < size; i++) value |= (uint)bytes[_at++] << (8 * i);
            if (_width < 32 && value >> _width != 0) throw new DamagedParquetException($"a run of {value} where values have {_width} bits");
            _value = (int)value;
            _run = header >> 1;
            return;
        }
        var groups = (long)(header >> 1);
        _bit = _at * 8L;
        // The last group may be cut where its values are not needed.
        var available = (bytes.Length - _at) * 8L;
        _packed = _width == 0 ? groups * 8 : Math.Min(groups * 8, available / _width);
        _at = (int)Math.Min(bytes.Length, _at + groups * _width);
        if (_packed == 0 && groups > 0) throw new DamagedParquetException("a page has fewer values than its header says");
    }

    private void Unpack<T>(Span<T> target) where T : unmanaged, IBinaryInteger<T>
    {
        var bytes = _bytes.Span;
        var mask = (1UL << _width) - 1;
        var bit = _bit;
        var i = 0;
        // Whole words while eight bytes follow.
        var lastWord = bytes.Length - 8;
        for (; i < target.Length && (int)(bit >> 3) <= lastWord; i++, bit += _width)
            target[i] = T.CreateTruncating((uint)((MemoryMarshal.Read<ulong>(bytes[(int)(bit >> 3)..]) >> (int)(bit & 7)) & mask));
        for (; i < target.Length; i++, bit += _width)
        {
            ulong word = 0;
            var at = (int)(bit >> 3);
            for (var b = 0; b < 8 && at + b < bytes.Length; b++) word |= (ulong)bytes[at + b] << (8 * b);
            target[i] = T.CreateTruncating((uint)((word >> (int)(bit & 7)) & mask));
        }
        _bit = bit;
    }
}
