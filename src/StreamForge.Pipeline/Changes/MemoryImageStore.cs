namespace StreamForge.Pipeline.Changes;

/// <summary>Images in memory alone: for trials, and for hosts that keep them elsewhere.</summary>
public sealed class MemoryImageStore : IImageStore
{
    private readonly Dictionary<byte[], byte[]> _images;
    private readonly Dictionary<byte[], byte[]>.AlternateLookup<ReadOnlySpan<byte>> _byKey;

    public MemoryImageStore()
    {
        _images = new Dictionary<byte[], byte[]>(KeyBytesComparer.Instance);
        _byKey = _images.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public long Rows => _images.Count;

    public long Bytes { get; private set; }

    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> image)
    {
        var found = _byKey.TryGetValue(key, out var bytes);
        image = bytes;
        return found;
    }

    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> image)
    {
        Bytes += image.Length + (_byKey.TryGetValue(key, out var old) ? -old.Length : key.Length);
        _byKey[key] = image.ToArray();
    }

    public bool Remove(ReadOnlySpan<byte> key)
    {
        if (!_byKey.Remove(key, out _, out var old)) return false;
        Bytes -= key.Length + old.Length;
        return true;
    }

    public void Clear()
    {
        _images.Clear();
        Bytes = 0;
    }

    public void Visit(ImageVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        foreach (var (key, image) in _images) visitor(key, image);
    }
}
