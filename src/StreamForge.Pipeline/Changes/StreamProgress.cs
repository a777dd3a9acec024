using StreamForge.Core;

namespace StreamForge.Pipeline.Changes;

/// <summary>Where a stream of changes is between its snapshot and its streaming.</summary>
internal enum StreamPhase : byte
{
    /// <summary>Nothing has come.</summary>
    New,

    /// <summary>Its first snapshot is being read.</summary>
    Snapshot,

    /// <summary>Changes come as they are made.</summary>
    Streaming,

    /// <summary>A snapshot is being read over rows that are known: the connector has started anew.</summary>
    SnapshotAgain,
}

/// <summary>What an event is to the stream that it comes in.</summary>
internal enum Arrival : byte
{
    /// <summary>A change as it was made, for the first time.</summary>
    New,

    /// <summary>One that has come before.</summary>
    Duplicate,

    /// <summary>A row of the first snapshot.</summary>
    FirstSnapshot,

    /// <summary>A row of a later snapshot or an incremental one: the row may have come before.</summary>
    Reread,
}

/// <summary>
/// How far one stream of changes (a partition of a topic) has come in its database's log, and which of its events are repetitions.
/// <para>
/// A connector that was killed repeats what it had sent since it last noted its place: a block of events that have come before, in the same order and with the same positions. So an event below
/// the highest position applied is a repetition. At the highest position there may stand several true events (both halves of a key change, all rows of a statement); those that have been applied are known by a
/// hash of key, op and images. Positions compare within their scope. A tombstone has no position: it is a repetition when the event before it was, as it is sent behind its delete; but behind the very last event that was applied
/// only if it has come behind it before.
/// </para>
/// <para>
/// Rows read by a snapshot are exempt. A snapshot ends with its last row, or with the first streamed event. Rows of a snapshot after that, or rows that cannot belong to the one that is being read (<see cref="SnapshotRows"/>), are of another:
/// the connector has started anew, its positions begin anew with it, and the generation of what is read from then on is the next one. A read that no snapshot claims, among streamed events, is a row that is there from now on.
/// </para>
/// </summary>
internal sealed class StreamProgress
{
    /// <summary>The part of an event's hash that is of its key and op; the rest is of its images.</summary>
    public const ulong KeyAndOp = 0xFFFF_FFFF_0000_0000;

    private readonly Dictionary<ulong, Highest> _highest = [];
    private SourcePosition _snapshotAt;
    private SnapshotRows _snapshot = new();
    private readonly HashSet<ulong> _tombstones = [];
    private Repetition _last;

    /// <summary>What the event that came last was.</summary>
    private enum Repetition
    {
        None,

        /// <summary>A repetition, which others follow.</summary>
        Amid,

        /// <summary>A repetition of the last event that was applied.</summary>
        Newest,
    }

    /// <summary>The highest position applied in a scope, and the events at it: hashed, or, during a read, as indexes that need no hash unless another comes to compare.</summary>
    private sealed class Highest
    {
        public SourcePosition Position;
        public readonly HashSet<ulong> Hashes = [];

        /// <summary>Of events whose images were other ones, as other columns were read.</summary>
        public readonly HashSet<ulong> Former = [];
        public readonly List<int> Unhashed = [];
    }

    public StreamPhase Phase { get; private set; }

    /// <summary>Counts snapshots, from 0.</summary>
    public int Generation { get; private set; }

    /// <summary>Whether a further snapshot has ended with the event that came last, so that rows of earlier generations are known not to have been seen in it.</summary>
    public bool HasEndedAgain { get; private set; }

    /// <summary>Takes an event in.</summary>
    /// <param name="hash">A hash of key, op and images of an event of this read.</param>
    /// <param name="key">A hash of the primary key of an event of this read; null where it has none.</param>
    /// <param name="index">The event's index in the read.</param>
    public Arrival Take(in ChangeEvent change, int index, Func<int, ulong> hash, Func<int, ulong?> key)
    {
        HasEndedAgain = false;
        switch (change)
        {
            case { Kind: ChangeKind.Other }:
                return Arrival.New;
            case { Kind: ChangeKind.Tombstone }:
                return _highest.Count > 0 && IsRepeatedTombstone(hash(index)) ? Arrival.Duplicate : Arrival.New;
            case { Snapshot: SnapshotPhase.Incremental }:
                _last = Repetition.None;
                return Arrival.Reread;
            case { Kind: ChangeKind.Read, Snapshot: SnapshotPhase.None } when Phase == StreamPhase.Streaming:
                _last = Repetition.None;
                return Arrival.New;
            case { Kind: ChangeKind.Read } or { Snapshot: not SnapshotPhase.None }:
                return TakeSnapshot(change, index, key);
        }
        HasEndedAgain = Phase == StreamPhase.SnapshotAgain;
        if (Phase != StreamPhase.Streaming) _snapshot = new SnapshotRows();
        Phase = StreamPhase.Streaming;
        _last = Compare(change, index, hash);
        if (_last != Repetition.None) return Arrival.Duplicate;
        _tombstones.Clear();
        return Arrival.New;
    }

