using StreamForge.Cluster.Ports;
using StreamForge.Core;

namespace StreamForge.Testing.Cluster.Storage;

/// <summary>What lies between somebody and a storage: every call goes through <see cref="ReadAsync"/> or <see cref="WriteAsync"/>, which may refuse it, or lose its answer.</summary>
/// <param name="storage">The storage behind it.</param>
public abstract class StorageLine(IPipelineStorage storage) : IPipelineStorage, IKeyStorage, IRecordStorage, IImageStorage
{
    public IKeyStorage Keys => this;

    public IRecordStorage Records => this;

    public IImageStorage Images => this;

    /// <summary>Where key states are; another storage from the next call on when it is set.</summary>
    protected IKeyStorage Inner { get; set; } = storage.Keys;

    public ValueTask<StoredKey?[]> LoadAsync(IReadOnlyList<KeyId> keys, CancellationToken cancellation) => ReadAsync(() => Inner.LoadAsync(keys, cancellation));

    public ValueTask<bool[]> WriteAsync(IReadOnlyList<KeyWrite> writes, CancellationToken cancellation) => WriteAsync(() => Inner.WriteAsync(writes, cancellation));

    public ValueTask<IReadOnlyList<KeyId>> DueAsync(int view, int fromGroup, int toGroup, long watermark, int limit, CancellationToken cancellation) =>
        ReadAsync(() => Inner.DueAsync(view, fromGroup, toGroup, watermark, limit, cancellation));

    public ValueTask<long> NewestEventAsync(int view, CancellationToken cancellation) => ReadAsync(() => Inner.NewestEventAsync(view, cancellation));

    public ValueTask<(long Total, IReadOnlyList<byte[]> Keys)> SampleAsync(int view, int limit, CancellationToken cancellation) => ReadAsync(() => Inner.SampleAsync(view, limit, cancellation));

    public ValueTask<long> OrphansAsync(int view, CancellationToken cancellation) => ReadAsync(() => Inner.OrphansAsync(view, cancellation));

    public ValueTask<byte[]?[]?> LoadAsync(ImageOwner owner, IReadOnlyList<byte[]> keys, CancellationToken cancellation) => ReadAsync(() => storage.Images.LoadAsync(owner, keys, cancellation));

    public ValueTask<IReadOnlyList<ImageRow>?> PageAsync(ImageOwner owner, byte[]? after, int limit, CancellationToken cancellation) =>
        ReadAsync(() => storage.Images.PageAsync(owner, after, limit, cancellation));

    public ValueTask<StoredRecord?> LoadAsync(string name, CancellationToken cancellation) => ReadAsync(() => storage.Records.LoadAsync(name, cancellation));

    public ValueTask<IReadOnlyList<(string Name, StoredRecord Record)>> ListAsync(string prefix, CancellationToken cancellation) => ReadAsync(() => storage.Records.ListAsync(prefix, cancellation));

    public ValueTask<bool> TryWriteAsync(RecordWrite write, CancellationToken cancellation) => WriteAsync(() => storage.Records.TryWriteAsync(write, cancellation));

    public ValueTask<IReadOnlyList<OutboxEntry>> OutboxAsync(string sink, int limit, CancellationToken cancellation) => ReadAsync(() => storage.Records.OutboxAsync(sink, limit, cancellation));

    public ValueTask<(long Total, IReadOnlyList<string> Items)> LedgerAsync(LedgerKind ledger, bool backwards, long skip, int limit, CancellationToken cancellation) =>
        ReadAsync(() => storage.Records.LedgerAsync(ledger, backwards, skip, limit, cancellation));

    /// <summary>A call that changes nothing.</summary>
    protected abstract ValueTask<T> ReadAsync<T>(Func<ValueTask<T>> read);

    /// <summary>A call that writes.</summary>
    protected abstract ValueTask<T> WriteAsync<T>(Func<ValueTask<T>> write);
}
