using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Pipeline.States;

/// <summary>Reads a state file (<see cref="StateFormat"/>), checking every block. One thread.</summary>
public sealed class StateReader
{
    private readonly Stream _source;
    private readonly string _name;
    private readonly uint _format;
    private byte[] _block = [];
    private int _length;
    private int _at;
    private long _place;
    private uint _number;
    private StateBlock _kind;

    /// <summary>Reads the header.</summary>
    /// <param name="source">Stays the caller's.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <exception cref="StreamForgeException">Corrupt or NotSupported: what it is that cannot be read.</exception>
    public StateReader(Stream source, string name)
    {
        ArgumentNullException.ThrowIfNull(source);
        (_source, _name) = (source, name);
        Span<byte> start = stackalloc byte[StateFormat.Magic.Length + sizeof(uint)];
        var read = source.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (read < start.Length || !start.StartsWith(StateFormat.Magic))
            throw new StreamForgeException(ErrorKind.Corrupt, $"{name} is not a state file; streamforge state export writes one");
        _format = BinaryPrimitives.ReadUInt32LittleEndian(start[StateFormat.Magic.Length..]);
        if (_format is 0 or > StateFormat.Current)
            throw new StreamForgeException(ErrorKind.NotSupported, $"the state file {name} has format {_format}, and this program reads formats 1 to {StateFormat.Current}: that format is not supported yet, use the program that wrote it");
        _place = start.Length;
        if (!NextBlock() || _kind != StateBlock.Header) throw Damaged();
        try
        {
            var header = JsonSerializer.Deserialize<StateHeader>(_block.AsSpan(_at, _length - _at), StateFormat.Json);
            if (header is not { Pipeline: not null, Sources.IsDefault: false, Partitions.IsDefault: false, Views.IsDefault: false, Sinks.IsDefault: false, Counters: not null }) throw Damaged();
            Header = header;
        }
        catch (JsonException)
        {
            throw Damaged();
        }
        _at = _length;
    }

    public StateHeader Header { get; }

    /// <summary>What has been read.</summary>
    public StateCounts Counts { get; private set; }

    /// <summary>The next record; null after the last one, when the file is known to be whole.</summary>
    /// <exception cref="StreamForgeException">Corrupt: what was read before is void.</exception>
    public StateRecord? Next()
    {
        while (_at == _length)
        {
            if (_kind == StateBlock.End) return null;
            var last = _kind;
            if (!NextBlock() || _kind.Place() < last.Place() || _kind == StateBlock.Header) throw Damaged();
            if (_kind != StateBlock.End) continue;
            if (new StateCounts(Int64(), Int64(), Int64(), Int64(), _format > 1 ? Int64() : 0) != Counts || _at != _length || _source.ReadByte() >= 0) throw Damaged();
        }
        StateRecord record = _kind switch
        {
            StateBlock.Windows => new WindowsRecord(View(), Bytes().ToArray(), Due(), Windows()),
            StateBlock.Keys => new KeyRecord(View(), Bytes().ToArray()),
            StateBlock.Images => new ImageRecord(Partition(), Bytes().ToArray(), Bytes().ToArray()),
            _ => new LedgerRecord(Byte() switch { 0 => LedgerKind.DeadLetters, 1 => LedgerKind.Late, _ => throw Damaged() }, Encoding.UTF8.GetString(Bytes())),
        };
        Counts = Counts.Plus(record);
        return record;
    }

    private bool NextBlock()
    {
        Span<byte> frame = stackalloc byte[StateFormat.FrameBytes];
        if (_source.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false) < frame.Length) return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(frame);
        if (length is < StateFormat.PrefixBytes or > StateFormat.MostBlockBytes) return false;
        // A damaged length must not cost memory: what is not there is not made room for.
        if (_source.CanSeek && length > _source.Length - _source.Position) return false;
        if (_block.Length < length) _block = new byte[length];
        var payload = _block.AsSpan(0, length);
        if (_source.ReadAtLeast(payload, length, throwOnEndOfStream: false) < length) return false;
        if (XxHash64.Hash(payload) != BinaryPrimitives.ReadUInt64LittleEndian(frame[sizeof(uint)..])) return false;
        if (payload[0] > (byte)(_format > 1 ? StateBlock.Images : StateBlock.End) || BinaryPrimitives.ReadUInt32LittleEndian(payload[1..]) != _number) return false;
        _kind = (StateBlock)payload[0];
        (_at, _length) = (StateFormat.PrefixBytes, length);
        _place += frame.Length + length;
        _number++;
        return true;
    }

    private int View() => Int32() is var view && view >= 0 && view < Header.Views.Length ? view : throw Damaged();

    private int Partition() => Int32() is var partition && partition >= 0 && partition < Header.Partitions.Length ? partition : throw Damaged();

    private long? Due()
    {
        var isDue = Byte() != 0;
        var due = Int64();
        return isDue ? due : null;
    }

    private ImmutableArray<WindowState> Windows()
    {
        const int bytes = 4 + 8 + 4 + 8 + 1;
        var count = Int32();
        if (count < 0 || count > (_length - _at) / bytes) throw Damaged();
        var windows = ImmutableArray.CreateBuilder<WindowState>(count);
        for (var i = 0; i < count; i++) windows.Add(new WindowState(Int32(), Int64(), Int32(), (ulong)Int64(), Byte() != 0));
        return windows.MoveToImmutable();
    }

    private byte Byte() => Take(1)[0];

    private int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    private long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    private ReadOnlySpan<byte> Bytes() => Take(Int32());

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _length - _at) throw Damaged();
        _at += count;
        return _block.AsSpan(_at - count, count);
    }

    private StreamForgeException Damaged() => new(ErrorKind.Corrupt, $"the state file {_name} is damaged or cut off in the block after byte {_place}; export the state again");
}
