using System.IO.Compression;

namespace StreamForge.Formats.Compression;

/// <summary>How pages and blocks that others write are compressed.</summary>
public enum BlockCodec
{
    None,
    Snappy,
    Gzip,
    Brotli,
    Zstd,

    /// <summary>LZ4 blocks without a frame.</summary>
    Lz4,
}

/// <summary>Decompresses one block after another whose uncompressed length is known, with a context that is reused. For one thread.</summary>
public sealed class BlockDecompressor : IDisposable
{
    private nint _decoder;

    /// <summary>Fills <paramref name="target"/> exactly.</summary>
    /// <returns>null, or what is wrong with the block.</returns>
    /// <exception cref="Core.StreamForgeException">Unavailable: the block is zstd and its library is not installed.</exception>
    public string? Decompress(BlockCodec codec, ReadOnlySpan<byte> source, Span<byte> target) => codec switch
    {
        BlockCodec.None => Copy(source, target),
        BlockCodec.Snappy => Snappy.TryDecompress(source, target) ? null : "snappy data is damaged",
        BlockCodec.Gzip => Gunzip(source, target),
        BlockCodec.Brotli => BrotliDecoder.TryDecompress(source, target, out var written) && written == target.Length ? null : "brotli data is damaged",
        BlockCodec.Zstd => Zstd(source, target),
        BlockCodec.Lz4 => Lz4.TryDecompress(source, target) ? null : "lz4 data is damaged",
        _ => throw new ArgumentOutOfRangeException(nameof(codec)),
    };

    public void Dispose()
    {
        if (_decoder != 0) ZstdLibrary.Instance.FreeDecoder(_decoder);
        _decoder = 0;
    }

    private static string? Copy(ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (source.Length != target.Length) return $"{source.Length} bytes where {target.Length} are announced";
        source.CopyTo(target);
        return null;
    }

    private string? Zstd(ReadOnlySpan<byte> source, Span<byte> target)
    {
        var library = ZstdLibrary.Instance;
        if (_decoder == 0) _decoder = library.CreateDecoder();
        var result = library.Decompress(_decoder, source, target);
        if (library.Error(result) is { } error) return $"zstd data is damaged: {error}";
        return (int)result == target.Length ? null : $"{result} bytes of zstd data where {target.Length} are announced";
    }

    private static unsafe string? Gunzip(ReadOnlySpan<byte> source, Span<byte> target)
    {
        fixed (byte* from = source)
        {
            using var input = new UnmanagedMemoryStream(from, source.Length);
            using var gzip = new GZipStream(input, CompressionMode.Decompress);
            try
            {
                var read = gzip.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
                return read == target.Length && gzip.ReadByte() < 0 ? null : $"gzip data does not have the {target.Length} bytes that are announced";
            }
            catch (Exception damaged) when (damaged is InvalidDataException or IOException)
            {
                return "gzip data is damaged";
            }
        }
    }
}
