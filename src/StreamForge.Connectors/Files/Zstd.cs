using System.Runtime.InteropServices;
using StreamForge.Core;

namespace StreamForge.Connectors.Files;

/// <summary>A piece of memory as zstd's streaming functions take it (zstd.h: ZSTD_inBuffer and ZSTD_outBuffer).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ZstdBuffer
{
    public byte* Data;
    public nuint Size;
    public nuint Position;
}

/// <summary>The decompression functions of the system's libzstd, loaded when the first .zst file is opened.</summary>
internal sealed unsafe class Zstd
{
    private static readonly string[] Names = ["libzstd.so.1", "libzstd.so", "libzstd.1.dylib", "libzstd.dylib", "libzstd.dll"];
    private static readonly Lazy<Zstd?> Loaded = new(Load);

    private readonly delegate* unmanaged<nint> _create;
    private readonly delegate* unmanaged<nint, nuint> _free;
    private readonly delegate* unmanaged<nint, ZstdBuffer*, ZstdBuffer*, nuint> _decompress;
    private readonly delegate* unmanaged<nuint, uint> _isError;
    private readonly delegate* unmanaged<nuint, byte*> _errorName;

    private Zstd(nint library)
    {
        _create = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "ZSTD_createDStream");
        _free = (delegate* unmanaged<nint, nuint>)NativeLibrary.GetExport(library, "ZSTD_freeDStream");
        _decompress = (delegate* unmanaged<nint, ZstdBuffer*, ZstdBuffer*, nuint>)NativeLibrary.GetExport(library, "ZSTD_decompressStream");
        _isError = (delegate* unmanaged<nuint, uint>)NativeLibrary.GetExport(library, "ZSTD_isError");
        _errorName = (delegate* unmanaged<nuint, byte*>)NativeLibrary.GetExport(library, "ZSTD_getErrorName");
    }

    /// <summary>The library.</summary>
    /// <exception cref="StreamForgeException">It is not installed.</exception>
    public static Zstd Instance => Loaded.Value
        ?? throw new StreamForgeException(ErrorKind.Unavailable, "reading .zst files needs the zstd library, which was not found: install the package libzstd1 (Debian, Ubuntu) or zstd (others)");

    public nint Create() => _create();

    public void Free(nint stream) => _free(stream);

    /// <summary>Decompresses what fits; 0 at the end of a frame, else a hint or an error.</summary>
    public nuint Decompress(nint stream, ZstdBuffer* output, ZstdBuffer* input) => _decompress(stream, output, input);

    public string? Error(nuint result) => _isError(result) == 0 ? null : Marshal.PtrToStringUTF8((nint)_errorName(result));

    private static Zstd? Load()
    {
        foreach (var name in Names)
        {
            if (NativeLibrary.TryLoad(name, out var library)) return new Zstd(library);
        }
        return null;
    }
}

/// <summary>Reads zstd frames (RFC 8878), any number of them, with the system's library.</summary>
internal sealed unsafe class ZstdInput(FileStream file) : ByteInput(file)
{
    private readonly byte[] _input = new byte[128 * 1024];
    private readonly Zstd _library = Zstd.Instance;
    private nint _stream = Zstd.Instance.Create();
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
            var result = _library.Decompress(_stream, &to, &from);
            _inputAt = (int)from.Position;
            if (_library.Error(result) is { } error) Damage = $"zstd data is damaged: {error}";
            _inFrame = result != 0;
            return (int)to.Position;
        }
    }

    private protected override void DisposeDecoder()
    {
        if (_stream != 0) _library.Free(_stream);
        _stream = 0;
    }
}
