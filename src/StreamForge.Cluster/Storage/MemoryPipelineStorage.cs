using StreamForge.Cluster.Ports;
using StreamForge.Core;

namespace StreamForge.Cluster.Storage;

/// <summary>Keeps a pipeline in this process, for a first try: what the cluster's storage is, less that it survives. Safe from any thread.</summary>
public sealed class MemoryPipelineStorage : IPipelineStorage, IKeyStorage, IRecordStorage, IImageStorage
{
    private readonly Lock _lock = new();
    private readonly Dictionary<KeyId, (StoredKey Stored, long NewestEvent, long? Due)> _keys = [];
    private readonly SortedDictionary<string, StoredRecord> _records = new(StringComparer.Ordinal);
    private readonly SortedDictionary<long, Emission> _outbox = [];
    private readonly List<string>[] _ledgers = [[], []];
    private readonly Dictionary<int, SortedDictionary<byte[], byte[]>> _images = [];
    private readonly Dictionary<int, long> _orphans = [];
    private long _lastEmission;

    public IKeyStorage Keys => this;

    public IRecordStorage Records => this;

    public IImageStorage Images => this;

    public ValueTask<StoredKey?[]> LoadAsync(IReadOnlyList<KeyId> keys, CancellationToken cancellation)
    {
        lock (_lock) return ValueTask.FromResult(keys.Select(k => _keys.TryGetValue(k, out var key) ? key.Stored : null).ToArray());
    }

    public ValueTask<bool[]> WriteAsync(IReadOnlyList<KeyWrite> writes, CancellationToken cancellation)
    {
        lock (_lock) return ValueTask.FromResult(writes.Select(Write).ToArray());
    }

    public ValueTask<IReadOnlyList<KeyId>> DueAsync(int view, int fromGroup, int toGroup, long watermark, int limit, CancellationToken cancellation)
    {
        lock (_lock)
        {
            return ValueTask.FromResult<IReadOnlyList<KeyId>>(
                [.. _keys.Where(k => k.Key.View == view && k.Value.Due <= watermark && k.Key.Group >= fromGroup && k.Key.Group < toGroup).Select(k => k.Key).Take(limit)]);
        }
    }

    public ValueTask<long> NewestEventAsync(int view, CancellationToken cancellation)
    {
        lock (_lock) return ValueTask.FromResult(_keys.Where(k => k.Key.View == view).Select(k => k.Value.NewestEvent).DefaultIfEmpty(EventTime.MinValue).Max());
    }

    public ValueTask<long> OrphansAsync(int view, CancellationToken cancellation)
    {
        lock (_lock) return ValueTask.FromResult(_orphans.GetValueOrDefault(view));
    }

    public ValueTask<(long Total, IReadOnlyList<byte[]> Keys)> SampleAsync(int view, int limit, CancellationToken cancellation)
    {
        lock (_lock)
        {
            var known = _keys.Keys.Where(k => k.View == view).ToArray();
            return ValueTask.FromResult<(long, IReadOnlyList<byte[]>)>((known.Length, [.. known.Take(limit).Select(k => k.Key)]));
        }
    }

    public ValueTask<StoredRecord?> LoadAsync(string name, CancellationToken cancellation)
    {
        lock (_lock) return ValueTask.FromResult(_records.GetValueOrDefault(name));
    }

    public ValueTask<IReadOnlyList<(string Name, StoredRecord Record)>> ListAsync(string prefix, CancellationToken cancellation)
    {
        lock (_lock) return ValueTask.FromResult<IReadOnlyList<(string, StoredRecord)>>([.. _records.Where(r => r.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(r => (r.Key, r.Value))]);
    }

    public ValueTask<bool> TryWriteAsync(RecordWrite write, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if ((_records.GetValueOrDefault(write.Name)?.Version ?? 0) != write.Expected) return ValueTask.FromResult(false);
            _records[write.Name] = new StoredRecord(write.Expected + 1, write.Writer, write.Content);
            foreach (var entry in write.Ledger) _ledgers[(int)entry.Ledger].Add(entry.Json);
            foreach (var id in write.Consumed) _outbox.Remove(id);
            if (write.Images is { } images) Apply(images);
            return ValueTask.FromResult(true);
        }
    }

    public ValueTask<IReadOnlyList<OutboxEntry>> OutboxAsync(string sink, int limit, CancellationToken cancellation)
    {
        lock (_lock) return ValueTask.FromResult<IReadOnlyList<OutboxEntry>>([.. _outbox.Where(e => e.Value.Sink == sink).Take(limit).Select(e => new OutboxEntry(e.Key, e.Value.Payload))]);
    }

    public ValueTask<(long Total, IReadOnlyList<string> Items)> LedgerAsync(LedgerKind ledger, bool backwards, long skip, int limit, CancellationToken cancellation)
    {
        lock (_lock)
        {
            var all = _ledgers[(int)ledger];
            var from = (int)Math.Min(skip, all.Count);
            var items = backwards ? all.AsEnumerable().Reverse().Skip(from).Take(limit) : all.Skip(from).Take(limit);
            return ValueTask.FromResult<(long, IReadOnlyList<string>)>((all.Count, [.. items]));
        }
    }

    public ValueTask<byte[]?[]?> LoadAsync(ImageOwner owner, IReadOnlyList<byte[]> keys, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(owner);
        lock (_lock) return ValueTask.FromResult(Owns(owner) ? keys.Select(k => ImagesOf(owner.Partition).GetValueOrDefault(k)).ToArray() : null);
    }

    public ValueTask<IReadOnlyList<ImageRow>?> PageAsync(ImageOwner owner, byte[]? after, int limit, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(owner);
        lock (_lock)
        {
            return ValueTask.FromResult<IReadOnlyList<ImageRow>?>(
                Owns(owner) ? [.. ImagesOf(owner.Partition).SkipWhile(i => after is not null && i.Key.AsSpan().SequenceCompareTo(after) <= 0).Take(limit).Select(i => new ImageRow(i.Key, i.Value))] : null);
        }
    }

    private bool Owns(ImageOwner owner) => _records.GetValueOrDefault(owner.Record)?.Writer == owner.Writer;

    private SortedDictionary<byte[], byte[]> ImagesOf(int partition)
    {
        if (!_images.TryGetValue(partition, out var images)) _images.Add(partition, images = new(Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b))));
        return images;
    }

    private void Apply(ImageChanges changes)
    {
        var images = ImagesOf(changes.Partition);
        foreach (var (key, image) in changes.Rows)
        {
            if (image is null) images.Remove(key);
            else images[key] = image;
        }
    }

    private bool Write(KeyWrite write)
    {
        if ((_keys.TryGetValue(write.Id, out var key) ? key.Stored.Version : 0) != write.Expected) return false;
        _keys[write.Id] = (new StoredKey(write.Expected + 1, write.Writer, write.Content), write.NewestEvent, write.Due);
        foreach (var emission in write.Emissions) _outbox.Add(++_lastEmission, emission);
        foreach (var orphan in write.Orphans) _ledgers[(int)orphan.Ledger].Add(orphan.Json);
        if (write.Orphans.Count > 0) _orphans[write.Id.View] = _orphans.GetValueOrDefault(write.Id.View) + write.Orphans.Count;
        return true;
    }
}
