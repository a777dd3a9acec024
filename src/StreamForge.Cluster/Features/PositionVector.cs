using StreamForge.Cluster.Payloads;

namespace StreamForge.Cluster.Features;

/// <summary>
/// How far a key has come in each partition: one past the last event of it that the key holds. A partition that never had an event for the key is not in it and counts as 0. One thread at a time.
/// <para>Stored as varints: how many, then of each the partition's distance from the one before and the offset.</para>
/// </summary>
public sealed class PositionVector
{
    // Partition and next offset, one after another, ascending by partition.
    private long[] _entries = [];

    /// <summary>Partitions that the key has events of.</summary>
    public int Count => _entries.Length / 2;

    /// <summary>One past the last event of a partition; 0 before the first.</summary>
    public long this[int partition]
    {
        get
        {
            var at = Find(partition);
            return at < 0 ? 0 : _entries[at + 1];
        }
    }

    /// <summary>Each partition with events, ascending.</summary>
    internal IEnumerable<(int Partition, long Next)> Entries
    {
        get
        {
            for (var i = 0; i < _entries.Length; i += 2) yield return ((int)_entries[i], _entries[i + 1]);
        }
    }

    /// <summary>Notes that everything of a partition before an offset is held.</summary>
    public void Set(int partition, long next)
    {
        var at = Find(partition);
        if (at < 0)
        {
            at = ~at;
            var longer = new long[_entries.Length + 2];
            _entries.AsSpan(0, at).CopyTo(longer);
            _entries.AsSpan(at).CopyTo(longer.AsSpan(at + 2));
            longer[at] = partition;
            _entries = longer;
        }
        _entries[at + 1] = next;
    }

    private int Find(int partition)
    {
        for (var i = 0; i < _entries.Length; i += 2)
        {
            if (_entries[i] >= partition) return _entries[i] == partition ? i : ~i;
        }
        return ~_entries.Length;
    }

    internal void Write(PayloadWriter writer)
    {
        writer.Varint((ulong)Count);
        var last = 0L;
        for (var i = 0; i < _entries.Length; i += 2)
        {
            writer.Varint((ulong)(_entries[i] - last));
            writer.Varint((ulong)_entries[i + 1]);
            last = _entries[i];
        }
    }

    internal static PositionVector Read(ref PayloadReader reader)
    {
        var result = new PositionVector { _entries = new long[checked(2 * reader.Count(2))] };
        var last = 0L;
        for (var i = 0; i < result._entries.Length; i += 2)
        {
            last += (long)reader.Varint();
            result._entries[i] = last;
            result._entries[i + 1] = (long)reader.Varint();
        }
        return result;
    }
}
