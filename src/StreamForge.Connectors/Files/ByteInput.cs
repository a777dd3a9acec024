using StreamForge.Core;

namespace StreamForge.Connectors.Files;

/// <summary>The uncompressed bytes of one file, in order. For one thread; <see cref="CompressedPosition"/> may be read from any.</summary>
internal abstract class ByteInput : IDisposable
{
    private readonly FileStream _file;
    private long _compressedPosition;

    private protected ByteInput(FileStream file) => _file = file;

    /// <summary>What is wrong with the compressed data, once <see cref="Read"/> has returned everything before it; null while nothing is.</summary>
    public string? Damage { get; private protected set; }

    /// <summary>Bytes of the file taken so far.</summary>
    public long CompressedPosition => Volatile.Read(ref _compressedPosition);

    /// <summary>Whether a file that has ended can go on when it grows.</summary>
    public abstract bool CanGrow { get; }

    /// <summary>Fills part of <paramref name="target"/>; 0 when there is nothing more (for a file that grows: at present).</summary>
    public abstract int Read(Span<byte> target);

    /// <summary>Goes on at an uncompressed offset past the present one, if that is possible without reading.</summary>
    public virtual bool TrySeek(long offset) => false;

    public void Dispose()
    {
        DisposeDecoder();
        _file.Dispose();
    }

    private protected virtual void DisposeDecoder()
    {
    }

    private protected int ReadFile(Span<byte> target)
    {
        try
        {
            var read = _file.Read(target);
            Volatile.Write(ref _compressedPosition, _compressedPosition + read);
            return read;
        }
        catch (IOException broken)
        {
            throw new StreamForgeException(ErrorKind.Unavailable, $"{_file.Name}: cannot be read at byte {_compressedPosition} ({broken.Message})", retryable: true, broken);
        }
    }

    private protected void SeekFile(long offset)
    {
        _file.Seek(offset, SeekOrigin.Begin);
        Volatile.Write(ref _compressedPosition, offset);
    }

    /// <summary>Opens a file; its name says how it is compressed.</summary>
    public static ByteInput Open(InputFile file)
    {
        FileStream stream;
        try
        {
            stream = new FileStream(file.FullPath, new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.Read,
                Share = FileShare.ReadWrite | FileShare.Delete,
                BufferSize = 0,
                Options = FileOptions.SequentialScan,
            });
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new StreamForgeException(ErrorKind.PermissionDenied, $"{file.FullPath}: the file may not be read", inner: denied);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StreamForgeException(ErrorKind.DataLoss, $"{file.FullPath}: the file vanished before it was read", inner: missing);
        }
        catch (IOException broken)
        {
            throw new StreamForgeException(ErrorKind.Unavailable, $"{file.FullPath}: the file cannot be opened ({broken.Message})", retryable: true, broken);
        }
        try
        {
            if (file.Segment.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)) return new GzipInput(stream);
            return file.Segment.EndsWith(".zst", StringComparison.OrdinalIgnoreCase) ? new ZstdInput(stream) : new PlainInput(stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }
}

/// <summary>A file that is not compressed.</summary>
internal sealed class PlainInput(FileStream file) : ByteInput(file)
{
    public override bool CanGrow => true;

    public override int Read(Span<byte> target) => ReadFile(target);

    public override bool TrySeek(long offset)
    {
        SeekFile(offset);
        return true;
    }
}
