using System.Buffers;
using System.IO.Compression;
using StreamForge.Core;
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
        _ => throw new StreamForgeException(ErrorKind.NotSupported, $"Avro blocks compressed by {codec} are not supported yet; null and deflate are"),
    };

    public static bool IsKnown(string name) => name is "null" or "deflate";

    public static void Compress(CompressionCodec codec, ReadOnlySpan<byte> data, ArrayBufferWriter<byte> target)
    {
        if (codec == CompressionCodec.None)
        {
            target.Write(data);
            return;
        }
        using var stream = new DeflateStream(new BufferWriterStream(target), CompressionLevel.Optimal);
        stream.Write(data);
    }

    /// <summary>Decompresses a block into <paramref name="target"/>.</summary>
    /// <exception cref="InvalidDataException">The block is damaged, or more than <see cref="MaxBlock"/> long.</exception>
    public static unsafe void Decompress(string codec, ReadOnlySpan<byte> data, ArrayBufferWriter<byte> target)
    {
        if (codec == "null")
        {
            target.Write(data);
            return;
        }
        fixed (byte* start = data)
        {
            using var source = new UnmanagedMemoryStream(start, data.Length);
            using var stream = new DeflateStream(source, CompressionMode.Decompress);
            while (stream.Read(target.GetSpan(16 * 1024)) is > 0 and var read)
            {
                target.Advance(read);
                if (target.WrittenCount > MaxBlock) throw new InvalidDataException($"a block holds more than {MaxBlock} bytes");
            }
        }
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
