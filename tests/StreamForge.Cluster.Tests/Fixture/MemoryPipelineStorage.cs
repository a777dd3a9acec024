using StreamForge.Cluster.Ports;
using StreamForge.Core;

namespace StreamForge.Cluster.Tests.Fixture;

/// <summary>The storage of one pipeline, shared by the silos of a cluster in this process. It can be away: every call fails then, before it does anything. Safe from any thread.</summary>
internal sealed class MemoryPipelineStorage : IPipelineStorage, IKeyStorage, IRecordStorage
{
    private readonly Lock _lock = new();
    private readonly Dictionary<KeyId, KeyWrite> _keys = [];
    private readonly SortedDictionary<string, StoredRecord> _records = new(StringComparer.Ordinal);
    private readonly SortedDictionary<long, Emission> _outbox = [];
    private readonly List<LedgerEntry> _ledger = [];
    private long _emissions;

    public IKeyStorage Keys => this;

    public IRecordStorage Records => this;

    /// <summary>Whether nobody reaches it.</summary>
    public bool IsAway { get; set; }

    /// <summary>Entries that wait for sinks.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock) return _outbox.Count;
        }
    }

    /// <summary>All keys of a view.</summary>
    public byte[][] KeysOf(int view)
    {
        lock (_lock) return [.. _keys.Keys.Where(k => k.View == view).Select(k => k.Key)];
    }

    /// <summary>Forgets all keys, so that what silos hold can be measured.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _keys.Clear();
            _keys.TrimExcess();
        }
    }

    public ValueTask<StoredKey?[]> LoadAsync(IReadOnlyList<KeyId> keys, CancellationToken cancellation) =>
        Do(() => keys.Select(k => _keys.TryGetValue(k, out var write) ? new StoredKey(write.Expected + 1, write.Writer, write.Content) : null).ToArray());

    public ValueTask<bool[]> WriteAsync(IReadOnlyList<KeyWrite> writes, CancellationToken cancellation) => Do(() => writes.Select(Write).ToArray());

    public ValueTask<IReadOnlyList<KeyId>> DueAsync(int view, int fromGroup, int toGroup, long watermark, int limit, CancellationToken cancellation) => Do<IReadOnlyList<KeyId>>(() =>
        [.. _keys.Where(k => k.Key.View == view && k.Value.Due <= watermark && k.Key.Group >= fromGroup && k.Key.Group < toGroup).Select(k => k.Key).Take(limit)]);

    public ValueTask<long> NewestEventAsync(int view, CancellationToken cancellation) =>
        Do(() => _keys.Where(k => k.Key.View == view).Select(k => k.Value.NewestEvent).DefaultIfEmpty(EventTime.MinValue).Max());

    public ValueTask<(long Total, IReadOnlyList<byte[]> Keys)> SampleAsync(int view, int limit, CancellationToken cancellation)
    {
        var keys = KeysOf(view);
        return new((keys.Length, [.. keys.Take(limit)]));
    }

    public ValueTask<StoredRecord?> LoadAsync(string name, CancellationToken cancellation) => Do(() => _records.GetValueOrDefault(name));

    public ValueTask<IReadOnlyList<(string Name, StoredRecord Record)>> ListAsync(string prefix, CancellationToken cancellation) =>
        Do<IReadOnlyList<(string, StoredRecord)>>(() => [.. _records.Where(r => r.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(r => (r.Key, r.Value))]);

    public ValueTask<bool> TryWriteAsync(RecordWrite write, CancellationToken cancellation) => Do(() =>
    {
        if ((_records.GetValueOrDefault(write.Name)?.Version ?? 0) != write.Expected) return false;
        _records[write.Name] = new StoredRecord(write.Expected + 1, write.Writer, write.Content);
        _ledger.AddRange(write.Ledger);
        foreach (var id in write.Consumed) _outbox.Remove(id);
        return true;
    });

    public ValueTask<IReadOnlyList<OutboxEntry>> OutboxAsync(string sink, int limit, CancellationToken cancellation) =>
        Do<IReadOnlyList<OutboxEntry>>(() => [.. _outbox.Where(e => e.Value.Sink == sink).Take(limit).Select(e => new OutboxEntry(e.Key, e.Value.Payload))]);

    public ValueTask<(long Total, IReadOnlyList<string> Items)> LedgerAsync(LedgerKind ledger, bool backwards, long skip, int limit, CancellationToken cancellation) => Do<(long, IReadOnlyList<string>)>(() =>
    {
        var items = _ledger.Where(e => e.Ledger == ledger).Select(e => e.Json).ToList();
        if (backwards) items.Reverse();
        return (items.Count, [.. items.Skip((int)skip).Take(limit)]);
    });

    private bool Write(KeyWrite write)
    {
        if ((_keys.TryGetValue(write.Id, out var found) ? found.Expected + 1 : 0) != write.Expected) return false;
        _keys[write.Id] = write;
        foreach (var emission in write.Emissions) _outbox.Add(++_emissions, emission);
        return true;
    }

    private ValueTask<T> Do<T>(Func<T> work)
    {
        if (IsAway) return ValueTask.FromException<T>(new StreamForgeException(ErrorKind.Unavailable, "the storage is away", retryable: true));
        lock (_lock) return ValueTask.FromResult(work());
    }
}
