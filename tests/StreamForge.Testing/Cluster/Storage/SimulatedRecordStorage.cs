using StreamForge.Cluster.Ports;
using StreamForge.Core;

namespace StreamForge.Testing.Cluster.Storage;

/// <summary>The port for records, ledgers and outbox over <see cref="SimulatedStorage"/>.</summary>
internal sealed class SimulatedRecordStorage(SimulatedStorage storage) : IRecordStorage
{
    private StorageContent Content => storage.Content;

    public ValueTask<StoredRecord?> LoadAsync(string name, CancellationToken cancellation) =>
        storage.CallAsync($"load {name}", writes: false, () => Content.Records.GetValueOrDefault(name), cancellation);

    public ValueTask<IReadOnlyList<(string Name, StoredRecord Record)>> ListAsync(string prefix, CancellationToken cancellation) =>
        storage.CallAsync<IReadOnlyList<(string, StoredRecord)>>(
            $"list {prefix}", writes: false, () => [.. Content.Records.Where(r => r.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(r => (r.Key, r.Value))], cancellation);

    public ValueTask<bool> TryWriteAsync(RecordWrite write, CancellationToken cancellation)
    {
        var given = write with { Content = [.. write.Content], Ledger = [.. write.Ledger], Consumed = [.. write.Consumed], Images = write.Images is { } images ? images with { Rows = [.. images.Rows] } : null };
        return storage.CallAsync($"write {write.Name} over {write.Expected}", writes: true, () => storage.Write(given), cancellation);
    }

    public ValueTask<IReadOnlyList<OutboxEntry>> OutboxAsync(string sink, int limit, CancellationToken cancellation) =>
        storage.CallAsync<IReadOnlyList<OutboxEntry>>(
            $"read the outbox of {sink}", writes: false, () => [.. Content.Outbox.Where(o => o.Sink == sink).Take(limit).Select(o => new OutboxEntry(o.Id, o.Payload))], cancellation);

    public ValueTask<(long Total, IReadOnlyList<string> Items)> LedgerAsync(LedgerKind ledger, bool backwards, long skip, int limit, CancellationToken cancellation) =>
        storage.CallAsync<(long, IReadOnlyList<string>)>("read a ledger", writes: false, () =>
        {
            var items = Content.Ledger.Where(e => e.Ledger == ledger).Select(e => e.Json).ToList();
            if (backwards) items.Reverse();
            return (items.Count, [.. items.Skip((int)skip).Take(limit)]);
        }, cancellation);
}
