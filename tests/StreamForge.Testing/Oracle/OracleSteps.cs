using System.Collections.Immutable;

namespace StreamForge.Testing.Oracle;

/// <summary>An image that an event adds or takes out.</summary>
internal readonly record struct OracleStep(OracleImage Image, bool Retracts);

/// <summary>What an event comes to before time and windows are looked at.</summary>
/// <param name="Op">Null for an event of an append source.</param>
/// <param name="IsOrphan">It takes out a row that is not known.</param>
/// <param name="IsDuplicate">It has been here before.</param>
/// <param name="InSnapshot">It is a part of its partition's snapshot, during which nothing is late and the watermark is held.</param>
/// <param name="EndsSnapshot">It is the last of these.</param>
internal sealed record OracleSteps(int Partition, OracleOp? Op, ImmutableArray<OracleStep> Steps, bool IsOrphan = false, bool IsDuplicate = false, bool InSnapshot = false, bool EndsSnapshot = false)
{
    /// <summary>Every event of a case, in order.</summary>
    public static IEnumerable<OracleSteps> Of(OracleCase scenario)
    {
        if (scenario.View.Source == OracleSource.Append)
            return scenario.Events.Select(e => new OracleSteps(e.Partition, null, [new(new OracleImage(e.Time, e.Key, e.Values), Retracts: false)]));
        var partitions = Enumerable.Range(0, scenario.View.Partitions).Select(_ => new OracleChangelog(scenario.View.Source == OracleSource.Stored)).ToArray();
        return scenario.Changes.Select(c => partitions[c.Partition].Next(c));
    }
}

/// <summary>
/// One partition of a changelog, read from its beginning. <c>c</c> and <c>r</c> add their row, <c>u</c> takes out what was and adds what is, <c>d</c> takes out.
/// With stored images what was is the last image of the primary key: <c>c</c> and <c>r</c> replace it, a tombstone of a key that has one is a delete, and a truncate takes all out.
/// A streamed event at a lower position than the highest so far has been here before, one at the same position if it is the same event, and a tombstone if it follows an event that has been, as it did then.
/// A row that is read again as it is changes nothing.
/// </summary>
/// <param name="isStored">Images are kept.</param>
internal sealed class OracleChangelog(bool isStored)
{
    private readonly SortedDictionary<string, OracleImage> _images = new(StringComparer.Ordinal);
    private readonly List<OracleChange> _atHighest = [];
    private bool _inSnapshot;
    private readonly List<OracleChange> _sent = [];
    private OracleChange? _repeated;

    public OracleSteps Next(OracleChange change)
    {
        var streams = change.Snapshot == OracleSnapshot.None;
        var isRow = change.Op is not (OracleOp.Tombstone or OracleOp.Other);
        if (isRow && change.Snapshot != OracleSnapshot.Incremental) _inSnapshot = !streams;
        var inSnapshot = _inSnapshot;
        if (change.Snapshot == OracleSnapshot.Last) _inSnapshot = false;
        if (isRow)
        {
            var isDuplicate = streams && IsDuplicate(change);
            _repeated = isDuplicate ? change : null;
            if (isDuplicate) return new(change.Partition, change.Op, [], IsDuplicate: true, InSnapshot: inSnapshot);
        }
        var isRepeated = change.Op == OracleOp.Tombstone && IsRepeated(change);
        if (!isRepeated) _sent.Add(change);
        var (before, after) = isRepeated ? ([], null) : isStored ? Stored(change) : ([.. Some(change.Before)], change.After);
        var retracts = change.Op is OracleOp.Update or OracleOp.Delete;
        return new(
            change.Partition, change.Op, [.. before.Select(image => new OracleStep(image, Retracts: true)), .. Some(after).Select(image => new OracleStep(image, Retracts: false))],
            IsOrphan: retracts && before.IsEmpty, InSnapshot: inSnapshot, EndsSnapshot: change.Snapshot == OracleSnapshot.Last);
    }

    /// <summary>Whether a tombstone comes behind a repeated event as it did behind the event itself. Below the highest position everything has been.</summary>
    private bool IsRepeated(OracleChange tombstone)
    {
        if (_repeated is not { Position: { } position }) return false;
        if (position.CompareTo(_atHighest[0].Position!.Value) < 0) return true;
        var itself = _sent.FindLastIndex(c => c.Position == position && c.IsSame(_repeated));
        return _sent.Skip(itself + 1).TakeWhile(c => c.Op is OracleOp.Tombstone or OracleOp.Other).Any(c => c.Op == OracleOp.Tombstone && c.Id == tombstone.Id);
    }

    private bool IsDuplicate(OracleChange change)
    {
        if (change.Position is not { } position) return false;
        if (_atHighest.Count > 0)
        {
            var order = position.CompareTo(_atHighest[0].Position!.Value);
            if (order < 0 || (order == 0 && _atHighest.Exists(change.IsSame))) return true;
            if (order > 0) _atHighest.Clear();
        }
        _atHighest.Add(change);
        return false;
    }

    private (ImmutableArray<OracleImage> Before, OracleImage? After) Stored(OracleChange change)
    {
        if (change.Op == OracleOp.Truncate)
        {
            ImmutableArray<OracleImage> all = [.. _images.Values];
            _images.Clear();
            return (all, null);
        }
        if (change.Id is null || change.Op == OracleOp.Other) return ([], null);
        _images.Remove(change.Id, out var last);
        var after = change.Op is OracleOp.Tombstone or OracleOp.Delete ? null : change.After!.Filled(last);
        if (after is not null) _images[change.Id] = after;
        if (change.Op == OracleOp.Read && last is not null && after!.IsSame(last)) return ([], null);
        return ([.. Some(last)], after);
    }

    private static IEnumerable<OracleImage> Some(OracleImage? image) => image is null ? [] : [image];
}
