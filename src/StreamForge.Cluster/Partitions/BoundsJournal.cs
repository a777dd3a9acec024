using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Watermarks;

namespace StreamForge.Cluster.Partitions;

/// <summary>Bounds of time and the offset of the first event that they hold for.</summary>
/// <param name="AtLeast">What the pipeline's watermark had reached, microseconds.</param>
/// <param name="AtMost">The least of the other active partitions' watermarks; <see cref="long.MaxValue"/> when there were none.</param>
public readonly record struct BoundsEntry(long From, long AtLeast, long AtMost)
{
    /// <summary>The watermark that an event is judged by, where its partition's own is <paramref name="own"/>.</summary>
    public long Judge(long own) => Math.Max(AtLeast, Math.Min(AtMost, own));
}

/// <summary>
/// By which bounds each event of a partition is judged, so that reading it again gives the same answer.
/// <para>
/// Entries say from which offset on which bounds hold; a new one is made for offsets that nobody has judged yet, and holds once it is in the partition's record. Who may have judged what is known from the record
/// too: before an activation judges events, it notes in the record up to which offset it may do so (<see cref="PartitionRecord.Judged"/>), and an activation that takes over leaves the bounds below as they are. So
/// an activation that is still at work when another has taken over judges the same events by the same bounds, and can judge no others.
/// </para>
/// <para>
/// The watermark that events are judged by never moves back within a partition, also where new bounds lie lower: <see cref="Reached"/> carries what it was across entries.
/// </para>
/// Pure; one thread at a time.
/// </summary>
public sealed class BoundsJournal : IWatermarkBounds
{
    private ImmutableArray<BoundsEntry> _entries;
    private int _current;

    /// <param name="entries">Ascending by offset; the first one holds from the durable position on, or earlier.</param>
    /// <param name="position">The offset of the next event.</param>
    /// <param name="own">The partition's own watermark before it.</param>
    /// <param name="reached">What events before it were judged by.</param>
    public BoundsJournal(ImmutableArray<BoundsEntry> entries, long position, long own, long reached)
    {
        if (entries.IsEmpty || entries[0].From > position) throw new ArgumentException("No bounds hold for the next event.", nameof(entries));
        _entries = entries;
        Restart(position, own, reached);
    }

    public ImmutableArray<BoundsEntry> Entries => _entries;

    /// <summary>The partition's own watermark after the events that have been judged.</summary>
    public long Own { get; private set; }

    /// <summary>What the events that have been judged were judged by at the end.</summary>
    public long Reached { get; private set; }

    /// <summary>The bounds before the first report: of a pipeline of one partition none, else those of partitions of which nothing is known.</summary>
    public static BoundsEntry First(long from, int partitions) => new(from, EventTime.MinValue, partitions == 1 ? long.MaxValue : EventTime.MinValue);

    /// <summary>Goes back to an earlier event.</summary>
    public void Restart(long position, long own, long reached)
    {
        Own = own;
        Reached = reached;
        _current = IndexOf(position);
    }

    /// <summary>Replaces the entries, once the record has them; offsets that have been judged keep their bounds.</summary>
    /// <param name="position">The offset of the next event.</param>
    public void Confirm(ImmutableArray<BoundsEntry> entries, long position)
    {
        _entries = entries;
        _current = IndexOf(position);
    }

    /// <summary>What the next event, at <paramref name="position"/>, will at least be judged by, where <paramref name="own"/> and <paramref name="reached"/> are as they were before it.</summary>
    public long JudgedAt(long position, long own, long reached) => Math.Max(reached, _entries[IndexOf(position)].Judge(own));

    /// <summary>The entries as they will be when new bounds hold from <paramref name="from"/> on.</summary>
    /// <param name="durable">What lies before is not read again.</param>
    /// <param name="from">No event from there on has been judged.</param>
    /// <param name="received">The offset of the next event.</param>
    public ImmutableArray<BoundsEntry> With(long durable, long from, long received, long atLeast, long atMost)
    {
        foreach (var entry in _entries) atLeast = Math.Max(atLeast, entry.AtLeast);
        // What has been said of the next event stays true.
        if (from == received && JudgedAt(received, Own, Reached) is var judged && new BoundsEntry(from, atLeast, atMost).Judge(Own) < judged) atLeast = judged;
        var last = _entries[^1];
        if (last.AtLeast == atLeast && last.AtMost == atMost && last.From <= from) return Since(durable);
        return Since(durable).RemoveAll(e => e.From >= from).Add(new BoundsEntry(from, atLeast, atMost));
    }

    /// <summary>The entries that matter from <paramref name="durable"/> on.</summary>
    public ImmutableArray<BoundsEntry> Since(long durable) => _entries[IndexOf(durable)..];

    public WatermarkBounds BoundsFor(int partition, long position, long own)
    {
        for (var next = IndexOf(position); _current < next; _current++) Reached = Math.Max(Reached, _entries[_current].Judge(own));
        var entry = _entries[_current];
        return new WatermarkBounds(Math.Max(entry.AtLeast, Reached), entry.AtMost, _current + 1 < _entries.Length ? _entries[_current + 1].From : long.MaxValue);
    }

    public void Advance(int partition, long own)
    {
        Own = Math.Max(Own, own);
        Reached = Math.Max(Reached, _entries[_current].Judge(Own));
    }

    private int IndexOf(long position)
    {
        var index = _entries.Length - 1;
        while (index > 0 && _entries[index].From > position) index--;
        return index;
    }
}
