using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Testing.Cluster.Storage;
using StreamForge.Testing.Cluster.StorageSuite;

namespace StreamForge.Tests.Cluster.StorageSuite;

/// <summary>The content that the simulated cluster stores in, one transaction at a time and without its network.</summary>
internal sealed class ContentTrial : StorageTrial
{
    private readonly StorageContent _content = new();
    private readonly Lock _lock = new();

    private enum Loss
    {
        None,
        Answer,
        Request,
    }

    public override ValueTask<IPipelineStorage> OpenAsync() => new(new Connection(this));

    public override ValueTask<FragileStorage> OpenFragileAsync() => new(new Fragile(new Connection(this)));

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Fragile(Connection connection) : FragileStorage(connection)
    {
        public override void LoseNextAnswer() => connection.Next = Loss.Answer;

        public override void LoseNextRequest() => connection.Next = Loss.Request;
    }

    private sealed class Connection(ContentTrial trial) : IPipelineStorage, IKeyStorage, IRecordStorage, IImageStorage
    {
        public Loss Next { get; set; }

        public IKeyStorage Keys => this;

        public IRecordStorage Records => this;

        public IImageStorage Images => this;

        public ValueTask<StoredKey?[]> LoadAsync(IReadOnlyList<KeyId> keys, CancellationToken cancellation) => CallAsync(c => keys.Select(c.Load).ToArray());

        public ValueTask<bool[]> WriteAsync(IReadOnlyList<KeyWrite> writes, CancellationToken cancellation) => CallAsync(c => writes.Select(c.Write).ToArray());

        public ValueTask<IReadOnlyList<KeyId>> DueAsync(int view, int fromGroup, int toGroup, long watermark, int limit, CancellationToken cancellation) =>
            CallAsync(c => c.Due(view, fromGroup, toGroup, watermark, limit));

        public ValueTask<long> NewestEventAsync(int view, CancellationToken cancellation) => CallAsync(c => c.NewestEvent(view));

        public ValueTask<(long Total, IReadOnlyList<byte[]> Keys)> SampleAsync(int view, int limit, CancellationToken cancellation) => CallAsync<(long, IReadOnlyList<byte[]>)>(c =>
        {
            byte[][] keys = [.. c.Keys.Keys.Where(k => k.View == view).Select(k => k.Key)];
            return (keys.Length, [.. keys.Take(limit)]);
        });

        public ValueTask<long> OrphansAsync(int view, CancellationToken cancellation) => CallAsync(c => (long)c.Orphans.Count(v => v == view));

        public ValueTask<byte[]?[]?> LoadAsync(ImageOwner owner, IReadOnlyList<byte[]> keys, CancellationToken cancellation) => CallAsync(c => c.Load(owner, keys));

        public ValueTask<IReadOnlyList<ImageRow>?> PageAsync(ImageOwner owner, byte[]? after, int limit, CancellationToken cancellation) => CallAsync(c => c.Page(owner, after, limit));

        public ValueTask<StoredRecord?> LoadAsync(string name, CancellationToken cancellation) => CallAsync(c => c.Records.GetValueOrDefault(name));

        public ValueTask<IReadOnlyList<(string Name, StoredRecord Record)>> ListAsync(string prefix, CancellationToken cancellation) =>
            CallAsync<IReadOnlyList<(string, StoredRecord)>>(c => [.. c.Records.Where(r => r.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(r => (r.Key, r.Value))]);

        public ValueTask<bool> TryWriteAsync(RecordWrite write, CancellationToken cancellation) => CallAsync(c => c.Write(write));

        public ValueTask<IReadOnlyList<OutboxEntry>> OutboxAsync(string sink, int limit, CancellationToken cancellation) =>
            CallAsync<IReadOnlyList<OutboxEntry>>(c => [.. c.Outbox.Where(o => o.Sink == sink).Take(limit).Select(o => new OutboxEntry(o.Id, o.Payload))]);

        public ValueTask<(long Total, IReadOnlyList<string> Items)> LedgerAsync(LedgerKind ledger, bool backwards, long skip, int limit, CancellationToken cancellation) =>
            CallAsync<(long, IReadOnlyList<string>)>(c =>
            {
                var items = c.Ledger.Where(e => e.Ledger == ledger).Select(e => e.Json).ToList();
                if (backwards) items.Reverse();
                return (items.Count, [.. items.Skip((int)skip).Take(limit)]);
            });

        private ValueTask<T> CallAsync<T>(Func<StorageContent, T> transaction)
        {
            var loss = Next;
            Next = Loss.None;
            if (loss == Loss.Request) return ValueTask.FromException<T>(Lost());
            lock (trial._lock)
            {
                var answer = transaction(trial._content);
                return loss == Loss.Answer ? ValueTask.FromException<T>(Lost()) : new ValueTask<T>(answer);
            }
        }

        private static StreamForgeException Lost() => new(ErrorKind.Unavailable, "the connection is lost", retryable: true);
    }
}
