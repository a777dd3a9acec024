using StreamForge.Cluster.Ports;

namespace StreamForge.Testing.Cluster.Storage;

/// <summary>The port for images over <see cref="SimulatedStorage"/>.</summary>
internal sealed class SimulatedImageStorage(SimulatedStorage storage) : IImageStorage
{
    public ValueTask<byte[]?[]?> LoadAsync(ImageOwner owner, IReadOnlyList<byte[]> keys, CancellationToken cancellation)
    {
        byte[][] asked = [.. keys];
        return storage.CallAsync($"load images of {owner.Record}", writes: false, () => storage.Content.Load(owner, asked), cancellation);
    }

    public ValueTask<IReadOnlyList<ImageRow>?> PageAsync(ImageOwner owner, byte[]? after, int limit, CancellationToken cancellation) =>
        storage.CallAsync($"read images of {owner.Record}", writes: false, () => storage.Content.Page(owner, after, limit), cancellation);
}
