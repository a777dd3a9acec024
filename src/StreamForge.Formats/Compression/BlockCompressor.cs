using System.IO.Compression;
using StreamForge.Core;

namespace StreamForge.Formats.Compression;

/// <summary>Compresses one block of bytes after another, each on its own, with a context that is reused. For one thread.</summary>
public sealed class BlockCompressor : IDisposable
{
    /// <summary>zstd's level unless told otherwise: the fastest of its ordinary ones.</summary>
    public const int DefaultZstdLevel = 1;

    private readonly CompressionCodec _codec;
    private readonly int _zstdLevel;
    private nint _encoder;

    /// <exception cref="StreamForgeException">Unavailable: zstd is asked for and its library is not installed.</exception>
    public BlockCompressor(CompressionCodec codec, int zstdLevel = DefaultZstdLevel)
    {
        _codec = codec;
        _zstdLevel = zstdLevel;
        if (codec == CompressionCodec.Zstd) _ = ZstdLibrary.Instance;
    }

    /// <summary>Zstd where its library is installed, else gzip.</summary>
    public static CompressionCodec DefaultCodec => ZstdLibrary.IsAvailable ? CompressionCodec.Zstd : CompressionCodec.Gzip;

    /// <summary>Room that the target of <paramref name="length"/> bytes needs at worst.</summary>
    public int MaxLength(int length) => _codec switch
    {
        CompressionCodec.Zstd => ZstdLibrary.Instance.Bound(length),
        CompressionCodec.Gzip => checked(length + length / 8 + 64),
        _ => length,
    };

    /// <summary>Compresses a block: a zstd frame, a gzip member, or the bytes as they are.</summary>
    /// <param name="source">The block.</param>
    /// <param name="target">At least <see cref="MaxLength"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    public int Compress(ReadOnlySpan<byte> source, Span<byte> target)
    {
        switch (_codec)
        {
            case CompressionCodec.Zstd:
                var library = ZstdLibrary.Instance;
                if (_encoder == 0) _encoder = library.CreateEncoder();
                var result = library.Compress(_encoder, source, target, _zstdLevel);
                if (library.Error(result) is { } error) throw new StreamForgeException(ErrorKind.Internal, $"zstd could not compress a block of {source.Length} bytes: {error}");
                return (int)result;
            case CompressionCodec.Gzip:
                return Gzip(source, target);
            default:
                source.CopyTo(target);
                return source.Length;
        }
    }

    public void Dispose()
    {
        if (_encoder != 0) ZstdLibrary.Instance.FreeEncoder(_encoder);
        _encoder = 0;
    }

    private static unsafe int Gzip(ReadOnlySpan<byte> source, Span<byte> target)
    {
        fixed (byte* to = target)
        {
            using var output = new UnmanagedMemoryStream(to, 0, target.Length, FileAccess.Write);
            using (var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(source);
            return (int)output.Length;
        }
    }
}
