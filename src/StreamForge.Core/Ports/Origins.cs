using System.Collections.Immutable;

namespace StreamForge.Core;

/// <summary>How far one partition of a source has come. Positions are written as people read them, such as <c>orders.csv:1024</c>: the next event that is to be read.</summary>
/// <param name="Received">Everything before it has been read and given to the state's keepers, who may have some of it before them still; null where nothing runs.</param>
/// <param name="Durable">Everything before it is in the newest checkpoint; null before the first.</param>
/// <param name="Watermark">The partition's own watermark, microseconds; <see cref="EventTime.MinValue"/> before there is one.</param>
public sealed record PartitionOrigin(string Source, int Partition, string? Received, string? Durable, long Watermark);

/// <summary>The stretch of the log that a view's state was made of.</summary>
/// <param name="Checkpoint">The newest checkpoint; 0 before the first.</param>
/// <param name="Partitions">Those of the view's source.</param>
public sealed record ViewOrigin(long Checkpoint, ImmutableArray<PartitionOrigin> Partitions);

/// <summary>Knows the positions behind features: the port between the servers and whichever host holds the state. Safe from any thread.</summary>
public interface IOriginReader
{
    /// <summary>Where the state of a view comes from; null when its pipeline cannot say it now.</summary>
    ViewOrigin? Read(ViewDescription view);
}
