using System.Collections.Immutable;

namespace StreamForge.Testing.Oracle;

/// <summary>
/// A random changelog of a table as a connector writes it: a snapshot perhaps, rows that come, change, move to other keys and times, go and come again, primary keys that change, tombstones, repetitions after a restart of the connector,
/// changes of rows that nobody has seen, and records that say nothing.
/// <para>Rows that nobody has seen have a feature key of their own, since whether an engine can know them among the rows of a key is left open by the definitions.</para>
/// </summary>
internal sealed class RandomChanges
{
    private readonly Random _random;
    private readonly EventShape _shape;
    private readonly bool _isStored;
    private readonly bool _hasPositions;
    private readonly SortedDictionary<string, OracleImage> _rows = new(StringComparer.Ordinal);
    private readonly List<string> _gone = [];
    private readonly List<OracleChange> _changes = [];
    private readonly long[] _newest;
    private OraclePosition _position = new(100, 0);
    private int _ids;

    public RandomChanges(Random random, EventShape shape, bool isStored)
    {
        (_random, _shape, _isStored) = (random, shape, isStored);
        _hasPositions = random.Next(5) > 0;
        _newest = [.. Enumerable.Repeat(shape.Start, shape.Partitions)];
    }

    public ImmutableArray<OracleChange> Draw()
    {
        for (var partition = 0; partition < _shape.Partitions; partition++)
        {
            if (_random.Next(3) == 0) Snapshot(partition);
        }
        while (_changes.Count < _shape.Events) Step();
        return [.. _changes];
    }

    private void Snapshot(int partition)
    {
        var rows = _random.Next(1, 8);
        for (var i = 1; i <= rows; i++)
        {
            var id = NewId(partition);
            _rows[id] = Image(partition);
            _changes.Add(new(partition, OracleOp.Read, id, null, _rows[id], _hasPositions ? _position : null, i == rows && _random.Next(3) > 0 ? OracleSnapshot.Last : OracleSnapshot.Reading));
        }
    }

    private void Step()
    {
        var chance = _random.Next(100);
        var id = _rows.Count > 0 ? _rows.Keys.ElementAt(_random.Next(_rows.Count)) : null;
        if (id is null || chance < 30) Create();
        else if (chance < 65) Update(id);
        else if (chance < 78) Delete(id);
        else if (chance < 82) Rename(id);
        else if (chance < 85) Orphan();
        else if (chance < 88) Add(_random.Next(_shape.Partitions), OracleOp.Other, null, null, null);
        else if (chance < 96) Repeat();
        else if (!_isStored) Create();
        else if (chance == 96 && _shape.Partitions == 1) Truncate();
        else if (chance == 97) Tombstone(id);
        else if (chance == 98) Add(PartitionOf(id), OracleOp.Create, id, null, _rows[id] = Replacement(id));
        else Reread(id);
    }

    private void Create()
    {
        var isBack = _gone.Count > 0 && _random.Next(3) == 0;
        var id = isBack ? _gone[_random.Next(_gone.Count)] : NewId(_random.Next(_shape.Partitions));
        _gone.Remove(id);
        Add(PartitionOf(id), OracleOp.Create, id, null, _rows[id] = Image(PartitionOf(id)));
    }

    private void Update(string id)
    {
        var before = _rows[id];
        var drawn = Image(PartitionOf(id));
        var after = new OracleImage(_random.Next(3) == 0 ? drawn.Time : before.Time, _random.Next(4) == 0 ? drawn.Key : before.Key, _random.Next(5) == 0 ? before.Values : drawn.Values);
        var sent = after;
        if (_isStored && _random.Next(4) == 0)
        {
            after = after with { Values = after.Values.SetItem("item", before["item"]) };
            sent = after with { Values = after.Values.SetItem("item", null), Unavailable = ["item"] };
        }
        _rows[id] = after;
        Add(PartitionOf(id), OracleOp.Update, id, Before(before), sent);
    }

