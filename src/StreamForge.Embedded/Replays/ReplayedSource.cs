using StreamForge.Core;

namespace StreamForge.Embedded.Replays;

/// <summary>A source and, as one more partition of it, the log of its events that are taken in once more. The log has an end: it grows only where nothing runs. Owns both.</summary>
/// <param name="log">Opened on the log's files.</param>
internal sealed class ReplayedSource(ISource source, ISource log) : ISource
{
    public string Name => source.Name;

    public Schema Schema => source.Schema;

    public IReadOnlyList<PartitionId> Partitions => [.. source.Partitions, new PartitionId(Name, ReplayLog.Partition)];

    public ValueTask PrepareAsync(CancellationToken cancellation) => source.PrepareAsync(cancellation);

    public IPartitionReader Open(PartitionId partition, PartitionCursor start, ReadRequest request) =>
        partition.Partition == ReplayLog.Partition ? log.Open(partition, start, request with { Bounded = true }) : source.Open(partition, start, request);

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        await log.DisposeAsync();
    }
}
