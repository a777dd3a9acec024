using System.Buffers;
using StreamForge.Core;

namespace StreamForge.Embedded.Sinks.Iceberg;

/// <summary>The bytes that an encoder has put out and no object has taken yet, in rented pieces, so that a row group of any size is never copied to grow. One thread at a time.</summary>
internal sealed class ByteSegments : IBufferWriter<byte>, IDisposable
{
    private const int SegmentBytes = 256 * 1024;

    private readonly List<(byte[] Bytes, int Length)> _full = [];
    private byte[] _current = [];
    private int _written;

    /// <summary>Bytes held.</summary>
    public long Length { get; private set; }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _current.Length - _written);
        _written += count;
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_current.Length - _written < Math.Max(sizeHint, 1))
        {
            if (_written > 0) _full.Add((_current, _written));
            else if (_current.Length > 0) ArrayPool<byte>.Shared.Return(_current);
            _current = ArrayPool<byte>.Shared.Rent(Math.Max(sizeHint, SegmentBytes));
            _written = 0;
        }
        return _current.AsMemory(_written);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Writes what is held to an object, and holds nothing afterwards.</summary>
    public async ValueTask DrainAsync(IObjectWriter target, CancellationToken cancellation)
    {
        foreach (var (bytes, length) in _full) await target.WriteAsync(bytes.AsMemory(0, length), cancellation);
        if (_written > 0) await target.WriteAsync(_current.AsMemory(0, _written), cancellation);
        ReturnFull();
        _written = 0;
        Length = 0;
    }

    private void ReturnFull()
    {
        foreach (var (bytes, _) in _full) ArrayPool<byte>.Shared.Return(bytes);
        _full.Clear();
    }

    public void Dispose()
    {
        ReturnFull();
        if (_current.Length > 0) ArrayPool<byte>.Shared.Return(_current);
        _current = [];
        _written = 0;
    }
}
