using StreamForge.Cluster.Ports;
using StreamForge.Core;

namespace StreamForge.Tests.Cluster.Support;

/// <summary>What happens to one call of a storage.</summary>
internal enum CallFault
{
    None,

    /// <summary>It fails and has done nothing.</summary>
    Before,

    /// <summary>It fails after it has taken effect.</summary>
    After,
}

/// <summary>Records, ledgers and outbox in memory, with faults where a test wants them.</summary>
internal sealed class MemoryRecords : IRecordStorage
{
    private readonly Dictionary<string, StoredRecord> _records = [];
    private long _outboxId;

    /// <summary>What happens to the next call.</summary>
    public Func<CallFault> Faults { get; set; } = () => CallFault.None;

    /// <summary>Lets others go on in between.</summary>
    public Func<Task> Yield { get; set; } = () => Task.CompletedTask;

    public List<LedgerEntry> Ledger { get; } = [];

    public List<(string Sink, OutboxEntry Entry)> Outbox { get; } = [];

    public int Writes { get; private set; }

    public void Emit(string sink, byte[] payload) => Outbox.Add((sink, new OutboxEntry(++_outboxId, payload)));

    public StoredRecord? this[string name] => _records.GetValueOrDefault(name);

    public async ValueTask<StoredRecord?> LoadAsync(string name, CancellationToken cancellation)
    {
        await Yield();
        if (Faults() != CallFault.None) throw Failure();
        return _records.GetValueOrDefault(name);
    }

    public ValueTask<IReadOnlyList<(string Name, StoredRecord Record)>> ListAsync(string prefix, CancellationToken cancellation) =>
        new([.. _records.Where(r => r.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(r => (r.Key, r.Value))]);

    public async ValueTask<bool> TryWriteAsync(RecordWrite write, CancellationToken cancellation)
    {
        await Yield();
        var fault = Faults();
        if (fault == CallFault.Before) throw Failure();
        var isWritten = Write(write);
        await Yield();
        return fault == CallFault.After ? throw Failure() : isWritten;
    }

    private bool Write(RecordWrite write)
    {
        if ((_records.GetValueOrDefault(write.Name)?.Version ?? 0) != write.Expected) return false;
        _records[write.Name] = new StoredRecord(write.Expected + 1, write.Writer, write.Content);
        Ledger.AddRange(write.Ledger);
        Outbox.RemoveAll(o => write.Consumed.Contains(o.Entry.Id));
        Writes++;
        return true;
    }

    public async ValueTask<IReadOnlyList<OutboxEntry>> OutboxAsync(string sink, int limit, CancellationToken cancellation)
    {
        await Yield();
        if (Faults() != CallFault.None) throw Failure();
        return [.. Outbox.Where(o => o.Sink == sink).Take(limit).Select(o => o.Entry)];
    }

    public ValueTask<(long Total, IReadOnlyList<string> Items)> LedgerAsync(LedgerKind ledger, bool backwards, long skip, int limit, CancellationToken cancellation)
    {
        var all = Ledger.Where(e => e.Ledger == ledger).Select(e => e.Json).ToArray();
        if (backwards) Array.Reverse(all);
        return new((all.Length, [.. all.Skip((int)skip).Take(limit)]));
    }

    public static StreamForgeException Failure() => new(ErrorKind.Unavailable, "the storage does not answer", retryable: true);
}
