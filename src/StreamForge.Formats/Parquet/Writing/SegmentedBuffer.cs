using System.Buffers;

namespace StreamForge.Formats.Parquet.Writing;

/// <summary>Bytes kept in rented pieces, so that growing copies nothing; nothing is rented while it is empty. For one thread.</summary>
internal sealed class SegmentedBuffer : IDisposable
{
    private const int Smallest = 4 * 1024;
    private const int Largest = 1024 * 1024;

    private readonly List<(byte[] Bytes, int Length)> _full = [];
    private byte[] _last = [];
    private int _used;

    public long Length { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        Length += bytes.Length;
        while (!bytes.IsEmpty)
        {
            if (_used == _last.Length) Next(bytes.Length);
            var count = Math.Min(bytes.Length, _last.Length - _used);
            bytes[..count].CopyTo(_last.AsSpan(_used));
            _used += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Writes everything to <paramref name="output"/> and empties the buffer.</summary>
    public void MoveTo(IBufferWriter<byte> output)
    {
        foreach (var (bytes, length) in _full) output.Write(bytes.AsSpan(0, length));
        output.Write(_last.AsSpan(0, _used));
        Dispose();
    }

    public void Dispose()
    {
        foreach (var (bytes, _) in _full) ArrayPool<byte>.Shared.Return(bytes);
        _full.Clear();
        if (_last.Length > 0) ArrayPool<byte>.Shared.Return(_last);
        _last = [];
        _used = 0;
        Length = 0;
    }

    private void Next(int atLeast)
    {
        if (_last.Length > 0) _full.Add((_last, _used));
        _last = ArrayPool<byte>.Shared.Rent(Math.Max(atLeast, (int)Math.Clamp(Length, Smallest, Largest)));
        _used = 0;
    }
}
