using StreamForge.Formats.Compression;

namespace StreamForge.Connectors.Files;

/// <summary>Reads zstd frames (RFC 8878), any number of them, with the system's library.</summary>
internal sealed unsafe class ZstdInput(FileStream file) : ByteInput(file)
{
    private readonly byte[] _input = new byte[128 * 1024];
    private readonly ZstdLibrary _library = ZstdLibrary.Instance;
    private nint _stream = ZstdLibrary.Instance.CreateDecoder();
    private int _inputAt;
    private int _inputEnd;
    private bool _inFrame = true;

    public override bool CanGrow => false;

    public override int Read(Span<byte> target)
    {
        while (Damage is null && !target.IsEmpty)
        {
            if (_inputAt == _inputEnd)
            {
                _inputAt = 0;
                _inputEnd = ReadFile(_input);
            }
            var ended = _inputEnd == 0;
            if (ended && !_inFrame) return 0;
            var written = Decompress(target);
            if (written > 0) return written;
            if (ended && Damage is null) Damage = "zstd data ends early";
        }
        return 0;
    }

    /// <summary>Also with no input left the library may still hold output.</summary>
    private int Decompress(Span<byte> target)
    {
        fixed (byte* input = _input, output = target)
        {
            var from = new ZstdBuffer { Data = input, Size = (nuint)_inputEnd, Position = (nuint)_inputAt };
            var to = new ZstdBuffer { Data = output, Size = (nuint)target.Length };
            var result = _library.DecompressStream(_stream, &to, &from);
            _inputAt = (int)from.Position;
            if (_library.Error(result) is { } error) Damage = $"zstd data is damaged: {error}";
            _inFrame = result != 0;
            return (int)to.Position;
        }
    }

    private protected override void DisposeDecoder()
    {
        if (_stream != 0) _library.FreeDecoder(_stream);
        _stream = 0;
    }
}
