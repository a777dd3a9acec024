using System.Collections.Immutable;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Features.KeyState;

namespace StreamForge.Cluster.Slices;

/// <summary>What one batch of a partition brings to the keys of one view that live in one silo.</summary>
/// <param name="View">Index of the view in the plan.</param>
/// <param name="Partition">Index of the partition among all of the pipeline.</param>
/// <param name="Payload">Keys, rows and previous positions, as <c>SliceCodec</c> writes them.</param>
public sealed record SliceBatch(int View, int Partition, ReadOnlyMemory<byte> Payload);

/// <summary>
/// One key's part of a batch. <see cref="Rows"/> is shared by all keys of the batch and read only; the key's rows are <see cref="From"/> to <see cref="From"/> + <see cref="Count"/>, ascending by position.
/// </summary>
/// <param name="Partition">Index of the partition among all of the pipeline.</param>
/// <param name="Previous">
/// One past the offset of the last event that the partition sent this key and does not know to be durable; 0 when all of them are. A key that holds less has lost something.
/// </param>
/// <param name="Positions">The offset of each row of <paramref name="Rows"/>.</param>
public sealed record KeySlice(KeyId Id, int Partition, long Previous, ViewRows Rows, long[] Positions, int From, int Count)
{
    /// <summary>Where the rows come from; of a changelog only, whose keys may have to name an event.</summary>
    public BatchOrigin? Origin { get; init; }
}

/// <summary>How a key took a slice or an order to close.</summary>
/// <param name="Silo">Where the key is active.</param>
/// <param name="Flush">The flush of that silo after which everything applied so far is durable; 0 when nothing is waiting.</param>
/// <param name="IsBehind">Something that was sent before is missing; nothing of the slice was applied, and the partition must rewind to its durable position.</param>
public readonly record struct KeyAnswer(SiloId Silo, long Flush, bool IsBehind);

/// <summary>How a silo took a batch.</summary>
/// <param name="Flushes">
/// For each silo in which a key of the batch is active (nearly always the one that was asked) the flushes that make the batch durable there: nearly always one. All of them are named, since a loss in any of them concerns the batch.
/// </param>
/// <param name="IsBehind">At least one key is behind; the others may have applied their part.</param>
public sealed record SliceAnswer(ImmutableArray<(SiloId Silo, long Flush)> Flushes, bool IsBehind);

/// <summary>Rows of one partition for one sink.</summary>
/// <param name="Partition">Index of the partition among all of the pipeline.</param>
/// <param name="Previous">One past the offset of the last row that the partition sent this sink and does not know to be durable; 0 when all of them are.</param>
/// <param name="Payload">The rows, ascending by position, as <c>BatchCodec</c> writes them.</param>
/// <param name="Next">The offset of the partition's first event after these rows.</param>
public sealed record SinkRows(int Partition, long Previous, ReadOnlyMemory<byte> Payload, long Next);

/// <param name="IsBehind">Rows that were sent before are missing; nothing was taken.</param>
/// <param name="Incarnation">Differs when the sink's writer was started anew: what it held and had not made durable is lost.</param>
public readonly record struct SinkAnswer(bool IsBehind, Guid Incarnation);

/// <param name="Incarnation">See <see cref="SinkAnswer.Incarnation"/>.</param>
/// <param name="Durable">For each partition that has sent rows, one past the last offset whose rows are in a published commit or one that is sure to be published.</param>
public sealed record SinkStatus(Guid Incarnation, ImmutableDictionary<int, long> Durable);

/// <summary>An order to a key to emit what time has closed.</summary>
/// <param name="Watermark">The pipeline's watermark, microseconds: instances whose end it has reached are emitted.</param>
/// <param name="Final">Rows to come have been judged by this watermark or a later one; instances that take nothing any more by it are forgotten.</param>
/// <param name="IsStored">
/// Storage says that something of the key is due. An activation that has nothing to emit and nothing to write contradicts it: another one has written the key, and this one ends, so that the next call finds what is stored.
/// </param>
public readonly record struct CloseRequest(long Watermark, long Final, bool IsStored = false);
