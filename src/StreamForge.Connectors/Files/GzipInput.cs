using System.IO.Compression;

namespace StreamForge.Connectors.Files;

/// <summary>
/// Reads gzip (RFC 1952), any number of members, with the base library. Data that ends before its trailer, and data that does not fit its checksum, is
/// <see cref="ByteInput.Damage"/>, after every byte that could be decoded has been delivered. What follows the last member and is no member is passed over, as gzip itself does.
/// </summary>
internal sealed class GzipInput : ByteInput
{
    private const string EndsEarly = "gzip data ends early";

    private readonly CompressedBytes _input;
    private readonly GZipStream _gzip;

    /// <summary>Without this the base library takes data that ends early for data that ends.</summary>
    static GzipInput() => AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", isEnabled: true);

    public GzipInput(FileStream file) : base(file)
    {
        _input = new CompressedBytes(this);
        _gzip = new GZipStream(_input, CompressionMode.Decompress);
    }

    public override bool CanGrow => false;

    public override int Read(Span<byte> target)
    {
        if (Damage is not null) return 0;
        try
        {
            var read = _gzip.Read(target);
            if (read == 0 && CompressedPosition == 0) Damage = EndsEarly;
            return read;
        }
        catch (InvalidDataException error)
        {
            // Only data that ends early makes the library ask for more than there is before it gives up.
            Damage = _input.Ended ? EndsEarly : $"gzip data is damaged: {error.Message}";
            return 0;
        }
    }

    private protected override void DisposeDecoder() => _gzip.Dispose();

    /// <summary>The file's bytes as the stream that the base library reads from.</summary>
    private sealed class CompressedBytes(GzipInput owner) : Stream
    {
        /// <summary>Whether a read has found nothing more.</summary>
        public bool Ended { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            var read = owner.ReadFile(buffer);
            Ended |= read == 0;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
