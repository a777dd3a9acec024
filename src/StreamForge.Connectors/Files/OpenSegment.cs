using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Formats;
using StreamForge.Formats.Csv;

namespace StreamForge.Connectors.Files;

/// <summary>
/// One open file with the part of it that is in memory: bytes <see cref="Start"/> to <see cref="End"/> of <see cref="Bytes"/> are read and not yet consumed, the first of them
/// being byte <see cref="Position"/> of the uncompressed file. Bytes that a batch refers to are never overwritten: when the room is used up, the rest moves to new memory. For one thread.
/// </summary>
internal sealed class OpenSegment : IDisposable
{
    /// <summary>A record that is longer is given up.</summary>
    public const int MaxRecordBytes = 16 << 20;

    private const int ChunkBytes = 1 << 20;

    /// <summary>Room after the last byte, so that vector loads near it stay within the array.</summary>
    private const int Spare = 64;

    private SharedBytes _memory = new(ChunkBytes + Spare);
    private int _room = ChunkBytes;

    public OpenSegment(InputFile file)
    {
        File = file;
        Input = ByteInput.Open(file);
    }

    public InputFile File { get; }

    public ByteInput Input { get; }

    public byte[] Bytes => _memory.Array;

    public int Start { get; private set; }

    public int End { get; private set; }

    public long Position { get; private set; }

    /// <summary>Bytes read and not consumed.</summary>
    public ReadOnlySpan<byte> Rest => Bytes.AsSpan(Start, End - Start);

    /// <summary>Keeps <see cref="Bytes"/> as they are until the returned action is called, from any thread.</summary>
    public Action Share()
    {
        _memory.Retain();
        return _memory.Release;
    }

    /// <summary>Reads until the room is full or nothing more is there.</summary>
    /// <returns>How many bytes were read.</returns>
    public int Fill()
    {
        MakeRoom();
        var before = End;
        while (End < _room)
        {
            var read = Input.Read(Bytes.AsSpan(End, _room - End));
            if (read == 0) break;
            End += read;
        }
        return End - before;
    }

    /// <summary>Passes over a byte order mark, which can only stand at byte 0.</summary>
    public void SkipByteOrderMark()
    {
        if (Position == 0 && Rest.StartsWith("\uFEFF"u8)) Consume(Start + 3);
    }

    /// <summary>Everything before index <paramref name="next"/> has been dealt with.</summary>
    public void Consume(int next)
    {
        Position += next - Start;
        Start = next;
    }

    /// <summary>Goes on at byte <paramref name="offset"/>, which is not before <see cref="Position"/>.</summary>
    /// <returns>false when the file ends before it; then <see cref="Position"/> is its end.</returns>
    public bool TrySkipTo(long offset, CancellationToken cancellation)
    {
        while (Position + (End - Start) < offset)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Input.CanGrow)
            {
                if (new FileInfo(File.FullPath) is not { Exists: true, Length: var length } || length < offset) return false;
                Input.TrySeek(offset);
                Start = End;
                Position = offset;
                return true;
            }
            Consume(End);
            if (Fill() == 0) return false;
        }
        Consume(Start + (int)(offset - Position));
        return true;
    }

    /// <summary>The sentence for a file that lost bytes which had been read.</summary>
    public StreamForgeException Shorter(long length, long offset) => new(
        ErrorKind.DataLoss,
        $"{File.FullPath}: the file ends at byte {length}, but it had been read to byte {offset}: it was cut or replaced; put the old one back, or start with an empty data directory");

    public void Dispose()
    {
        _memory.Release();
        Input.Dispose();
    }

    private void MakeRoom()
    {
        var rest = End - Start;
        if (rest == 0 && _memory.IsOwn && _room == ChunkBytes) Start = End = 0;
        if (_room - End >= ChunkBytes / 8) return;
        if (rest <= _room / 2 && _room == ChunkBytes && _memory.IsOwn)
        {
            Buffer.BlockCopy(Bytes, Start, Bytes, 0, rest);
        }
        else
        {
            _room = Math.Clamp(rest * 2, ChunkBytes, MaxRecordBytes);
            var other = new SharedBytes(_room + Spare);
            Buffer.BlockCopy(Bytes, Start, other.Array, 0, rest);
            _memory.Release();
            _memory = other;
        }
        Start = 0;
        End = rest;
    }

    /// <summary>Reads the CSV header at the file's beginning.</summary>
    /// <param name="final">The file has its present end; what is there is all.</param>
    /// <returns>The names, or the default when the header is not whole yet, or never will be.</returns>
    public ImmutableArray<string> ReadHeader(bool final)
    {
        while (true)
        {
            var outcome = CsvReader.ReadHeader(Bytes, Start, End, final, out var next, out var names, out var reason);
            switch (outcome)
            {
                case RecordOutcome.Row:
                    Consume(next);
                    return names;
                case RecordOutcome.Blank when next > Start:
                    Consume(next);
                    continue;
                case RecordOutcome.Incomplete when End - Start >= MaxRecordBytes:
                    throw BadHeader("it is longer than 16 MiB");
                case RecordOutcome.Misfit or RecordOutcome.Unclosed:
                    throw BadHeader(reason!);
                default:
                    return default;
            }
        }
    }

    public StreamForgeException BadHeader(string reason) => new(ErrorKind.Corrupt, $"{File.FullPath}: the CSV header cannot be read: {reason}");
}