    private void Delete(string id)
    {
        Add(PartitionOf(id), OracleOp.Delete, id, Before(_rows[id]), null);
        Forget(id);
        if (_random.Next(2) == 0) Add(PartitionOf(id), OracleOp.Tombstone, id, null, null);
    }

    /// <summary>The primary key changes: the old row goes, and a new one comes.</summary>
    private void Rename(string id)
    {
        var image = _rows[id];
        var renamed = NewId(PartitionOf(id));
        Delete(id);
        _rows[renamed] = image;
        Add(PartitionOf(renamed), OracleOp.Create, renamed, null, image);
    }

    private void Orphan()
    {
        var partition = _random.Next(_shape.Partitions);
        var id = NewId(partition);
        var unseen = Image(partition) with { Key = $"lost{_random.Next(2)}", Time = Math.Max(RandomEvents.Earliest, _newest[partition] - _random.NextInt64(_shape.Disorder + 1)) };
        var before = _isStored ? null : unseen;
        if (_random.Next(2) == 0) Add(partition, OracleOp.Delete, id, before, null);
        else Add(partition, OracleOp.Update, id, before, _rows[id] = Image(partition));
    }

    /// <summary>The connector begins again a few events earlier, never with a tombstone, which is sent with its delete.</summary>
    private void Repeat()
    {
        var partition = _random.Next(_shape.Partitions);
        var last = _changes.Where(c => c.Partition == partition).Reverse().TakeWhile(c => c.Snapshot == OracleSnapshot.None && c.Op != OracleOp.Truncate).Take(_random.Next(1, 5));
        if (_hasPositions) _changes.AddRange(last.Reverse().SkipWhile(c => c.Op is OracleOp.Tombstone or OracleOp.Other).ToList());
    }

    private void Truncate()
    {
        Add(0, OracleOp.Truncate, null, null, null);
        _gone.AddRange(_rows.Keys);
        _rows.Clear();
    }

    private void Tombstone(string id)
    {
        Add(PartitionOf(id), OracleOp.Tombstone, id, null, null);
        Forget(id);
    }

    private void Reread(string id)
    {
        // Whether a row counts as changed of which only columns have that nobody reads is left open by the definitions: one that has changed has another time.
        if (_random.Next(2) == 0 && Replacement(id) is var image && image.Time != _rows[id].Time) _rows[id] = image;
        Add(PartitionOf(id), OracleOp.Read, id, null, _rows[id]);
        _changes[^1] = _changes[^1] with { Snapshot = OracleSnapshot.Incremental };
    }

    /// <summary>What a create or a read puts in a row's place, within the view: whether one that is outside it counts as expired when all that it takes out is, is left open by the definitions.</summary>
    private OracleImage Replacement(string id) => Image(PartitionOf(id)) is var image && image.Key is null ? image with { Key = "k0" } : image;

    private OracleImage? Before(OracleImage image) => _isStored && _random.Next(3) > 0 ? null : image;

    private void Forget(string id)
    {
        _rows.Remove(id);
        _gone.Add(id);
    }

    private void Add(int partition, OracleOp op, string? id, OracleImage? before, OracleImage? after)
    {
        // Now and then the rows of one statement share their position; none of them is there twice.
        var isShared = _random.Next(6) == 0 && !_changes.Exists(c => c.Position == _position && c.Id == id);
        if (!isShared) _position = _random.Next(3) == 0 ? new(_position.Major + _random.Next(1, 9), 0) : _position with { Minor = _position.Minor + 1 };
        var has = _hasPositions && op is not (OracleOp.Tombstone or OracleOp.Other);
        _changes.Add(new(partition, op, id, before, after, has ? _position : null));
    }

    private string NewId(int partition) => $"{partition}-{_ids++}";

    private static int PartitionOf(string id) => id[0] - '0';

    private OracleImage Image(int partition)
    {
        var time = RandomEvents.Time(_random, _shape, ref _newest[partition]);
        return new(_random.Next(60) == 0 ? null : time, RandomEvents.Key(_random, _shape), RandomEvents.Values(_random, _shape));
    }
}
