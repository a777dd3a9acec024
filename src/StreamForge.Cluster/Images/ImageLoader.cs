using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Records;

namespace StreamForge.Cluster.Images;

/// <summary>Brings images from storage to a partition that needs them.</summary>
/// <param name="owner">The partition's activation.</param>
internal sealed class ImageLoader(IImageStorage storage, ImageOwner owner)
{
    /// <summary>Keys of one statement at most, and images of a page.</summary>
    private const int MostRows = 5_000;

    /// <summary>Brings what is not known of some keys.</summary>
    /// <exception cref="FenceLostException">Another activation has taken over.</exception>
    /// <exception cref="Core.StreamForgeException">Storage cannot be read; a retryable one may pass.</exception>
    public async ValueTask BringAsync(PartitionImages images, IEnumerable<byte[]> keys, CancellationToken cancellation)
    {
        foreach (var absent in images.Absent(keys).Chunk(MostRows))
        {
            var found = await storage.LoadAsync(owner, absent, cancellation) ?? throw new FenceLostException(owner.Record);
            for (var i = 0; i < absent.Length; i++) images.Bring(absent[i], found[i]);
        }
    }

    /// <summary>Brings all images, page by page.</summary>
    /// <exception cref="FenceLostException">Another activation has taken over.</exception>
    /// <exception cref="Core.StreamForgeException">Storage cannot be read; a retryable one may pass.</exception>
    public async ValueTask BringAllAsync(PartitionImages images, CancellationToken cancellation)
    {
        images.BringChanged();
        for (byte[]? after = null; ;)
        {
            var page = await storage.PageAsync(owner, after, MostRows, cancellation) ?? throw new FenceLostException(owner.Record);
            if (page.Count == 0) break;
            foreach (var (key, image) in page) images.Bring(key, image);
            after = page[^1].Key;
        }
        images.BringEnds();
    }
}