    private bool IsRepeatedTombstone(ulong hash) => _last == Repetition.Amid || (!_tombstones.Add(hash) && _last == Repetition.Newest);

    private Arrival TakeSnapshot(in ChangeEvent change, int index, Func<int, ulong?> key)
    {
        _last = Repetition.None;
        var moved = change.Source != _snapshotAt && !change.Source.IsNone && !_snapshotAt.IsNone;
        if (Phase == StreamPhase.New) Phase = StreamPhase.Snapshot;
        if (Phase == StreamPhase.Streaming || _snapshot.IsAnother(change.Snapshot, moved, key(index)))
        {
            _snapshot = new SnapshotRows();
            _snapshot.IsAnother(change.Snapshot, moved: false, key(index));
            Phase = StreamPhase.SnapshotAgain;
            Generation++;
            _highest.Clear();
            _tombstones.Clear();
        }
        _snapshotAt = change.Source;
        var arrival = Phase == StreamPhase.Snapshot ? Arrival.FirstSnapshot : Arrival.Reread;
        if (change.Snapshot == SnapshotPhase.Last)
        {
            HasEndedAgain = Phase == StreamPhase.SnapshotAgain;
            Phase = StreamPhase.Streaming;
            _snapshot = new SnapshotRows();
        }
        return arrival;
    }

    private Repetition Compare(in ChangeEvent change, int index, Func<int, ulong> hash)
    {
        var position = change.Source;
        if (position.IsNone) return Repetition.None;
        if (!_highest.TryGetValue(position.Scope, out var highest)) _highest.Add(position.Scope, highest = new Highest { Position = position });
        var order = position.CompareTo(highest.Position);
        if (order < 0) return Repetition.Amid;
        if (order > 0)
        {
            highest.Position = position;
            highest.Hashes.Clear();
            highest.Former.Clear();
            highest.Unhashed.Clear();
        }
        else if (highest.Former.Count > 0 && highest.Former.Contains(hash(index) & KeyAndOp)) return Repetition.Newest;
        else if (highest.Hashes.Count + highest.Unhashed.Count > 0)
        {
            Settle(highest, hash);
            return highest.Hashes.Add(hash(index)) ? Repetition.None : Repetition.Newest;
        }
        highest.Unhashed.Add(index);
        return Repetition.None;
    }

    private static void Settle(Highest highest, Func<int, ulong> hash)
    {
        foreach (var index in highest.Unhashed) highest.Hashes.Add(hash(index));
        highest.Unhashed.Clear();
    }

    /// <summary>A read ends: its events are no longer there to be hashed later.</summary>
    public void EndRead(Func<int, ulong> hash)
    {
        foreach (var highest in _highest.Values) Settle(highest, hash);
    }

    /// <summary>What a checkpoint keeps; after <see cref="EndRead"/>.</summary>
    public StreamCheckpoint Save(int stream) => new(
        stream, Phase, Generation, _snapshotAt, (int)_last, [.. _tombstones.Order()],
        [.. _highest.OrderBy(h => h.Key).Select(h => new AppliedPosition(h.Value.Position, [.. h.Value.Hashes.Order()]) { Former = [.. h.Value.Former.Order()] })])
    {
        Rows = Phase is StreamPhase.Snapshot or StreamPhase.SnapshotAgain ? _snapshot.Save() : null,
    };

    /// <param name="isSame">Whether the same columns are read; else events are known by key and op.</param>
    public static StreamProgress Restore(StreamCheckpoint saved, bool isSame)
    {
        var stream = new StreamProgress { Phase = saved.Phase, Generation = saved.Generation, _snapshotAt = saved.SnapshotAt, _last = (Repetition)saved.Last, _snapshot = SnapshotRows.Restore(saved.Rows) };
        stream._tombstones.UnionWith(saved.Tombstones);
        foreach (var applied in saved.Highest)
        {
            var highest = new Highest { Position = applied.Position };
            if (isSame) highest.Hashes.UnionWith(applied.Events);
            highest.Former.UnionWith(isSame ? applied.Former : applied.Former.Concat(applied.Events.Select(static e => e & KeyAndOp)));
            stream._highest.Add(applied.Position.Scope, highest);
        }
        return stream;
    }
}
