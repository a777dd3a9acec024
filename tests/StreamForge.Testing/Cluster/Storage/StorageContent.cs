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
        RecordWritten?.Invoke(write);
    }

    public IReadOnlyList<KeyId> Due(int view, int fromGroup, int toGroup, long watermark, int limit) =>
        [.. Keys.Where(k => k.Key.View == view && k.Value.Due <= watermark && k.Key.Group is var g && g >= fromGroup && g < toGroup).Select(k => k.Key).Take(limit)];

    public long NewestEvent(int view) => Keys.Where(k => k.Key.View == view).Select(k => k.Value.NewestEvent).DefaultIfEmpty(EventTime.MinValue).Max();
}
