using StreamForge.Core;

namespace StreamForge.Formats.Avro.Files;

/// <summary>An object read from its beginning to its end through one buffer, which grows to the largest piece asked for.</summary>
internal sealed class AvroInput(IObjectReader source)
{
    private const int ReadAhead = 256 * 1024;

    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private long _next;

    public string Location => source.Location;

    /// <summary>Where the next piece begins.</summary>
    public long Offset => _next - (_end - _start);

    /// <summary>Bytes from there to the end.</summary>
    public long Left => source.Length - Offset;

    /// <summary>The next <paramref name="length"/> bytes, valid until the next call.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(long length, CancellationToken cancellation)
    {
        if (length < 0 || length > Left || length > AvroCodec.MaxBlock) throw Damaged($"a length of {length} where {Left} bytes are left");
        if (_end - _start < length) await FillAsync((int)length, cancellation);
        _start += (int)length;
        return _buffer.AsMemory(_start - (int)length, (int)length);
    }

    public async ValueTask<ReadOnlyMemory<byte>> ReadBytesAsync(CancellationToken cancellation) => await ReadAsync(await ReadLongAsync(cancellation), cancellation);

    public async ValueTask<long> ReadLongAsync(CancellationToken cancellation)
    {
        ulong bits = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = (await ReadAsync(1, cancellation)).Span[0];
            if (shift == 63 && next > 3) break;
            bits |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return (long)(bits >> 1) ^ -(long)(bits & 1);
        }
        throw Damaged("a number has more than 64 bits");
    }

    public StreamForgeException Damaged(string what) => new(ErrorKind.Corrupt, $"{Location}: the Avro file is damaged before byte {Offset}: {what}");

    private async ValueTask FillAsync(int length, CancellationToken cancellation)
    {
        var held = _end - _start;
        var whole = (int)Math.Min(Math.Max(length, ReadAhead), Left);
        if (_buffer.Length < whole)
        {
            var larger = new byte[whole];
            _buffer.AsSpan(_start, held).CopyTo(larger);
            _buffer = larger;
        }
        else
        {
            _buffer.AsSpan(_start, held).CopyTo(_buffer);
        }
        (_start, _end) = (0, held);
        await source.ReadAsync(_next, _buffer.AsMemory(held, whole - held), cancellation);
        _next += whole - held;
        _end = whole;
    }
}
