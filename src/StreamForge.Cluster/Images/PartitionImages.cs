using StreamForge.Features.Windows;
using StreamForge.Pipeline.Changes;

namespace StreamForge.Cluster.Images;

/// <summary>How many images a partition has, and their bytes.</summary>
public readonly record struct ImageTotals(long Rows, long Bytes);

/// <summary>
/// The stored images of one partition, as its events see them one after another.
/// <para>
/// Storage has them as of the partition's durable position; what has changed since stands in memory, by batch, until a write of the record takes it along (<see cref="Settle"/>) or a rewind forgets it (<see cref="Rewind"/>).
/// So after a rewind every event finds the image that it found the first time. What storage has is asked for by key when a batch needs it, and some of it is kept (<see cref="ImageCache"/>).
/// </para>
/// <para>
/// A batch is one transaction: <see cref="Begin"/>, the tracker's reads and writes, and <see cref="End"/>. Its keys are brought beforehand (<see cref="Absent"/>, <see cref="Bring"/>); where something is needed that was not,
/// <see cref="ImagesAbsentException"/> says so, and the batch begins again with it.
/// </para>
/// One thread at a time.
/// </summary>
internal sealed class PartitionImages(long mostCachedBytes) : IImageStore
{
    private readonly Dictionary<byte[], Changed> _changed = new(KeyBytes.Instance);
    private readonly ImageCache _durable = new(mostCachedBytes);
    private readonly Dictionary<byte[], byte[]?> _brought = new(KeyBytes.Instance);
    private Dictionary<byte[], byte[]?> _batch = new(KeyBytes.Instance);
    private ImageTotals _before;
    private ImageTotals _totals;
    private bool _isWhole;

    /// <summary>What a batch that is not durable has made of an image.</summary>
    private readonly record struct Changed(byte[]? Image, long Batch);

    public long Rows => _totals.Rows;

    public long Bytes => _totals.Bytes;

    public ImageTotals Totals => _totals;

    /// <summary>Bytes of what has changed and is not durable.</summary>
    public long ChangedBytes { get; private set; }

    /// <summary>A batch is about to be taken in, for the first time or once more; what has been brought for it stays.</summary>
    /// <param name="before">How many images there are before it.</param>
    public void Begin(ImageTotals before)
    {
        _before = _totals = before;
        _batch = new Dictionary<byte[], byte[]?>(KeyBytes.Instance);
    }

    /// <summary>Which of some keys have to be brought from storage before a batch that needs them. What is known of the others is noted, and stays so until <see cref="End"/>, whatever becomes durable meanwhile.</summary>
    public IReadOnlyList<byte[]> Absent(IEnumerable<byte[]> keys)
    {
        var absent = new List<byte[]>();
        foreach (var key in keys)
        {
            if (_brought.ContainsKey(key)) continue;
            if (_changed.TryGetValue(key, out var changed)) _brought.Add(key, changed.Image);
            else if (_durable.TryGet(key, out var image)) _brought.Add(key, image);
            else absent.Add(key);
        }
        return absent;
    }

    /// <summary>Notes all images that have changed and are not durable, before the others are brought: what becomes durable while storage is read may come in its earlier form.</summary>
    public void BringChanged()
    {
        foreach (var (key, changed) in _changed) _brought.TryAdd(key, changed.Image);
    }

    /// <summary>What storage has of a key that has not changed since.</summary>
    /// <param name="image">Null for none.</param>
    public void Bring(byte[] key, byte[]? image)
    {
        if (_brought.TryAdd(key, image)) _durable.Put(key, image);
    }

    /// <summary>All that storage has has been brought.</summary>
    public void BringEnds() => _isWhole = true;

    /// <summary>What the batch has changed, and from here on is seen by the next; nothing that was brought is kept.</summary>
    /// <param name="number">Grows with each batch.</param>
    public IReadOnlyDictionary<byte[], byte[]?> End(long number)
    {
        foreach (var (key, image) in _batch) Change(key, new Changed(image, number));
        var changes = _batch;
        _batch = new Dictionary<byte[], byte[]?>(KeyBytes.Instance);
        _brought.Clear();
        _isWhole = false;
        return changes;
    }

    /// <summary>A batch is given up before its <see cref="End"/>.</summary>
    public void Abandon()
    {
        _batch.Clear();
        _brought.Clear();
        _isWhole = false;
        _totals = _before;
    }

    private void Change(byte[] key, Changed changed)
    {
        if (_changed.TryGetValue(key, out var before)) ChangedBytes -= Cost(key, before.Image);
        _changed[key] = changed;
        ChangedBytes += Cost(key, changed.Image);
    }

    private static long Cost(byte[] key, byte[]? image) => 100 + key.Length + (image?.Length ?? 0);

    /// <summary>Storage has what a batch has changed.</summary>
    public void Settle(long number, IReadOnlyDictionary<byte[], byte[]?> changes)
    {
        foreach (var (key, image) in changes)
        {
            _durable.Put(key, image);
            if (!_changed.TryGetValue(key, out var changed) || changed.Batch != number) continue;
            _changed.Remove(key);
            ChangedBytes -= Cost(key, changed.Image);
        }
    }

    /// <summary>Forgets what is not durable.</summary>
    public void Rewind()
    {
        Abandon();
        _changed.Clear();
        ChangedBytes = 0;
    }

    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> image)
    {
        var found = Find(key);
        image = found;
        return found is not null;
    }

    private byte[]? Find(ReadOnlySpan<byte> key)
    {
        if (_batch.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var image)) return image;
        if (_brought.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out image)) return image;
        return _isWhole ? null : throw new ImagesAbsentException(key.ToArray());
    }

    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> image)
    {
        var before = Find(key);
        _totals = before is null ? new ImageTotals(Rows + 1, Bytes + key.Length + image.Length) : new ImageTotals(Rows, Bytes + image.Length - before.Length);
        _batch.GetAlternateLookup<ReadOnlySpan<byte>>()[key] = image.ToArray();
    }

    public bool Remove(ReadOnlySpan<byte> key)
    {
        if (Find(key) is not { } before) return false;
        _totals = new ImageTotals(Rows - 1, Bytes - key.Length - before.Length);
        _batch.GetAlternateLookup<ReadOnlySpan<byte>>()[key] = null;
        return true;
    }

    public void Clear()
    {
        foreach (var (key, _) in All()) _batch[key] = null;
        _totals = default;
    }

    public void Visit(ImageVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        foreach (var (key, image) in All()) visitor(key, image);
    }

    private List<(byte[] Key, byte[] Image)> All()
    {
        if (!_isWhole) throw new ImagesAbsentException(null);
        var all = new List<(byte[], byte[])>();
        foreach (var (key, image) in _brought)
        {
            if (image is not null && !_batch.ContainsKey(key)) all.Add((key, image));
        }
        foreach (var (key, image) in _batch)
        {
            if (image is not null) all.Add((key, image));
        }
        return all;
    }
}

/// <summary>A batch needs an image, or all of them, that has not been brought from storage.</summary>
internal sealed class ImagesAbsentException(byte[]? key) : Exception("images are needed that have not been brought from storage")
{
    /// <summary>The key whose image it is; null for all.</summary>
    public byte[]? Key => key;
}
