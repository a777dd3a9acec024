using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Features.Aggregates;
using StreamForge.Features.Windows;

namespace StreamForge.Features.KeyState;

/// <summary>One accumulator of a tile.</summary>
/// <param name="Aggregate">Its algebra.</param>
/// <param name="Offset">Where it begins, from the start of a tile's accumulators.</param>
/// <param name="Identity">What it accumulates, for fingerprints: its formula, and what the columns in that are computed by.</param>
public sealed record Slot(IAggregate Aggregate, int Offset, string Identity)
{
    /// <summary>State name, version, values and condition: what <see cref="Identity"/> begins with.</summary>
    public string Formula { get; init; } = Identity;
}

/// <summary>A stored feature: one aggregate over one window.</summary>
/// <param name="Aggregate">Finishes the slot; may differ from the slot's own when slots are shared.</param>
public sealed record FeaturePlan(string Name, int Window, int Slot, IAggregate Aggregate)
{
    /// <summary>ratio: the slot of its denominator; <see cref="Aggregate"/> and <see cref="Slot"/> are those of its numerator. -1 for every other function.</summary>
    public int Divisor { get; init; } = -1;

    /// <summary>The type of what <see cref="Finish"/> returns.</summary>
    public DataType Type => Divisor < 0 ? Aggregate.ResultType : DataType.Double;

    /// <summary>The feature's value.</summary>
    /// <param name="slots">All accumulators of a tile, or of many that were merged.</param>
    /// <param name="heap">What they point into.</param>
    /// <exception cref="StreamForgeException">OutOfRange when the result does not fit its type.</exception>
    public FeatureValue Finish(ViewLayout layout, ReadOnlySpan<byte> slots, ReadOnlySpan<byte> heap)
    {
        var own = slots.Slice(layout.Slots[Slot].Offset, Aggregate.Size);
        if (Divisor < 0) return Aggregate.Finish(own, heap);
        var (offset, divisor) = (layout.Slots[Divisor].Offset, (ITotal)layout.Slots[Divisor].Aggregate);
        return Ratio.Finish(((ITotal)Aggregate).TotalOf(own), divisor.TotalOf(slots.Slice(offset, divisor.Size)));
    }
}

/// <summary>
/// How the keys of one view are laid out in bytes: which accumulators a tile has and which series of tiles a key keeps. Two views with the same
/// <see cref="Fingerprint"/> can read each other's bytes.
/// </summary>
public sealed class ViewLayout
{
    /// <param name="slots">The accumulators in the order of their offsets.</param>
    /// <param name="series">Coarsest first, so that the tiles that are added most often stand last and move the fewest bytes.</param>
    /// <param name="retracts">Whether rows may be taken out again: every slot must be <see cref="IRetractable"/> then.</param>
    public ViewLayout(
        ImmutableArray<Slot> slots, ImmutableArray<TileSeries> series, ImmutableArray<WindowPlan> windows, ImmutableArray<FeaturePlan> features, long allowedLateness, bool retracts = false)
    {
        Slots = slots;
        Series = series;
        Windows = windows;
        Features = features;
        AllowedLateness = allowedLateness;
        HasLifetime = windows.Any(w => w.Shape == WindowShape.Lifetime);
        HasHeap = slots.Any(s => s.Aggregate.UsesHeap);
        SlotBytes = slots.Sum(s => s.Aggregate.Size);
        RowsSlot = slots.ToList().FindIndex(static s => s.Aggregate is CountAggregate && s.Identity.StartsWith($"{s.Aggregate.StateName} v{s.Aggregate.Version} of * where true", StringComparison.Ordinal));
        AggregateSlots = slots.Length > 0 && slots[^1].Aggregate is ISessionSpan ? slots.Length - 1 : slots.Length;
        Retracts = retracts;
        Retractable = retracts ? [.. slots.Select(s => (IRetractable)s.Aggregate)] : [];
        Frozen = FrozenSeries.Of(series, windows, allowedLateness);
        ShortestFrozen = Frozen.IsEmpty ? long.MaxValue : Frozen.Min(static f => f.Tiles.Retention);
        FirstMarks = new long[retracts ? series.Length + (HasLifetime ? 1 : 0) : 0];
        Array.Fill(FirstMarks, EventTime.MinValue);
    }

    /// <summary>The slot that counts every row of a tile; -1 where no aggregate asks for it.</summary>
    public int RowsSlot { get; }

    public ImmutableArray<Slot> Slots { get; }

    public ImmutableArray<TileSeries> Series { get; }

    /// <summary>What shorter windows may see otherwise than the series that they share with longer ones.</summary>
    internal ImmutableArray<FrozenSeries> Frozen { get; }

    /// <summary>The least retention of <see cref="Frozen"/>, microseconds.</summary>
    internal long ShortestFrozen { get; }

    public ImmutableArray<WindowPlan> Windows { get; }

    public ImmutableArray<FeaturePlan> Features { get; }

    /// <summary>Microseconds.</summary>
    public long AllowedLateness { get; }

    /// <summary>
    /// How long after its newest event a key is idle, microseconds: the view's <c>ttl</c> and as long as any of its tiles can be needed. What an idle key's tiles take is given back; 0 where keys wait for their next event with it.
    /// </summary>
    public long IdleAfter { get; private init; }

    /// <summary>This layout for a view with a <c>ttl</c>.</summary>
    /// <param name="ttl">Microseconds.</param>
    public ViewLayout WithTtl(long ttl) => new(Slots, Series, Windows, Features, AllowedLateness, Retracts)
    {
        IdleAfter = EventTime.SaturatingAdd(ttl, Series.IsEmpty ? 0 : Series.Max(static s => s.Grain + s.Retention + s.Gap)),
    };

