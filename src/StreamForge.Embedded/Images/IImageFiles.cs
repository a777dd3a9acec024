namespace StreamForge.Embedded.Images;

/// <summary>The files of one partition's images, as little of a file system as an <see cref="ImageLog"/> needs; a test's may fail, and lose what was not synced. Failures are <see cref="IOException"/>s.</summary>
internal interface IImageFiles
{
    /// <summary>The numbers of all files, in no order.</summary>
    IReadOnlyList<long> Numbers();

    /// <summary>Opens a file, or makes it, empty.</summary>
    IImageFile Open(long number);

    void Delete(long number);

    /// <summary>Makes new names durable.</summary>
    void Sync();
}

/// <summary>One file. Appended to and read by one thread; <see cref="Sync"/> may be called by another meanwhile.</summary>
internal interface IImageFile : IDisposable
{
    long Length { get; }

    /// <summary>Writes at the end.</summary>
    void Append(ReadOnlySpan<byte> bytes);

    /// <summary>Fills <paramref name="target"/> from <paramref name="offset"/> on; all of it is there.</summary>
    void Read(long offset, Span<byte> target);

    void Truncate(long length);

    /// <summary>Makes what was appended before the call durable.</summary>
    void Sync();
}
