using System.Collections.Immutable;
using StreamForge.Cluster.Slices;

namespace StreamForge.Cluster.Sinks;

/// <summary>
/// What a sink's writer holds of each partition: the pure part of the sink's protocol. <b>Held</b> is what has been written since the last commit was prepared, and everything before; <b>durable</b> is what the
/// sink's record names. Always durable ≤ held. A writer that has lost what it held begins anew, as another incarnation, with what is durable.
/// </summary>
internal sealed class SinkLog
{
    private readonly Dictionary<int, long> _held = [];
    private ImmutableSortedDictionary<int, long> _durable = ImmutableSortedDictionary<int, long>.Empty;

    public ImmutableSortedDictionary<int, long> Durable => _durable;

    /// <summary>What a commit that is prepared now contains.</summary>
    public ImmutableSortedDictionary<int, long> Held => _held.ToImmutableSortedDictionary();

    /// <summary>Something has been written that is not durable.</summary>
    public bool HasRows { get; private set; }

    /// <summary>Begins with what the record names.</summary>
    public void Begin(ImmutableSortedDictionary<int, long> durable)
    {
        _durable = durable;
        _held.Clear();
        foreach (var (partition, position) in durable) _held[partition] = position;
        HasRows = false;
    }

    /// <summary>Rows that were sent before are missing.</summary>
    public bool IsBehind(SinkRows rows) => rows.Previous > HeldOf(rows.Partition);

    /// <summary>Rows of the partition at smaller positions are held.</summary>
    public long HeldOf(int partition) => _held.GetValueOrDefault(partition);

    /// <summary>Rows have been written.</summary>
    public void Hold(SinkRows rows)
    {
        _held[rows.Partition] = Math.Max(rows.Next, HeldOf(rows.Partition));
        HasRows = true;
    }

    /// <summary>Rows of closed windows have been written.</summary>
    public void HoldClosed() => HasRows = true;

    /// <summary>The record names <paramref name="positions"/>.</summary>
    public void Settle(ImmutableSortedDictionary<int, long> positions)
    {
        foreach (var (partition, position) in positions)
        {
            if (position > HeldOf(partition) || position < _durable.GetValueOrDefault(partition))
                throw new InvalidOperationException($"The sink's log is wrong: partition {partition} was made durable to {position}, held is {HeldOf(partition)}, durable was {_durable.GetValueOrDefault(partition)}.");
        }
        _durable = positions;
        HasRows = false;
    }
}