    /// <summary>
    /// This layout for a view over a changelog of which parts began when rows had been read: a part counts the rows at or after its moment alone, those that are taken out like those that are added. Microseconds;
    /// <see cref="EventTime.MinValue"/> for a part that counts all.
    /// </summary>
    /// <param name="series">One a series: no key has tiles of it that begin before.</param>
    /// <param name="lifetime">Of the lifetime window.</param>
    public ViewLayout WithFloors(ImmutableArray<long> series, long lifetime)
    {
        var layout = new ViewLayout(Slots, Series, Windows, Features, AllowedLateness, Retracts) { IdleAfter = IdleAfter, LifetimeFloor = lifetime };
        for (var s = 0; s < Series.Length && Retracts; s++) layout.FirstMarks[s] = Series[s].FirstFrom(series[s]);
        if (Retracts && HasLifetime && !Series.IsEmpty) layout.FirstMarks[^1] = Math.Max(layout.FirstMarks[0], Series[0].FirstFrom(lifetime));
        return layout;
    }

    /// <summary>Whether a row that is taken out of a key of which nothing is known should have been added to it: some part takes it that does not begin later.</summary>
    public bool IsMissing(long time, long watermark)
    {
        if (HasLifetime && time >= LifetimeFloor) return true;
        for (var s = 0; s < Series.Length; s++)
        {
            var start = Series[s].StartOf(time);
            if (start >= FirstMarks[s] && Series[s].Accepts(start, watermark)) return true;
        }
        return false;
    }

    /// <summary>The lifetime window passes rows before this moment by; <see cref="EventTime.MinValue"/> for none. A row of a tile that it has not folded lies at or after it.</summary>
    internal long LifetimeFloor { get; private init; } = EventTime.MinValue;

    /// <summary>What a new key knows of tiles that are gone, where rows may be taken out.</summary>
    internal long[] FirstMarks { get; }

    /// <summary>Whether a key also keeps what its coarsest series has dropped.</summary>
    public bool HasLifetime { get; }

    public bool HasHeap { get; }

    /// <summary>How many slots features read: all but the session times, which stand last.</summary>
    public int AggregateSlots { get; }

    /// <summary>The first and the last event time of a tile; of a view with session windows.</summary>
    /// <param name="tile">From the tile's start on.</param>
    internal (long First, long Last) Times(ReadOnlySpan<byte> tile, ReadOnlySpan<byte> heap) =>
        ((ISessionSpan)Slots[^1].Aggregate).Times(tile.Slice(sizeof(long) + Slots[^1].Offset, Slots[^1].Aggregate.Size), heap);

    /// <summary>Whether rows may be taken out again.</summary>
    public bool Retracts { get; }

    /// <summary>The slots' aggregates; none where rows are only added.</summary>
    internal ImmutableArray<IRetractable> Retractable { get; }

    /// <summary>Bytes that a key needs to know which tiles it no longer has, where rows may be taken out.</summary>
    internal int MarkBytes => FirstMarks.Length * sizeof(long);

    /// <summary>Bytes of all accumulators of one tile.</summary>
    public int SlotBytes { get; }

    /// <summary>Bytes of a tile: its start, then its accumulators.</summary>
    public int TileBytes => sizeof(long) + SlotBytes;

    /// <summary>Bytes of a frozen tile: its retention and its series, then the tile.</summary>
    internal int FrozenBytes => 2 * sizeof(long) + TileBytes;

    /// <summary>Whether at least one window takes an event; one that none takes is not applied at all.</summary>
    public bool AcceptsAny(long time, long watermark)
    {
        if (HasLifetime || time >= watermark) return true;
        foreach (var series in Series)
        {
            if (series.Accepts(series.StartOf(time), watermark)) return true;
        }
        return false;
    }

    /// <summary>Whether every window takes an event.</summary>
    public bool AcceptsAll(long time, long watermark)
    {
        if (watermark == EventTime.MinValue || time >= watermark) return true;
        foreach (var window in Windows)
        {
            if (!window.Accepts(time, watermark, AllowedLateness)) return false;
        }
        return true;
    }

    /// <summary>
    /// The earliest moment that can be read under <paramref name="watermark"/>: before it, a window would need tiles that may have been dropped.
    /// <see cref="EventTime.MinValue"/> while nothing can have been.
    /// </summary>
    /// <param name="newest">The newest event time applied to the view.</param>
    public long EarliestReadable(long watermark, long newest)
    {
        var earliest = EventTime.MinValue;
        foreach (var window in Windows)
        {
            if (window.Series < 0) continue;
            // A series that windows share outlives the shorter of them, but what these see of its tiles does not (FrozenSeries).
            var series = Series[window.Series];
            if (window.Shape != WindowShape.Lifetime) series = series with { Retention = window.Size + AllowedLateness };
            earliest = Math.Max(earliest, window.EarliestEnd(series.EarliestKept(watermark), newest));
        }
        return earliest;
    }

    /// <summary>
    /// What the bytes mean, line by line; equal for views whose states are interchangeable. How long tiles are kept belongs to it: a longer window over tiles that were
    /// dropped sooner would be answered from a part of its events.
    /// </summary>
    public IEnumerable<string> Fingerprint =>
    [
        $"format {KeyState.Format}", .. Slots.Select(s => s.Identity),
        .. Series.Select(s => $"tiles {Duration.Format(s.Resolution)} kept {Duration.Format(s.Retention)}{(s.Gap > 0 ? $" sessions {Duration.Format(s.Gap)}" : "")}{(s.Grain > s.Resolution ? $" by {Duration.Format(s.Grain)}" : "")}"), .. HasLifetime ? (string[])["lifetime"] : [],
        .. Retracts ? (string[])["changelog"] : [],
    ];
}
