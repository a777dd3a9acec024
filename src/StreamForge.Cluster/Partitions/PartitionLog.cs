using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.Images;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Pipeline.Slices;

namespace StreamForge.Cluster.Partitions;

/// <summary>How a poll batch stands to what a partition has received.</summary>
public enum BatchPlace : byte
{
    /// <summary>It is the next one.</summary>
    Follows,

    /// <summary>All of it has been received.</summary>
    Seen,

    /// <summary>Something between what has been received and this batch is missing, or it holds, in another cut, what has been received and what has not. What follows must be asked for: the stream may go on behind it.</summary>
    Gap,
}

/// <summary>A partition between two batches: what must be kept to go on exactly there.</summary>
/// <param name="Position">The offset of the next event.</param>
/// <param name="Own">The partition's own watermark, microseconds.</param>
/// <param name="Reached">See <see cref="BoundsJournal.Reached"/>.</param>
public sealed record PartitionBoundary(long Position, StageState Stage, long Own, long Reached)
{
    /// <summary>How many images are stored there.</summary>
    public ImageTotals Images { get; init; }

    /// <summary>Orphans before it that the partition itself has found.</summary>
    public long Orphans { get; init; }
}

/// <summary>
/// What a partition has taken, and how far it has got: the pure part of the partition's protocol.
/// <para>
/// Three positions: <see cref="Received"/>, <see cref="Applied"/>, <see cref="Durable"/>; always durable ≤ applied ≤ received, and each is the end of a batch. Between durable and received stand the outstanding
/// batches, in order. Each knows what it touched: a flush number for each silo, and the position of its last row for each sink. A batch is settled when all of these have passed, and what is settled from the first
/// batch on without a hole becomes durable, by <see cref="Advance"/>, once the partition's record says so. What a key or sink was sent is remembered exactly as long as its batch is outstanding.
/// </para>
/// <para>
/// Answers and statuses are taken in as they come (<see cref="NoteRows"/>, <see cref="NoteFlushes"/>, <see cref="NoteSink"/>, …); whichever of them shows that something outstanding is lost returns the reason, and the caller rewinds
/// (<see cref="Rewind"/>), which forgets everything but the durable position.
/// </para>
/// </summary>
public sealed class PartitionLog
{
    private readonly Queue<OutstandingBatch> _outstanding = new();
    private readonly SentKeys[] _sentKeys;
    private readonly long[] _sentRows;
    private PartitionBoundary _boundary;
    private long _number;

    /// <param name="views">Views of the plan.</param>
    /// <param name="sinks">Sinks of the plan.</param>
    /// <param name="durable">What the partition's record says.</param>
    public PartitionLog(int views, int sinks, PartitionBoundary durable)
    {
        _sentKeys = [.. Enumerable.Range(0, views).Select(_ => new SentKeys())];
        _sentRows = new long[sinks];
        _boundary = durable;
        Received = Applied = durable.Position;
    }

    /// <summary>The offset of the next event to take from the topic.</summary>
    public long Received { get; private set; }

    /// <summary>Every key and sink has everything before this offset in memory.</summary>
    public long Applied { get; private set; }

    /// <summary>Everything before this offset is in storage, and the partition's record says so.</summary>
    public long Durable => _boundary.Position;

    /// <summary>The partition as of <see cref="Durable"/>.</summary>
    public PartitionBoundary DurableBoundary => _boundary;

    /// <summary>The partition as of <see cref="Applied"/>.</summary>
    public PartitionBoundary AppliedBoundary => _outstanding.LastOrDefault(b => b.IsApplied)?.Boundary ?? _boundary;

    /// <summary>Events received that are not durable.</summary>
    public long Outstanding { get; private set; }

    /// <summary>Batches received that are not durable.</summary>
    public int Batches => _outstanding.Count;

    /// <summary>Silos that hold something outstanding, as far as is known.</summary>
    public IEnumerable<SiloId> Silos => _outstanding.SelectMany(b => b.Flushes.Keys).Distinct();

    /// <summary>Sinks that hold something outstanding.</summary>
    public IEnumerable<int> Sinks => _outstanding.SelectMany(b => b.SinkRows.Keys).Distinct();

    public BatchPlace Place(PollBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return batch.From == Received ? BatchPlace.Follows : batch.Next <= Received ? BatchPlace.Seen : BatchPlace.Gap;
    }

