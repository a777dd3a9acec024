namespace StreamForge.Cluster.Ports;

/// <summary>The last image of a row of a changelog, by its primary key.</summary>
/// <param name="Key">The canonical primary key (<see cref="Core.KeyCodec"/>); nobody changes the array.</param>
/// <param name="Image">The image, in the form of who keeps it; null for a row that is gone.</param>
public readonly record struct ImageRow(byte[] Key, byte[]? Image);

/// <summary>What happened to a partition's images between two of its durable positions.</summary>
/// <param name="Partition">Index of the partition among all of the pipeline.</param>
/// <param name="Rows">Each key once; a row without an image is deleted.</param>
public sealed record ImageChanges(int Partition, IReadOnlyList<ImageRow> Rows);

/// <summary>Whose images are asked for: they are given only as long as the partition's record is this activation's.</summary>
/// <param name="Record">The record's name.</param>
/// <param name="Writer">The activation that has claimed it.</param>
/// <param name="Partition">Index of the partition among all of the pipeline.</param>
public sealed record ImageOwner(string Record, Guid Writer, int Partition);

/// <summary>
/// Keeps the last images of rows, by source partition and primary key, as of the partition's durable position: they change only in the transaction that moves it (<see cref="RecordWrite.Images"/>).
/// <para>
/// Whoever reads names the activation that it is, and the answer is made in one snapshot with the partition's record: an activation that has been taken over would else get images of a later position, take them for those
/// before the event that it is at, and send keys what never was.
/// </para>
/// Safe from any thread. All methods throw <see cref="Core.StreamForgeException"/>; a retryable one may pass.
/// </summary>
public interface IImageStorage
{
    /// <summary>The images of some keys, in their order, null for one that has none; null in all when the record is another activation's.</summary>
    ValueTask<byte[]?[]?> LoadAsync(ImageOwner owner, IReadOnlyList<byte[]> keys, CancellationToken cancellation);

    /// <summary>Images in the order of their keys' bytes, at most <paramref name="limit"/>; null in all when the record is another activation's.</summary>
    /// <param name="after">The key that they follow; null for the first.</param>
    ValueTask<IReadOnlyList<ImageRow>?> PageAsync(ImageOwner owner, byte[]? after, int limit, CancellationToken cancellation);
}
