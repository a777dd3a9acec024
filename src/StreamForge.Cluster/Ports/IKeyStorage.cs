namespace StreamForge.Cluster.Ports;

/// <summary>A feature key: a view of the pipeline and a canonical key in it.</summary>
/// <param name="View">Index of the view in the plan.</param>
/// <param name="Key">The canonical key (<see cref="Core.KeyCodec"/>); nobody changes the array.</param>
public readonly record struct KeyId(int View, byte[] Key)
{
    public bool Equals(KeyId other) => View == other.View && Key.AsSpan().SequenceEqual(other.Key);

    public override int GetHashCode() => HashCode.Combine(View, Core.KeyGroup.Hash(Key));

    /// <summary>The key's group, 0 to 1,023.</summary>
    public int Group => Core.KeyGroup.Of(Core.KeyGroup.Hash(Key));
}

/// <summary>What is durable of a key.</summary>
/// <param name="Version">Grows by one with each write; the fence.</param>
/// <param name="Writer">Who wrote it: one activation of the key. Tells whether a write whose answer was lost has happened.</param>
/// <param name="Content">State, position vector and open windows, as <c>KeyContent</c> writes them.</param>
public sealed record StoredKey(long Version, Guid Writer, byte[] Content);

/// <summary>A row of a closed window on its way to a sink, written with the state that it was computed from.</summary>
/// <param name="Sink">The sink's name.</param>
/// <param name="Payload">One batch of rows as <c>BatchCodec</c> writes it.</param>
public sealed record Emission(string Sink, byte[] Payload);

/// <summary>A key's new state, to be written where the stored version is still <paramref name="Expected"/>.</summary>
/// <param name="Expected">The version that is replaced; 0 where nothing is stored yet. The new one is one more.</param>
/// <param name="NewestEvent">The newest event time applied, microseconds; for finding the view's newest after a restart.</param>
/// <param name="Due">When the first of its windows that has something to emit ends, microseconds; null when none has.</param>
/// <param name="Emissions">Go to the outbox in the same transaction, or not at all.</param>
public sealed record KeyWrite(KeyId Id, long Expected, Guid Writer, byte[] Content, long NewestEvent, long? Due, IReadOnlyList<Emission> Emissions)
{
    /// <summary>Orphans that the key has found: they go to the ledger in the same transaction, or not at all. An event has at most one in a view.</summary>
    public IReadOnlyList<LedgerEntry> Orphans { get; init; } = [];
}

/// <summary>
/// Keeps the keys of one pipeline: thousands a statement, each fenced by its version. Safe from any thread.
/// All methods throw <see cref="Core.StreamForgeException"/>; a retryable one from <see cref="WriteAsync"/> says that the outcome of every write in it is unknown, and the caller settles it by
/// loading (<see cref="StoredKey.Writer"/>), never by a blind retry.
/// </summary>
public interface IKeyStorage
{
    /// <summary>Loads keys; the answer is in their order, null for one that is not stored.</summary>
    ValueTask<StoredKey?[]> LoadAsync(IReadOnlyList<KeyId> keys, CancellationToken cancellation);

    /// <summary>Writes keys with their emissions and orphans in one transaction.</summary>
    /// <returns>For each write whether it happened; false when the stored version was another: somebody else has the key. A key that is fenced does not keep others from being written.</returns>
    ValueTask<bool[]> WriteAsync(IReadOnlyList<KeyWrite> writes, CancellationToken cancellation);

    /// <summary>Keys of a view and a range of key groups whose <see cref="KeyWrite.Due"/> the watermark has reached, at most <paramref name="limit"/>, in no order.</summary>
    /// <param name="fromGroup">First group.</param>
    /// <param name="toGroup">One past the last group.</param>
    ValueTask<IReadOnlyList<KeyId>> DueAsync(int view, int fromGroup, int toGroup, long watermark, int limit, CancellationToken cancellation);

    /// <summary>The newest event time of all stored keys of a view; <see cref="Core.EventTime.MinValue"/> when there are none.</summary>
    ValueTask<long> NewestEventAsync(int view, CancellationToken cancellation);

    /// <summary>How many orphans the keys of a view have brought to the ledger.</summary>
    ValueTask<long> OrphansAsync(int view, CancellationToken cancellation);

    /// <summary>How many keys of a view are stored, and some of them.</summary>
    ValueTask<(long Total, IReadOnlyList<byte[]> Keys)> SampleAsync(int view, int limit, CancellationToken cancellation);
}
