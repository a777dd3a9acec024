using System.Runtime.InteropServices;
using StreamForge.Core;

namespace StreamForge.Formats.Compression;

/// <summary>A piece of memory as zstd's streaming functions take it (zstd.h: ZSTD_inBuffer and ZSTD_outBuffer).</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct ZstdBuffer
{
    public byte* Data;
    public nuint Size;
    public nuint Position;
}

/// <summary>
/// The functions of the system's libzstd that we use (zstd.h), loaded when the first of them is needed. Safe from any thread; a context belongs to one thread at a time.
/// Contexts of decompression serve one-shot and streaming calls alike (zstd.h: "ZSTD_DStream is identical to ZSTD_DCtx").
/// </summary>
public sealed unsafe class ZstdLibrary
{
    private static readonly string[] Names = ["libzstd.so.1", "libzstd.so", "libzstd.1.dylib", "libzstd.dylib", "libzstd.dll"];
    private static readonly Lazy<ZstdLibrary?> Loaded = new(Load);

    private readonly delegate* unmanaged<nint> _createDecoder;
    private readonly delegate* unmanaged<nint, nuint> _freeDecoder;
    private readonly delegate* unmanaged<nint, ZstdBuffer*, ZstdBuffer*, nuint> _decompressStream;
    private readonly delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nuint> _decompress;
    private readonly delegate* unmanaged<nint> _createEncoder;
    private readonly delegate* unmanaged<nint, nuint> _freeEncoder;
    private readonly delegate* unmanaged<nint, byte*, nuint, byte*, nuint, int, nuint> _compress;
    private readonly delegate* unmanaged<nuint, nuint> _bound;
    private readonly delegate* unmanaged<nuint, uint> _isError;
    private readonly delegate* unmanaged<nuint, byte*> _errorName;

    private ZstdLibrary(nint library)
    {
        _createDecoder = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "ZSTD_createDCtx");
        _freeDecoder = (delegate* unmanaged<nint, nuint>)NativeLibrary.GetExport(library, "ZSTD_freeDCtx");
        _decompressStream = (delegate* unmanaged<nint, ZstdBuffer*, ZstdBuffer*, nuint>)NativeLibrary.GetExport(library, "ZSTD_decompressStream");
        _decompress = (delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nuint>)NativeLibrary.GetExport(library, "ZSTD_decompressDCtx");
        _createEncoder = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "ZSTD_createCCtx");
        _freeEncoder = (delegate* unmanaged<nint, nuint>)NativeLibrary.GetExport(library, "ZSTD_freeCCtx");
        _compress = (delegate* unmanaged<nint, byte*, nuint, byte*, nuint, int, nuint>)NativeLibrary.GetExport(library, "ZSTD_compressCCtx");
        _bound = (delegate* unmanaged<nuint, nuint>)NativeLibrary.GetExport(library, "ZSTD_compressBound");
        _isError = (delegate* unmanaged<nuint, uint>)NativeLibrary.GetExport(library, "ZSTD_isError");
        _errorName = (delegate* unmanaged<nuint, byte*>)NativeLibrary.GetExport(library, "ZSTD_getErrorName");
    }

    /// <summary>Whether the library is installed.</summary>
    public static bool IsAvailable => Loaded.Value is not null;

    /// <summary>The library.</summary>
    /// <exception cref="StreamForgeException">Unavailable: it is not installed.</exception>
    public static ZstdLibrary Instance => Loaded.Value
        ?? throw new StreamForgeException(ErrorKind.Unavailable, "zstd needs the system's zstd library, which was not found: install the package libzstd1 (Debian, Ubuntu) or zstd (others)");

    /// <summary>A new context for decompression, to be freed by <see cref="FreeDecoder"/>.</summary>
    public nint CreateDecoder() => _createDecoder();

    public void FreeDecoder(nint decoder) => _freeDecoder(decoder);

    /// <summary>Decompresses what fits; 0 at the end of a frame, else a hint or an error.</summary>
    public nuint DecompressStream(nint decoder, ZstdBuffer* output, ZstdBuffer* input) => _decompressStream(decoder, output, input);

    /// <summary>Decompresses whole frames; the length, or an error.</summary>
    public nuint Decompress(nint decoder, ReadOnlySpan<byte> source, Span<byte> target)
    {
        fixed (byte* from = source, to = target) return _decompress(decoder, to, (nuint)target.Length, from, (nuint)source.Length);
    }

    /// <summary>A new context for compression, to be freed by <see cref="FreeEncoder"/>.</summary>
    public nint CreateEncoder() => _createEncoder();

    public void FreeEncoder(nint encoder) => _freeEncoder(encoder);

    /// <summary>Makes one frame; its length, or an error.</summary>
    public nuint Compress(nint encoder, ReadOnlySpan<byte> source, Span<byte> target, int level)
    {
        fixed (byte* from = source, to = target) return _compress(encoder, to, (nuint)target.Length, from, (nuint)source.Length, level);
    }

    /// <summary>Room that a frame of <paramref name="length"/> bytes needs at worst.</summary>
    public int Bound(int length) => checked((int)_bound((nuint)length));

    /// <summary>What went wrong; null for a result that is no error.</summary>
    public string? Error(nuint result) => _isError(result) == 0 ? null : Marshal.PtrToStringUTF8((nint)_errorName(result));

    private static ZstdLibrary? Load()
    {
        foreach (var name in Names)
        {
            if (NativeLibrary.TryLoad(name, out var library)) return new ZstdLibrary(library);
        }
        return null;
    }
}
