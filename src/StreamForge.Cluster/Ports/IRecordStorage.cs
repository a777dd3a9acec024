using StreamForge.Core;

namespace StreamForge.Cluster.Ports;

/// <summary>A record that one owner at a time writes: of a partition, a sink or the pipeline.</summary>
/// <param name="Version">Grows by one with each write; the fence.</param>
/// <param name="Writer">Who wrote it: one activation of the owner.</param>
/// <param name="Content">JSON, in UTF-8.</param>
public sealed record StoredRecord(long Version, Guid Writer, byte[] Content);

/// <summary>An entry of the dead-letter queue or the late ledger.</summary>
/// <param name="Partition">The source partition.</param>
/// <param name="Position">The offset of the event.</param>
/// <param name="Json">The entry as the ledgers of INTERFACES list it, one line.</param>
public sealed record LedgerEntry(LedgerKind Ledger, PartitionId Partition, long Position, string Json);

/// <summary>A batch of closed windows that waits for its sink.</summary>
public sealed record OutboxEntry(long Id, byte[] Payload);

/// <summary>A record's new content and what happens with it, in one transaction.</summary>
/// <param name="Name">Such as <c>partition/orders/3</c>, <c>sink/lake</c>, <c>pipeline</c>.</param>
/// <param name="Expected">The version that is replaced; 0 where nothing is stored yet. The new one is one more.</param>
/// <param name="Ledger">Entries to append.</param>
/// <param name="Consumed">Outbox entries to delete.</param>
public sealed record RecordWrite(string Name, long Expected, Guid Writer, byte[] Content, IReadOnlyList<LedgerEntry> Ledger, IReadOnlyList<long> Consumed)
{
    /// <summary>What happens to the partition's images; null when nothing does.</summary>
    public ImageChanges? Images { get; init; }
}

/// <summary>
/// Keeps the records, ledgers and outbox of one pipeline. Safe from any thread. All methods throw <see cref="StreamForgeException"/>; a retryable one from <see cref="TryWriteAsync"/> says that the outcome is
/// unknown, and the caller settles it by loading.
/// </summary>
public interface IRecordStorage
{
    ValueTask<StoredRecord?> LoadAsync(string name, CancellationToken cancellation);

    /// <summary>Names and contents of all records whose name begins with <paramref name="prefix"/>.</summary>
    ValueTask<IReadOnlyList<(string Name, StoredRecord Record)>> ListAsync(string prefix, CancellationToken cancellation);

    /// <returns>false when the stored version is another: the writer has lost its fence, and nothing of the write has happened.</returns>
    ValueTask<bool> TryWriteAsync(RecordWrite write, CancellationToken cancellation);

    /// <summary>The oldest entries that wait for a sink.</summary>
    ValueTask<IReadOnlyList<OutboxEntry>> OutboxAsync(string sink, int limit, CancellationToken cancellation);

    /// <summary>Entries of a ledger, oldest first (newest first when <paramref name="backwards"/>).</summary>
    /// <param name="skip">Entries to leave out at that end.</param>
    ValueTask<(long Total, IReadOnlyList<string> Items)> LedgerAsync(LedgerKind ledger, bool backwards, long skip, int limit, CancellationToken cancellation);
}

/// <summary>Everything that the cluster keeps of one pipeline.</summary>
public interface IPipelineStorage
{
    IKeyStorage Keys { get; }

    IRecordStorage Records { get; }

    IImageStorage Images { get; }
}
