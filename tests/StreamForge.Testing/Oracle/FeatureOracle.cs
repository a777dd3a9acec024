using System.Collections.Immutable;

namespace StreamForge.Testing.Oracle;

/// <summary>
/// What a view's features are, computed straight from the definitions by looking at every event again for every answer.
/// <para>
/// It is slow, obvious and shares nothing with the engine: its own events, windows, floor division and arithmetic. An engine that folds events into
/// tiles, drops tiles, restarts or spreads keys over shards has to give these same answers: counts, integers, decimals and strings equal, doubles
/// within <see cref="OracleFeature.Matches"/>.
/// </para>
/// <para>
/// The rules. The watermark of a partition is its newest event time less <see cref="OracleView.OutOfOrderness"/>; the pipeline's is the least of the partitions that
/// are neither idle nor finished, and never moves back. An event belongs to the tile [n·r, (n+1)·r) of a window; the window takes it while the
/// watermark before it is below tile end + W + allowed lateness, lifetime always. A read at t takes, of the events that the window took, those of
/// sliding: tiles whose start lies in [floor((t-W)/r)·r, t); tumbling: [floor(t/W)·W, t); lifetime: everything before t.
/// A moment later than the view's newest event is served as it is; an earlier one at the tile boundary at or before it, since the events at or after t in t's own
/// tile must not be seen. A lifetime window is cut at the view's longest tiles; in a view without any it is read to the microsecond.
/// </para>
/// Immutable; safe from any thread.
/// </summary>
public sealed class FeatureOracle
{
    private readonly OracleCase _case;

    public FeatureOracle(OracleCase scenario)
    {
        _case = scenario;
        var watermarks = new OracleWatermarks(scenario);
        Arrivals = [.. scenario.Events.Select((e, index) => new OracleArrival(index, e, watermarks.Before(index), Missed(e, watermarks.Before(index))))];
        Watermark = watermarks.Before(scenario.Events.Length);
        foreach (var arrival in Arrivals.Where(IsApplied)) NewestEvent = Math.Max(NewestEvent ?? arrival.Event.Time, arrival.Event.Time);
    }

    /// <summary>Every event, in order, with the watermark before it and the windows it missed.</summary>
    public ImmutableArray<OracleArrival> Arrivals { get; }

    /// <summary>The late ledger: one record for each event that missed at least one window.</summary>
    public IEnumerable<OracleArrival> Late => Arrivals.Where(a => a.IsLate);

    /// <summary>The pipeline's watermark after everything; null while there is none.</summary>
    public long? Watermark { get; }

    /// <summary>The newest event time that counted in the view.</summary>
    public long? NewestEvent { get; }

    /// <summary>Now by the event clock: the newest event time + 1 us.</summary>
    public long? Now => NewestEvent + 1;

    /// <summary>Every key that counted in the view, in ordinal order.</summary>
    public IEnumerable<string> Keys => Arrivals.Where(IsApplied).Select(a => a.Event.Key!).Distinct().Order(StringComparer.Ordinal);

    /// <summary>The world as it was when only the first <paramref name="count"/> events had arrived.</summary>
    public FeatureOracle After(int count) =>
        new(_case with { Events = _case.Events[..count], Signals = [.. _case.Signals.Where(s => s.Before <= count)] });

    /// <summary>Reads every feature of a key.</summary>
    /// <param name="at">The moment, microseconds; null for <see cref="Now"/>.</param>
    public OracleReading Read(string key, long? at = null)
    {
        var moment = at ?? Now;
        var known = moment is not null && Arrivals.Any(a => a.Event.Key == key && IsApplied(a) && a.Event.Time < moment);
        var effective = moment is { } t ? _case.View.Windows.Select(w => Effective(w, t)).ToImmutableArray() : [];
        var features = ImmutableArray.CreateBuilder<OracleFeature>();
        for (var w = 0; w < _case.View.Windows.Length; w++)
        {
            var window = _case.View.Windows[w];
            var seen = known ? Seen(key, window, effective[w].From, effective[w].To) : [];
            foreach (var aggregate in _case.View.Aggregates)
            {
                var name = $"{aggregate.Name}_{window.Name}";
                features.Add(known ? OracleAggregation.Compute(name, aggregate, seen) : new(name, OracleStatus.NotFound, null));
            }
        }
        return new(known, moment, effective, features.ToImmutable());
    }

    /// <summary>
    /// One feature over an interval that somebody else chose, [from, to): for holding an answer to its own <c>effective</c> where the definitions leave room
    /// (a lifetime window read in the past). Events that missed the window do not count.
    /// </summary>
    /// <param name="from">null for no beginning.</param>
    public OracleFeature Over(string key, OracleWindow window, OracleAggregate aggregate, long? from, long to) =>
        OracleAggregation.Compute($"{aggregate.Name}_{window.Name}", aggregate, Seen(key, window, from, to));

    /// <summary>The interval that a read at <paramref name="at"/> covers in a window.</summary>
    public OracleEffective Effective(OracleWindow window, long at)
    {
        var isPresent = NewestEvent is not { } newest || at > newest;
        var tiled = window.Kind == OracleWindowKind.Lifetime ? LongestTiles : window;
        var to = isPresent || tiled is null ? at : OracleWindow.Floor(at, TileLength(tiled));
        return window.Kind switch
        {
            OracleWindowKind.Lifetime => new(window.Name, null, to, isPresent || (tiled is not null && Accepts(tiled, to, Watermark))),
            OracleWindowKind.Sliding => Covers(OracleWindow.Floor(to - window.Size, TileLength(window))),
            _ => Covers(OracleWindow.Floor(to, window.Size)),
        };

        OracleEffective Covers(long from) => new(window.Name, from, to, Accepts(window, from, Watermark));
    }

    /// <summary>The window with the longest tiles, of several the longest window; null when the view has no tiles.</summary>
    private OracleWindow? LongestTiles => _case.View.Windows.Where(w => w.Kind != OracleWindowKind.Lifetime)
        .OrderBy(TileLength).ThenBy(w => w.Size).LastOrDefault();

    private long TileLength(OracleWindow window) => window.TileLength(_case.View.Resolution);

    private List<OracleArrival> Seen(string key, OracleWindow window, long? from, long to) =>
        [.. Arrivals.Where(a => a.Event.Key == key && a.CountsIn(window) && a.Event.Time < to && !(a.Event.Time < from))];

    private ImmutableArray<OracleWindow> Missed(OracleEvent e, long? watermark) =>
        e.Key is null ? [] : [.. _case.View.Windows.Where(w => !Accepts(w, e.Time, watermark))];

    /// <summary>Whether the window's tile that holds <paramref name="time"/> takes events at a watermark.</summary>
    private bool Accepts(OracleWindow window, long time, long? watermark)
    {
        if (watermark is null || window.Kind == OracleWindowKind.Lifetime) return true;
        var r = TileLength(window);
        var tileEnd = OracleWindow.Floor(time, r) + r;
        return watermark < tileEnd + window.Size + _case.View.AllowedLateness;
    }

    private bool IsApplied(OracleArrival arrival) => _case.View.Windows.Any(arrival.CountsIn);
}