    /// <summary>Takes a batch that follows.</summary>
    /// <param name="boundary">The partition after it.</param>
    /// <param name="events">Events in it.</param>
    /// <param name="ledger">What it brings to the ledgers.</param>
    /// <param name="images">The images that it changes, by their keys; null where none are kept.</param>
    public OutstandingBatch Receive(PartitionBoundary boundary, int events, ImmutableArray<LedgerEntry> ledger, Func<long, IReadOnlyDictionary<byte[], byte[]?>>? images = null)
    {
        ArgumentNullException.ThrowIfNull(boundary);
        Check(boundary.Position >= Received, "a batch ends before it begins");
        Check(Applied == Received, "a batch is taken while another is under way");
        var batch = new OutstandingBatch(++_number, boundary, events, ledger) { Images = images?.Invoke(_number) };
        _outstanding.Enqueue(batch);
        foreach (var keys in _sentKeys) keys.Begin(batch.Number);
        Outstanding += events;
        Received = boundary.Position;
        return batch;
    }

    /// <summary>Notes that the batch under way sends a key events, and says what the key was sent before; see <see cref="SentBefore"/>.</summary>
    public long SendKey(int view, ReadOnlySpan<byte> key, ulong hash, long next) => _sentKeys[view].Send(key, hash, next);

    /// <summary>Notes that the batch under way sends a sink rows up to <paramref name="next"/>.</summary>
    /// <returns>One past the last row that was sent before and is not durable; 0 when there is none.</returns>
    public long SendRows(OutstandingBatch batch, int sink, long next)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var before = _sentRows[sink];
        batch.SinkRows[sink] = new SentRows(next, Guid.Empty);
        _sentRows[sink] = next;
        return before;
    }

    /// <summary>A receiver has applied its part of the batch under way.</summary>
    public static void NoteAnswer(OutstandingBatch batch, SliceAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(answer);
        foreach (var (silo, flush) in answer.Flushes)
        {
            if (flush > 0) batch.Flushes[silo] = batch.Flushes.TryGetValue(silo, out var awaited) ? awaited.With(flush) : new AwaitedFlushes(flush, flush);
        }
    }

    /// <summary>A sink's writer has taken its rows of the batch under way.</summary>
    /// <returns>Why the partition must rewind; null when it need not.</returns>
    public string? NoteRows(OutstandingBatch batch, int sink, Guid incarnation)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.SinkRows.TryGetValue(sink, out var rows)) batch.SinkRows[sink] = rows with { Taken = incarnation };
        return NoteIncarnation(sink, incarnation);
    }

    private string? NoteIncarnation(int sink, Guid incarnation) =>
        _outstanding.Any(b => b.SinkRows.TryGetValue(sink, out var rows) && rows.Taken != Guid.Empty && rows.Taken != incarnation)
            ? $"the writer of sink {sink} was started anew, and rows that it held are lost"
            : null;

    /// <summary>All keys and sinks have the batch under way.</summary>
    public void Apply(OutstandingBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Check(batch.Boundary.Position == Received && !batch.IsApplied, "a batch is applied that is not the one under way");
        batch.IsApplied = true;
        Applied = Received;
        CheckPositions();
    }

    /// <summary>A silo has said how far its flushes are.</summary>
    /// <returns>Why the partition must rewind; null when it need not.</returns>
    public string? NoteFlushes(SiloId asked, FlushStatus status)
    {
        if (status.Silo != asked) return NoteGone(asked);
        foreach (var batch in _outstanding)
        {
            if (!batch.Flushes.TryGetValue(asked, out var awaited)) continue;
            if (awaited.First <= status.LastLoss) return $"the flush {status.LastLoss} of {asked} lost a key to another activation of it";
            if (awaited.Last <= status.Completed) batch.Flushes.Remove(asked);
        }
        return null;
    }

    /// <summary>A silo is gone, with all that was in its memory.</summary>
    /// <returns>Why the partition must rewind; null when it need not.</returns>
    public string? NoteGone(SiloId silo) => Silos.Contains(silo) ? $"{silo} is gone, with keys that were not in storage yet" : null;

    /// <summary>A sink's writer has said what is durable.</summary>
    /// <param name="partition">This partition's index.</param>
    /// <returns>Why the partition must rewind; null when it need not.</returns>
    public string? NoteSink(int sink, SinkStatus status, int partition)
    {
        ArgumentNullException.ThrowIfNull(status);
        var durable = status.Durable.GetValueOrDefault(partition);
        foreach (var batch in _outstanding)
        {
            if (batch.SinkRows.TryGetValue(sink, out var rows) && rows.Next <= durable) batch.SinkRows.Remove(sink);
        }
        return NoteIncarnation(sink, status.Incarnation);
    }

    /// <summary>How many batches, from the first on without a hole, are settled and may become durable.</summary>
    public int Settled => _outstanding.TakeWhile(b => b.IsSettled).Count();

    /// <summary>The partition after the first <paramref name="batches"/> outstanding batches.</summary>
    public PartitionBoundary BoundaryAfter(int batches) => batches == 0 ? _boundary : _outstanding.ElementAt(batches - 1).Boundary;

    /// <summary>As many of the first <paramref name="batches"/> outstanding batches as change no more than so many images, and at least one.</summary>
    public int WithinImages(int batches, int most)
    {
        var (within, images) = (0, 0L);
        foreach (var batch in _outstanding.Take(batches))
        {
            images += batch.Images?.Count ?? 0;
            if (within > 0 && images > most) break;
            within++;
        }
        return within;
    }

    /// <summary>The images that each of the first <paramref name="batches"/> outstanding batches changes.</summary>
    internal IEnumerable<(long Batch, IReadOnlyDictionary<byte[], byte[]?> Images)> ImagesOf(int batches) =>
        _outstanding.Take(batches).Where(static b => b.Images is { Count: > 0 }).Select(static b => (b.Number, b.Images!));

    /// <summary>What the first <paramref name="batches"/> outstanding batches bring to the ledgers.</summary>
    public ImmutableArray<LedgerEntry> LedgerOf(int batches) => [.. _outstanding.Take(batches).SelectMany(b => b.Ledger)];

    /// <summary>The partition's record says that the first <paramref name="batches"/> outstanding batches are durable.</summary>
    public void Advance(int batches)
    {
        for (; batches > 0; batches--)
        {
            var batch = _outstanding.Dequeue();
            Check(batch.IsSettled, "a batch becomes durable that is not settled");
            _boundary = batch.Boundary;
            Outstanding -= batch.Events;
            foreach (var keys in _sentKeys) keys.Forget(batch.Number);
        }
        for (var sink = 0; sink < _sentRows.Length; sink++)
        {
            if (_sentRows[sink] <= Durable) _sentRows[sink] = 0;
        }
        CheckPositions();
    }

    /// <summary>Forgets what has been sent, and goes back to the durable position.</summary>
    public void Rewind()
    {
        _outstanding.Clear();
        foreach (var keys in _sentKeys) keys.Clear();
        Array.Clear(_sentRows);
        Received = Applied = Durable;
        Outstanding = 0;
    }

    private void CheckPositions() => Check(Durable <= Applied && Applied <= Received, "its positions are out of order");

    private void Check([DoesNotReturnIf(false)] bool holds, string what)
    {
        if (!holds) throw new InvalidOperationException($"The partition's log is wrong: {what} (received {Received}, applied {Applied}, durable {Durable}).");
    }
}

