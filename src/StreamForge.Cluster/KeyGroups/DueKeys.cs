using StreamForge.Cluster.Ports;

namespace StreamForge.Cluster.KeyGroups;

/// <summary>
/// Which keys that are active in a silo have windows due when. A key says so after each change (<see cref="Note"/>); it is taken out when it is told to close, and says again what is due next. Forgetting one would do no
/// harm but delay: storage knows what is due of every key that has been flushed. Safe from any thread.
/// </summary>
public sealed class DueKeys
{
    private readonly Lock _lock = new();
    private readonly Dictionary<KeyId, long> _due = [];
    private readonly SortedSet<(long Due, long Number, KeyId Id)> _order = new(Comparer<(long Due, long Number, KeyId Id)>.Create((a, b) =>
        a.Due != b.Due ? a.Due.CompareTo(b.Due) : a.Number.CompareTo(b.Number)));

    private readonly Dictionary<KeyId, long> _numbers = [];
    private long _number;

    /// <summary>Keys that are noted.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _due.Count;
        }
    }

    /// <summary>The first window of a key that has something to emit ends at <paramref name="due"/>, microseconds; null when none has, or the key is no longer active.</summary>
    public void Note(KeyId id, long? due)
    {
        lock (_lock)
        {
            if (_due.TryGetValue(id, out var before))
            {
                if (before == due) return;
                Remove(id, before);
            }
            if (due is not { } time) return;
            _due[id] = time;
            _numbers[id] = ++_number;
            _order.Add((time, _number, id));
        }
    }

    /// <summary>Takes out keys of some groups that are due by the watermark, the earliest first.</summary>
    public IReadOnlyList<KeyId> Take(KeyGroupSettings groups, long watermark)
    {
        ArgumentNullException.ThrowIfNull(groups);
        lock (_lock)
        {
            var taken = new List<KeyId>();
            foreach (var (time, _, id) in _order)
            {
                if (time > watermark || taken.Count == groups.MostKeys) break;
                if (id.View == groups.View && id.Group >= groups.FromGroup && id.Group < groups.ToGroup) taken.Add(id);
            }
            foreach (var id in taken) Remove(id, _due[id]);
            return taken;
        }
    }

    private void Remove(KeyId id, long due)
    {
        _order.Remove((due, _numbers[id], id));
        _due.Remove(id);
        _numbers.Remove(id);
    }
}
