using StreamForge.Core;

namespace StreamForge.Pipeline.Changes;

/// <summary>
/// Tells whether a row that a snapshot reads belongs to the one that is being read or to another, which a connector begins when it was killed in the middle of it.
/// <para>
/// Debezium gives all rows of a snapshot one position, so a row with another one is of another snapshot; but nobody promises that, and others number the rows one by one. What tells for certain is a marked first row with another position,
/// or a row that has been read already. The keys of the first rows are remembered for that. Where there are more rows than that, positions that have been one are taken to stay one, and others to go on as they have begun.
/// </para>
/// </summary>
internal sealed class SnapshotRows
{
    /// <summary>How many rows are remembered.</summary>
    private const int MostRemembered = 4096;

    private readonly HashSet<ulong> _keys = [];
    private bool _varies;

    /// <summary>Takes a row in.</summary>
    /// <param name="moved">Its position is not that of the row before it.</param>
    /// <param name="key">A hash of its primary key; null for a row without one.</param>
    /// <returns>Whether the row is of another snapshot.</returns>
    public bool IsAnother(SnapshotPhase phase, bool moved, ulong? key)
    {
        if (moved && (phase == SnapshotPhase.First || key is null)) return true;
        var isFull = _keys.Count >= MostRemembered;
        if (moved && isFull && !_varies) return true;
        _varies |= moved;
        if (key is not { } hash) return false;
        var isRepeated = isFull ? _keys.Contains(hash) : !_keys.Add(hash);
        return _varies && isRepeated;
    }

    public SnapshotRowsCheckpoint Save() => new([.. _keys.Order()], _varies);

    public static SnapshotRows Restore(SnapshotRowsCheckpoint? saved)
    {
        var rows = new SnapshotRows { _varies = saved?.Varies ?? false };
        rows._keys.UnionWith(saved?.Keys ?? []);
        return rows;
    }
}