/// <summary>A batch that is not durable.</summary>
/// <param name="number">Grows with each batch of this activation.</param>
/// <param name="boundary">The partition after it.</param>
/// <param name="events">Events in it.</param>
/// <param name="ledger">What it brings to the ledgers.</param>
public sealed class OutstandingBatch(long number, PartitionBoundary boundary, int events, ImmutableArray<LedgerEntry> ledger)
{
    internal long Number => number;

    public PartitionBoundary Boundary => boundary;

    internal int Events => events;

    internal ImmutableArray<LedgerEntry> Ledger => ledger;

    /// <summary>The images that it changes; null where none are kept.</summary>
    internal IReadOnlyDictionary<byte[], byte[]?>? Images { get; init; }

    /// <summary>All keys and sinks have it in memory.</summary>
    public bool IsApplied { get; internal set; }

    /// <summary>Flushes that it waits for.</summary>
    internal Dictionary<SiloId, AwaitedFlushes> Flushes { get; } = [];

    /// <summary>The sinks that have rows of it which are not known to be durable.</summary>
    internal Dictionary<int, SentRows> SinkRows { get; } = [];

    /// <summary>Everything of it is in storage.</summary>
    internal bool IsSettled => IsApplied && Flushes.Count == 0 && SinkRows.Count == 0;
}

/// <param name="Next">One past the last row.</param>
/// <param name="Taken">The incarnation of the writer that has taken them; empty until one has.</param>
internal readonly record struct SentRows(long Next, Guid Taken);

/// <summary>
/// The flushes of a silo that make a batch durable there. Its keys may have answered with different ones, in one call or because a call was repeated: the batch is durable when the last has been completed, but may have been lost since the first.
/// </summary>
internal readonly record struct AwaitedFlushes(long First, long Last)
{
    public AwaitedFlushes With(long flush) => new(Math.Min(First, flush), Math.Max(Last, flush));
}
