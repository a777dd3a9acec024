namespace StreamForge.Pipeline.Changes;

/// <summary>Takes one stored image: its key and its bytes, both valid during the call.</summary>
public delegate void ImageVisitor(ReadOnlySpan<byte> key, ReadOnlySpan<byte> image);

/// <summary>
/// The last image of each row of a partition's table, by primary key. To the store an image is bytes; <see cref="ImageCodec"/> says what they mean. How the images become durable, and what a
/// restart finds, is the host's: a store begins with exactly what it held at the checkpoint that is continued. Used by one thread at a time.
/// </summary>
public interface IImageStore
{
    /// <summary>How many images there are.</summary>
    long Rows { get; }

    /// <summary>The bytes of their keys and images, wherever they are kept.</summary>
    long Bytes { get; }

    /// <summary>The image of a key.</summary>
    /// <param name="image">Valid until the next call.</param>
    /// <returns>false when there is none.</returns>
    bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> image);

    /// <summary>Keeps an image, in place of the one that the key has.</summary>
    void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> image);

    /// <returns>false when there was none.</returns>
    bool Remove(ReadOnlySpan<byte> key);

    /// <summary>Removes all.</summary>
    void Clear();

    /// <summary>Shows every image once, in no order. Nothing may be changed meanwhile.</summary>
    void Visit(ImageVisitor visitor);
}
