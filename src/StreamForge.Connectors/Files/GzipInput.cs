using System.Buffers.Binary;

namespace StreamForge.Connectors.Files;

/// <summary>
/// Reads gzip (RFC 1952) and the Deflate in it (RFC 1951), any number of members. The base library's reader takes data that ends early for
/// data that ends, and passes over what follows a member; here both are <see cref="ByteInput.Damage"/>, after every byte that could be
/// decoded has been delivered. Zeros after the last member are padding, as for gzip itself.
/// <para>
/// The output buffer is the 32 KiB window and what was decoded since: bytes are delivered from it, and its last 32 KiB move to the front when it is
/// full. All input goes through a 64-bit reservoir of bits, so that a member ends at an exact byte.
/// </para>
/// </summary>
internal sealed class GzipInput(FileStream file) : ByteInput(file)
{
    private const int Window = 32 * 1024;
    private const int LongestMatch = 258;
    private const string EndsEarly = "gzip data ends early";

    private static ReadOnlySpan<ushort> LengthBase => [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
    private static ReadOnlySpan<byte> LengthExtra => [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
    private static ReadOnlySpan<ushort> DistanceBase => [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
    private static ReadOnlySpan<byte> DistanceExtra => [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
    private static ReadOnlySpan<byte> CodeLengthOrder => [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    private enum State
    {
        Header,
        Block,
        Stored,
        Codes,
        Trailer,
        Done,
    }

    private readonly byte[] _input = new byte[64 * 1024];
    private readonly byte[] _output = new byte[Window * 5 + LongestMatch];
    private readonly HuffmanTable _literals = new();
    private readonly HuffmanTable _distances = new();
    private readonly byte[] _lengths = new byte[320];
    private int _inputAt;
    private int _inputEnd;
    private ulong _bits;
    private int _bitCount;
    private int _delivered;
    private int _decoded;
    private State _state;
    private bool _firstMember = true;
    private bool _lastBlock;
    private int _storedLeft;
    private long _memberBytes;
    private uint _crc;

    public override bool CanGrow => false;

    public override int Read(Span<byte> target)
    {
        while (_delivered == _decoded)
        {
            if (Damage is not null || _state == State.Done) return 0;
            if (_decoded > Window * 3)
            {
                _output.AsSpan(_decoded - Window, Window).CopyTo(_output);
                _delivered = _decoded = Window;
            }
            var before = _decoded;
            Damage = Advance();
            _crc = Crc32.Append(_crc, _output.AsSpan(before, _decoded - before));
            _memberBytes += _decoded - before;
        }
        var count = Math.Min(target.Length, _decoded - _delivered);
        _output.AsSpan(_delivered, count).CopyTo(target);
        _delivered += count;
        return count;
    }

    private string? Advance() => _state switch
    {
        State.Header => ReadHeader(),
        State.Block => BeginBlock(),
        State.Stored => CopyStored(),
        State.Codes => DecodeCodes(),
        _ => ReadTrailer(),
    };

    private string? ReadHeader()
    {
        const string NotGzip = "not gzip data";
        if (!_firstMember)
        {
            while (Refill(8) && (_bits & 0xff) == 0) Drop(8);
            if (_bitCount == 0)
            {
                _state = State.Done;
                return null;
            }
        }
        var foreign = _firstMember ? NotGzip : "what follows the gzip data is not gzip";
        _firstMember = false;
        if (!TryByte(out var first)) return EndsEarly;
        if (first != 0x1f) return foreign;
        if (!TryByte(out var second)) return EndsEarly;
        if (second != 0x8b) return foreign;
        if (!TryByte(out var method) || !TryByte(out var flags)) return EndsEarly;
        if (method != 8 || (flags & 0xe0) != 0) return "gzip data of an unknown kind";
        if (!SkipBytes(6)) return EndsEarly;
        if ((flags & 4) != 0 && (!TryByte(out var low) || !TryByte(out var high) || !SkipBytes(low | high << 8))) return EndsEarly;
        if ((flags & 8) != 0 && !SkipText()) return EndsEarly;
        if ((flags & 16) != 0 && !SkipText()) return EndsEarly;
        if ((flags & 2) != 0 && !SkipBytes(2)) return EndsEarly;
        _state = State.Block;
        _lastBlock = false;
        _memberBytes = 0;
        _crc = 0;
        return null;
    }

    private string? ReadTrailer()
    {
        Drop(_bitCount & 7);
        Span<byte> trailer = stackalloc byte[8];
        foreach (ref var b in trailer)
        {
            if (!TryByte(out b)) return EndsEarly;
        }
        if (BinaryPrimitives.ReadUInt32LittleEndian(trailer) != _crc || BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]) != (uint)_memberBytes)
            return "gzip data is damaged: its checksum is wrong";
        _state = State.Header;
        return null;
    }

    private string? BeginBlock()
    {
        if (_lastBlock)
        {
            _state = State.Trailer;
            return null;
        }
        if (!Refill(3)) return EndsEarly;
        _lastBlock = Take(1) != 0;
        switch (Take(2))
        {
            case 0:
                Drop(_bitCount & 7);
                if (!Refill(32)) return EndsEarly;
                _storedLeft = (int)Take(16);
                if ((int)Take(16) != (~_storedLeft & 0xffff)) return Damaged("a stored block's length");
                _state = State.Stored;
                return null;
            case 1:
                _lengths.AsSpan(0, 144).Fill(8);
                _lengths.AsSpan(144, 112).Fill(9);
                _lengths.AsSpan(256, 24).Fill(7);
                _lengths.AsSpan(280, 8).Fill(8);
                _literals.Build(_lengths.AsSpan(0, 288));
                _lengths.AsSpan(0, 32).Fill(5);
                _distances.Build(_lengths.AsSpan(0, 32));
                _state = State.Codes;
                return null;
            case 2:
                _state = State.Codes;
                return ReadCodes();
            default:
                return Damaged("a block's type");
        }
    }

    private string? ReadCodes()
    {
        if (!Refill(14)) return EndsEarly;
        int literals = (int)Take(5) + 257, distances = (int)Take(5) + 1, codes = (int)Take(4) + 4;
        Span<byte> codeLengths = stackalloc byte[19];
        codeLengths.Clear();
        for (var i = 0; i < codes; i++)
        {
            if (!Refill(3)) return EndsEarly;
            codeLengths[CodeLengthOrder[i]] = (byte)Take(3);
        }
        if (literals > 286 || distances > 30 || !_literals.Build(codeLengths)) return Damaged("a block's codes");
        var lengths = _lengths.AsSpan(0, literals + distances);
        for (var at = 0; at < lengths.Length;)
        {
            Refill(14);
            var symbol = _literals.Decode(_bits, out var bits);
            if (bits > _bitCount) return EndsEarly;
            if (symbol < 0) return Damaged("a block's codes");
            Drop(bits);
            if (symbol < 16)
            {
                lengths[at++] = (byte)symbol;
                continue;
            }
            var extra = symbol switch { 16 => 2, 17 => 3, _ => 7 };
            if (!Refill(extra)) return EndsEarly;
            var repeat = (int)Take(extra) + (symbol == 18 ? 11 : 3);
            if (at + repeat > lengths.Length || (symbol == 16 && at == 0)) return Damaged("a block's codes");
            lengths.Slice(at, repeat).Fill(symbol == 16 ? lengths[at - 1] : (byte)0);
            at += repeat;
        }
        var whole = lengths[256] != 0 && _literals.Build(lengths[..literals]) && _distances.Build(lengths[literals..]);
        return whole ? null : Damaged("a block's codes");
    }

    private string? CopyStored()
    {
        while (_storedLeft > 0 && _decoded < _output.Length)
        {
            if (_bitCount >= 8)
            {
                _output[_decoded++] = (byte)Take(8);
                _storedLeft--;
                continue;
            }
            if (_inputAt == _inputEnd && !FillInput()) return EndsEarly;
            var count = Math.Min(Math.Min(_storedLeft, _inputEnd - _inputAt), _output.Length - _decoded);
            _input.AsSpan(_inputAt, count).CopyTo(_output.AsSpan(_decoded));
            _inputAt += count;
            _decoded += count;
            _storedLeft -= count;
        }
        if (_storedLeft == 0) _state = State.Block;
        return null;
    }

    private string? DecodeCodes()
    {
        var output = _output;
        var at = _decoded;
        string? wrong = null;
        while (at <= output.Length - LongestMatch)
        {
            Refill(48);
            var symbol = _literals.Decode(_bits, out var bits);
            if (bits > _bitCount)
            {
                wrong = EndsEarly;
                break;
            }
            if (symbol is >= 0 and < 256)
            {
                Drop(bits);
                output[at++] = (byte)symbol;
                continue;
            }
            if (symbol == 256)
            {
                Drop(bits);
                _state = State.Block;
                break;
            }
            wrong = Match(symbol, bits, at, out var length, out var distance);
            if (wrong is not null) break;
            CopyMatch(output, at, distance, length);
            at += length;
        }
        _decoded = at;
        return wrong;
    }

    /// <summary>Reads the rest of a length and distance pair; all of its at most 48 bits are in the reservoir unless the data ends.</summary>
    private string? Match(int symbol, int bits, int at, out int length, out int distance)
    {
        length = distance = 0;
        if (symbol is < 0 or > 285) return _bitCount < 15 ? EndsEarly : Damaged("a code");
        var rest = _bits >> bits;
        var extra = LengthExtra[symbol - 257];
        length = LengthBase[symbol - 257] + (int)(rest & ((1UL << extra) - 1));
        rest >>= extra;
        var code = _distances.Decode(rest, out var distanceBits);
        var used = bits + extra + distanceBits;
        if (used > _bitCount) return EndsEarly;
        if (code is < 0 or > 29) return _bitCount < used + 15 ? EndsEarly : Damaged("a distance");
        rest >>= distanceBits;
        extra = DistanceExtra[code];
        distance = DistanceBase[code] + (int)(rest & ((1UL << extra) - 1));
        used += extra;
        if (used > _bitCount) return EndsEarly;
        if (distance > Math.Min(at, Window) || distance > _memberBytes + (at - _decoded)) return Damaged("a distance");
        Drop(used);
        return null;
    }

    private static void CopyMatch(byte[] output, int at, int distance, int length)
    {
        var target = output.AsSpan(at, length);
        if (distance >= length) output.AsSpan(at - distance, length).CopyTo(target);
        else if (distance == 1) target.Fill(output[at - 1]);
        else for (var i = 0; i < target.Length; i++) target[i] = output[at - distance + i];
    }

    private static string Damaged(string what) => $"gzip data is damaged: {what} is wrong";

    private bool FillInput()
    {
        _inputAt = 0;
        _inputEnd = ReadFile(_input);
        return _inputEnd > 0;
    }

    /// <summary>Puts bytes into the reservoir while they fit; whether it then holds at least <paramref name="wanted"/> bits.</summary>
    private bool Refill(int wanted)
    {
        if (_bitCount >= wanted) return true;
        if (_inputEnd - _inputAt >= 8)
        {
            _bits |= BinaryPrimitives.ReadUInt64LittleEndian(_input.AsSpan(_inputAt)) << _bitCount;
            var bytes = (63 - _bitCount) >> 3;
            _inputAt += bytes;
            _bitCount += bytes * 8;
            _bits &= ulong.MaxValue >> (64 - _bitCount);
            return true;
        }
        while (_bitCount <= 56 && (_inputAt < _inputEnd || FillInput()))
        {
            _bits |= (ulong)_input[_inputAt++] << _bitCount;
            _bitCount += 8;
        }
        return _bitCount >= wanted;
    }

    private ulong Take(int count)
    {
        var value = _bits & ((1UL << count) - 1);
        Drop(count);
        return value;
    }

    private void Drop(int count)
    {
        _bits >>= count;
        _bitCount -= count;
    }

    private bool TryByte(out byte value)
    {
        value = 0;
        if (!Refill(8)) return false;
        value = (byte)Take(8);
        return true;
    }

    private bool SkipBytes(int count)
    {
        for (; count > 0; count--)
        {
            if (!TryByte(out _)) return false;
        }
        return true;
    }

    private bool SkipText()
    {
        byte c;
        do
        {
            if (!TryByte(out c)) return false;
        }
        while (c != 0);
        return true;
    }
}
