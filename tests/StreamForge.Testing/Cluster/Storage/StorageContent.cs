using StreamForge.Cluster.Ports;
using StreamForge.Core;

namespace StreamForge.Testing.Cluster.Storage;

/// <summary>What is stored of a pipeline: keys, records, ledgers and outbox. Each method is one transaction.</summary>
public class StorageContent
{
    private readonly List<(long Id, string Sink, byte[] Payload)> _outbox = [];
    private long _outboxIds;

    public Dictionary<KeyId, (StoredKey Key, long NewestEvent, long? Due)> Keys { get; } = [];

    public SortedDictionary<string, StoredRecord> Records { get; } = new(StringComparer.Ordinal);

    public List<LedgerEntry> Ledger { get; } = [];

    public IReadOnlyList<(long Id, string Sink, byte[] Payload)> Outbox => _outbox;

    /// <summary>Images by partition and key, in the order of keys.</summary>
    public SortedDictionary<(int Partition, byte[] Key), byte[]> Images { get; } = new(Comparer<(int Partition, byte[] Key)>.Create(static (a, b) =>
        a.Partition != b.Partition ? a.Partition.CompareTo(b.Partition) : a.Key.AsSpan().SequenceCompareTo(b.Key)));

    /// <summary>The views whose keys have brought orphans to the ledger, one entry each.</summary>
    public List<int> Orphans { get; } = [];

    /// <summary>Called within the transaction of every record that is written, after its effect.</summary>
    public Action<RecordWrite>? RecordWritten { get; set; }

    /// <summary>Called within the transaction of every key that is written, after its effect.</summary>
    public Action<KeyWrite>? KeyWritten { get; set; }

    public virtual StoredKey? Load(KeyId id) => Keys.TryGetValue(id, out var found) ? found.Key with { Content = [.. found.Key.Content] } : null;

    public virtual bool Write(KeyWrite write)
    {
        if ((Keys.TryGetValue(write.Id, out var found) ? found.Key.Version : 0) != write.Expected) return false;
        Put(write);
        return true;
    }

    /// <summary>Adds to the outbox.</summary>
    protected void Emit(IReadOnlyList<Emission> emissions)
    {
        foreach (var emission in emissions) _outbox.Add((++_outboxIds, emission.Sink, [.. emission.Payload]));
    }

    protected void Put(KeyWrite write)
    {
        Keys[write.Id] = (new StoredKey(write.Expected + 1, write.Writer, [.. write.Content]), write.NewestEvent, write.Due);
        Emit(write.Emissions);
        Ledger.AddRange(write.Orphans);
        Orphans.AddRange(write.Orphans.Select(_ => write.Id.View));
        KeyWritten?.Invoke(write);
    }

    public virtual bool Write(RecordWrite write)
    {
        if ((Records.TryGetValue(write.Name, out var found) ? found.Version : 0) != write.Expected) return false;
        Put(write);
        return true;
    }

    protected void Put(RecordWrite write)
    {
        Records[write.Name] = new StoredRecord(write.Expected + 1, write.Writer, [.. write.Content]);
        Ledger.AddRange(write.Ledger);
        _outbox.RemoveAll(o => write.Consumed.Contains(o.Id));
        if (write.Images is { } images) Put(images);
        RecordWritten?.Invoke(write);
    }

    protected virtual void Put(ImageChanges changes)
    {
        foreach (var (key, image) in changes.Rows)
        {
            if (image is null) Images.Remove((changes.Partition, key));
            else Images[(changes.Partition, [.. key])] = [.. image];
        }
    }

    public byte[]?[]? Load(ImageOwner owner, IReadOnlyList<byte[]> keys) => Owns(owner) ? [.. keys.Select(k => Images.GetValueOrDefault((owner.Partition, k)))] : null;

    public IReadOnlyList<ImageRow>? Page(ImageOwner owner, byte[]? after, int limit) => Owns(owner)
        ? [.. Images.Where(i => i.Key.Partition == owner.Partition && (after is null || i.Key.Key.AsSpan().SequenceCompareTo(after) > 0)).Take(limit).Select(i => new ImageRow(i.Key.Key, i.Value))]
        : null;

    protected virtual bool Owns(ImageOwner owner) => Records.GetValueOrDefault(owner.Record)?.Writer == owner.Writer;

    public IReadOnlyList<KeyId> Due(int view, int fromGroup, int toGroup, long watermark, int limit) =>
        [.. Keys.Where(k => k.Key.View == view && k.Value.Due <= watermark && k.Key.Group is var g && g >= fromGroup && g < toGroup).Select(k => k.Key).Take(limit)];

    public long NewestEvent(int view) => Keys.Where(k => k.Key.View == view).Select(k => k.Value.NewestEvent).DefaultIfEmpty(EventTime.MinValue).Max();
}
