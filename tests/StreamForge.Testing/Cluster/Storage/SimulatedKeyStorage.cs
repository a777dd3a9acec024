using StreamForge.Cluster.Ports;

namespace StreamForge.Testing.Cluster.Storage;

/// <summary>The port for keys over <see cref="SimulatedStorage"/>.</summary>
internal sealed class SimulatedKeyStorage(SimulatedStorage storage) : IKeyStorage
{
    private StorageContent Content => storage.Content;

    public ValueTask<StoredKey?[]> LoadAsync(IReadOnlyList<KeyId> keys, CancellationToken cancellation)
    {
        KeyId[] asked = [.. keys];
        return storage.CallAsync("load keys", writes: false, () => asked.Select(Content.Load).ToArray(), cancellation);
    }

    public ValueTask<bool[]> WriteAsync(IReadOnlyList<KeyWrite> writes, CancellationToken cancellation)
    {
        KeyWrite[] given = [.. writes.Select(w => w with { Content = [.. w.Content], Emissions = [.. w.Emissions], Orphans = [.. w.Orphans] })];
        return storage.CallAsync("write keys", writes: true, () => given.Select(storage.Write).ToArray(), cancellation);
    }

    public ValueTask<IReadOnlyList<KeyId>> DueAsync(int view, int fromGroup, int toGroup, long watermark, int limit, CancellationToken cancellation) =>
        storage.CallAsync("find due keys", writes: false, () => Content.Due(view, fromGroup, toGroup, watermark, limit), cancellation);

    public ValueTask<long> NewestEventAsync(int view, CancellationToken cancellation) =>
        storage.CallAsync("find the newest event", writes: false, () => Content.NewestEvent(view), cancellation);

    public ValueTask<long> OrphansAsync(int view, CancellationToken cancellation) => storage.CallAsync("count orphans", writes: false, () => (long)Content.Orphans.Count(v => v == view), cancellation);

    public ValueTask<(long Total, IReadOnlyList<byte[]> Keys)> SampleAsync(int view, int limit, CancellationToken cancellation) =>
        storage.CallAsync<(long, IReadOnlyList<byte[]>)>("sample keys", writes: false, () =>
        {
            byte[][] keys = [.. Content.Keys.Keys.Where(k => k.View == view).Select(k => k.Key)];
            return (keys.Length, [.. keys.Take(limit)]);
        }, cancellation);
}
