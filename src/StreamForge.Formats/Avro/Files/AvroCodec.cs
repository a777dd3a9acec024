using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using StreamForge.Formats.Compression;

namespace StreamForge.Formats.Avro.Files;

/// <summary>How the blocks of a file are compressed (Avro 1.12, "Required Codecs" and "Optional Codecs").</summary>
internal static class AvroCodec
{
    /// <summary>More than this from one block is refused, so that a small file cannot fill the memory.</summary>
    public const int MaxBlock = 256 * 1024 * 1024;

    public static string Name(CompressionCodec codec) => codec switch
    {
        CompressionCodec.None => "null",
        CompressionCodec.Gzip => "deflate",
        CompressionCodec.Zstd => "zstandard",
        _ => throw new ArgumentOutOfRangeException(nameof(codec)),
    };

    public static bool IsKnown(string name) => name is "null" or "deflate" or "zstandard" or "snappy";

    public static void Compress(CompressionCodec codec, ReadOnlySpan<byte> data, ArrayBufferWriter<byte> target)
    {
        if (codec == CompressionCodec.None)
        {
            target.Write(data);
            return;
        }
        if (codec == CompressionCodec.Zstd)
        {
            using var zstd = new BlockCompressor(codec);
            target.Advance(zstd.Compress(data, target.GetSpan(zstd.MaxLength(data.Length))));
            return;
        }
        using var stream = new DeflateStream(new BufferWriterStream(target), CompressionLevel.Optimal);
        stream.Write(data);
    }

    /// <summary>Decompresses a block into <paramref name="target"/>.</summary>
    /// <exception cref="InvalidDataException">The block is damaged, or more than <see cref="MaxBlock"/> long.</exception>
    public static void Decompress(string codec, ReadOnlySpan<byte> data, ArrayBufferWriter<byte> target)
    {
        switch (codec)
        {
            case "null": target.Write(data); break;
            case "deflate": Inflate(data, target); break;
            case "snappy": Snappy(data, target); break;
            default: Zstd(data, target); break;
        }
    }

    private static unsafe void Inflate(ReadOnlySpan<byte> data, ArrayBufferWriter<byte> target)
    {
        fixed (byte* start = data)
        {
            using var source = new UnmanagedMemoryStream(start, data.Length);
            using var stream = new DeflateStream(source, CompressionMode.Decompress);
            while (stream.Read(target.GetSpan(16 * 1024)) is > 0 and var read) Advance(target, read);
        }
    }

    /// <summary>A snappy block, then the CRC32 of what it holds, the highest byte first.</summary>
    private static void Snappy(ReadOnlySpan<byte> data, ArrayBufferWriter<byte> target)
    {
        if (data.Length < 4 || !Compression.Snappy.TryReadLength(data[..^4], out var length, out _) || length > MaxBlock) throw new InvalidDataException("snappy data is damaged");
        // A block of snappy copies at most 64 bytes for each three.
        if (length > 64L * data.Length) throw new InvalidDataException("snappy data announces more than it can hold");
        var whole = target.GetSpan(length)[..length];
        if (!Compression.Snappy.TryDecompress(data[..^4], whole)) throw new InvalidDataException("snappy data is damaged");
        if (Crc32.Of(whole) != BinaryPrimitives.ReadUInt32BigEndian(data[^4..])) throw new InvalidDataException("the checksum is not that of the data");
        target.Advance(length);
    }

    private static unsafe void Zstd(ReadOnlySpan<byte> data, ArrayBufferWriter<byte> target)
    {
        var library = ZstdLibrary.Instance;
        var decoder = library.CreateDecoder();
        try
        {
            fixed (byte* start = data)
            {
                var input = new ZstdBuffer { Data = start, Size = (nuint)data.Length };
                nuint result = 1;
                while (result != 0 || input.Position < input.Size)
                {
                    var free = target.GetSpan(64 * 1024);
                    fixed (byte* to = free)
                    {
                        var output = new ZstdBuffer { Data = to, Size = (nuint)free.Length };
                        result = library.DecompressStream(decoder, &output, &input);
                        if (library.Error(result) is { } error) throw new InvalidDataException(error);
                        if (output.Position == 0 && input.Position == input.Size && result != 0) throw new InvalidDataException("the data end early");
                        Advance(target, (int)output.Position);
                    }
                }
            }
        }
        finally
        {
            library.FreeDecoder(decoder);
        }
    }

    private static void Advance(ArrayBufferWriter<byte> target, int bytes)
    {
        target.Advance(bytes);
        if (target.WrittenCount > MaxBlock) throw new InvalidDataException($"a block holds more than {MaxBlock} bytes");
    }

    /// <summary>A stream that can only be written, onto a buffer.</summary>
    private sealed class BufferWriterStream(ArrayBufferWriter<byte> target) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => target.WrittenCount;

        public override long Position
        {
            get => target.WrittenCount;
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer) => target.Write(buffer);

        public override void Write(byte[] buffer, int offset, int count) => target.Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
