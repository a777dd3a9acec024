using StreamForge.Features.Windows;

namespace StreamForge.Cluster.Images;

/// <summary>
/// Images as of the partition's durable position, and keys that are known to have none, as many as fit into so many bytes. Two generations: what is used moves into the younger one, and when that is full the older one
/// is dropped. One thread at a time.
/// </summary>
internal sealed class ImageCache(long mostBytes)
{
    /// <summary>What an entry costs besides its bytes, roughly.</summary>
    private const int EntryBytes = 120;

    private Dictionary<byte[], byte[]?> _young = new(KeyBytes.Instance);
    private Dictionary<byte[], byte[]?> _old = new(KeyBytes.Instance);
    private long _bytes;

    public bool TryGet(ReadOnlySpan<byte> key, out byte[]? image)
    {
        if (_young.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out image)) return true;
        if (!_old.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(key, out var own, out image)) return false;
        Put(own, image);
        return true;
    }

    /// <param name="image">Null for a key that has none.</param>
    public void Put(byte[] key, byte[]? image)
    {
        _old.Remove(key);
        if (_young.TryGetValue(key, out var before)) _bytes -= Cost(key, before);
        _young[key] = image;
        _bytes += Cost(key, image);
        if (_bytes * 2 <= mostBytes) return;
        (_old, _young) = (_young, new Dictionary<byte[], byte[]?>(KeyBytes.Instance));
        _bytes = 0;
    }

    private static long Cost(byte[] key, byte[]? image) => EntryBytes + key.Length + (image?.Length ?? 0);
}
