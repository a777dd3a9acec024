namespace StreamForge.Core;

/// <summary>The raw bytes behind the rows of a batch, for dead letters and the late ledger. Valid until the <see cref="SourceBatch"/> is disposed.</summary>
public interface IRawRows
{
    /// <summary>The bytes of the event that became row <paramref name="row"/> of the batch.</summary>
    ReadOnlySpan<byte> this[int row] { get; }
}

/// <summary>What one read of a partition brought. The reader of it disposes it, which releases the batch and the raw bytes.</summary>
/// <param name="batch">The decoded rows (possibly none). Its headers hold positions and ops; event times and watermarks are filled in by the pipeline. The batch's reference belongs to this object.</param>
/// <param name="raw">The bytes behind the rows.</param>
/// <param name="deadLetters">Events that could not be decoded, in order.</param>
/// <param name="next">Where to go on after all of these.</param>
/// <param name="bytes">Uncompressed bytes that were read.</param>
/// <param name="release">Gives the raw bytes' memory back.</param>
public sealed class SourceBatch(
    ColumnBatch batch, IRawRows raw, IReadOnlyList<DeadLetter> deadLetters, PartitionCursor next, long bytes, Action? release = null) : IDisposable
{
    private bool _disposed;

    public ColumnBatch Batch { get; } = batch;

    public IRawRows Raw { get; } = raw;

    public IReadOnlyList<DeadLetter> DeadLetters { get; } = deadLetters;

    public PartitionCursor Next { get; } = next;

    public long Bytes { get; } = bytes;

    /// <summary>Events that change nothing by themselves and became neither rows nor dead letters: records without a value.</summary>
    public int PassedOver { get; init; }

    /// <summary>What the rows are, where the source is a changelog; null for one that only appends.</summary>
    public ChangeEvents? Changes { get; init; }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Batch.Release();
        Changes?.Keys.Release();
        release?.Invoke();
    }
}

/// <summary>What a read says when it brings no batch.</summary>
public enum ReadState
{
    /// <summary>There is a batch.</summary>
    Batch,

    /// <summary>Nothing is there now; ask again. A reader has waited a little (at most 100 ms) before it says so.</summary>
    Nothing,

    /// <summary>The partition is bounded and has been read to its end.</summary>
    Finished,
}

/// <summary>The answer of <see cref="IPartitionReader.ReadAsync"/>.</summary>
public readonly record struct ReadResult(ReadState State, SourceBatch? Batch = null)
{
    public static ReadResult Nothing => new(ReadState.Nothing);

    public static ReadResult Finished => new(ReadState.Finished);

    public static ReadResult Of(SourceBatch batch) => new(ReadState.Batch, batch);
}

/// <summary>Reads one partition in order. Used by one task at a time; owns its files and connections until disposed.</summary>
public interface IPartitionReader : IAsyncDisposable
{
    PartitionId Partition { get; }

    /// <summary>The next rows, or word that there are none (now, or any more).</summary>
    /// <exception cref="StreamForgeException">The partition cannot be read on: with the position and whether a retry can help.</exception>
    ValueTask<ReadResult> ReadAsync(CancellationToken cancellation);

    /// <summary>
    /// Says that everything before <paramref name="durable"/> is in a published checkpoint whose sinks have committed, for those who watch from outside; a restart goes on from the checkpoint, never from what is told here.
    /// May be called while a read is under way. Fails for nothing that can be told in a warning.
    /// </summary>
    ValueTask AcknowledgeAsync(PartitionCursor durable, CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <summary>Share of the present input already read, 0 to 1, or null where no end is known; for progress bars.</summary>
    double? Progress { get; }
}

/// <summary>How partitions are to be read.</summary>
/// <param name="Columns">Only these columns, in this order; each exists in the source's schema.</param>
/// <param name="MaxRows">Rows a batch at most.</param>
/// <param name="Bounded">Stop at the present end (<c>--once</c>) instead of waiting for more.</param>
public sealed record ReadRequest(Schema Columns, int MaxRows, bool Bounded);

/// <summary>A source opened for a pipeline: knows its schema and partitions, opens readers.</summary>
public interface ISource : IAsyncDisposable
{
    string Name { get; }

    /// <summary>All columns that the source can deliver, declared or inferred.</summary>
    Schema Schema { get; }

    /// <summary>The partitions, once the source is prepared.</summary>
    IReadOnlyList<PartitionId> Partitions { get; }

    /// <summary>Called once before <see cref="Partitions"/> is asked for and readers are opened: finds out what is there where that takes asking a server.</summary>
    /// <exception cref="StreamForgeException">The source cannot be reached.</exception>
    ValueTask PrepareAsync(CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <summary>Opens a partition at <paramref name="start"/>.</summary>
    IPartitionReader Open(PartitionId partition, PartitionCursor start, ReadRequest request);
}
