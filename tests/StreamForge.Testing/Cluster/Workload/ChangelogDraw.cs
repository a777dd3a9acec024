using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Testing.Cluster.Workload;

/// <summary>
/// Draws the changelog of one partition of the orders' table: a snapshot perhaps, rows that come, change, move to other keys and times, go and come again, primary keys that change, tombstones, truncates, values that are not sent,
/// repetitions after a restart of the connector, and changes of rows that nobody has seen. Such rows have keys of their own, where nothing is ever held.
/// </summary>
internal sealed class ChangelogDraw(Random random, int partition, bool isStored, bool mayTruncate, long oldest, Func<long> next, Func<WorkloadImage> image)
{
    private const int Ids = 1_000_000;

    private readonly SortedDictionary<long, WorkloadImage> _rows = [];
    private readonly List<long> _gone = [];
    private readonly List<WorkloadChange> _changes = [];
    private readonly bool _hasPositions = random.Next(6) > 0;
    private ulong _major = 100;
    private ulong _minor;
    private long _ids = partition * Ids;

    /// <summary>The newest time of any row so far.</summary>
    public long Newest { get; private set; } = long.MinValue;

    /// <param name="events">About so many.</param>
    public ImmutableArray<WorkloadChange> Draw(int events)
    {
        if (random.Next(3) == 0) Snapshot();
        while (_changes.Count < events) Step();
        return [.. _changes];
    }

    private void Snapshot()
    {
        var rows = random.Next(1, 10);
        for (var i = 1; i <= rows; i++)
        {
            var id = ++_ids;
            Add(ChangeKind.Read, id, null, _rows[id] = Image(), i == rows && random.Next(3) > 0 ? SnapshotPhase.Last : SnapshotPhase.Reading);
        }
    }

    private void Step()
    {
        var known = _rows.Where(r => !(r.Value.Time < Newest - oldest)).Select(r => r.Key).ToList();
        long? some = known.Count > 0 ? known[random.Next(known.Count)] : null;
        var chance = random.Next(100);
        if (some is not { } id || chance < 28) Create();
        else if (chance < 62) Update(id);
        else if (chance < 76) Delete(id);
        else if (chance < 80) Rename(id);
        else if (chance < 83) Orphan();
        else if (chance < 86) Add(ChangeKind.Other, null, null, null);
        else if (chance < 94) Repeat();
        else if (!isStored) Create();
        else if (chance == 94 && mayTruncate) Truncate();
        else if (chance < 97) Tombstone(id);
        else if (chance == 97) Add(ChangeKind.Create, id, null, _rows[id] = Image());
        else Reread(id);
    }

    private void Create()
    {
        var isBack = _gone.Count > 0 && random.Next(3) == 0;
        var id = isBack ? _gone[random.Next(_gone.Count)] : ++_ids;
        _gone.Remove(id);
        Add(ChangeKind.Create, id, null, _rows[id] = Image());
    }

    private void Update(long id)
    {
        var before = _rows[id];
        var drawn = Image();
        var after = drawn with
        {
            Time = random.Next(3) == 0 ? drawn.Time : before.Time,
            Customer = random.Next(4) == 0 ? drawn.Customer : before.Customer,
            Product = random.Next(4) == 0 ? drawn.Product : before.Product,
        };
        if (isStored && random.Next(4) == 0) after = after with { Kind = before.Kind, LacksKind = true };
        _rows[id] = after with { LacksKind = false };
        Add(ChangeKind.Update, id, Before(before), after);
    }

    private void Delete(long id)
    {
        Add(ChangeKind.Delete, id, Before(_rows[id]), null);
        Forget(id);
        if (random.Next(2) == 0) Add(ChangeKind.Tombstone, id, null, null);
    }

    /// <summary>The primary key changes: the old row goes and a new one comes, at one position.</summary>
    private void Rename(long id)
    {
        var row = _rows[id];
        Add(ChangeKind.Delete, id, Before(row), null);
        var gone = _changes[^1];
        Forget(id);
        if (random.Next(2) == 0) Add(ChangeKind.Tombstone, id, null, null);
        var renamed = ++_ids;
        _rows[renamed] = row;
        _changes.Add(gone with { Offset = next(), Kind = ChangeKind.Create, Id = renamed, Before = null, After = row });
    }

    private void Orphan()
    {
        var unseen = Image() with { Customer = $"lost{random.Next(2)}", Product = -1 - random.Next(2), Kind = "buy", Amount = 1 };
        var id = ++_ids;
        var before = isStored ? null : unseen;
        if (random.Next(2) == 0) Add(ChangeKind.Delete, id, before, null);
        else Add(ChangeKind.Update, id, before, _rows[id] = Image());
    }

    /// <summary>The connector begins again a few events earlier, never with a tombstone, which is sent with its delete.</summary>
    private void Repeat()
    {
        if (!_hasPositions) return;
        var last = _changes.AsEnumerable().Reverse().TakeWhile(c => c.Snapshot == SnapshotPhase.None && c.Kind != ChangeKind.Truncate).Take(random.Next(1, 6));
        foreach (var change in last.Reverse().SkipWhile(c => c.Kind is ChangeKind.Tombstone or ChangeKind.Other).ToList()) _changes.Add(change with { Offset = next() });
    }

    private void Truncate()
    {
        Add(ChangeKind.Truncate, null, null, null);
        _gone.AddRange(_rows.Keys);
        _rows.Clear();
    }

    private void Tombstone(long id)
    {
        Add(ChangeKind.Tombstone, id, null, null);
        Forget(id);
    }

    private void Reread(long id)
    {
        if (random.Next(2) == 0) _rows[id] = Image();
        Add(ChangeKind.Read, id, null, _rows[id], SnapshotPhase.Incremental);
    }

    private WorkloadImage Image()
    {
        var drawn = image();
        if (drawn.Time is { } time) Newest = Math.Max(Newest, time);
        return drawn;
    }

    private WorkloadImage? Before(WorkloadImage row) => isStored && random.Next(3) > 0 ? null : row;

    private void Forget(long id)
    {
        _rows.Remove(id);
        _gone.Add(id);
    }

    private void Add(ChangeKind kind, long? id, WorkloadImage? before, WorkloadImage? after, SnapshotPhase snapshot = SnapshotPhase.None)
    {
        // Now and then the rows of one statement share their position; those of a snapshot always do.
        if (snapshot == SnapshotPhase.None && random.Next(6) > 0) (_major, _minor) = random.Next(3) == 0 ? (_major + (ulong)random.Next(1, 9), 0) : (_major, _minor + 1);
        var isRow = kind is not (ChangeKind.Tombstone or ChangeKind.Other);
        _changes.Add(new WorkloadChange(partition, next(), 0, kind, id, before, after, _hasPositions && isRow ? new SourcePosition(0, _major, _minor, 0) : SourcePosition.None, snapshot));
    }
}
