using System.Collections.Immutable;

namespace StreamForge.Testing.Oracle;

/// <summary>
/// What a view's features are, computed straight from the definitions by looking at every event again for every answer.
/// <para>
/// It is slow, obvious and shares nothing with the engine: its own events, windows, floor division and arithmetic. An engine that folds events into
/// tiles, drops tiles, restarts or spreads keys over shards has to give these same answers: counts, integers, decimals and strings equal, doubles
/// within <see cref="OracleFeature.Matches(double)"/>.
/// </para>
/// <para>
/// The rules. The watermark of a partition is its newest event time less <see cref="OracleView.OutOfOrderness"/>, held during its snapshot; the pipeline's is the least of the partitions that
/// are neither idle nor finished, and never moves back. An event belongs to the tile [n·r, (n+1)·r) of a window; the window takes it while the
/// watermark before it is below tile end + W + allowed lateness, lifetime always. A read at t takes, of the rows that the window took and that have not been taken out,
/// those of sliding: tiles whose start lies in [floor((t-W)/r)·r, t), with exact tails [t-W, t); hopping: [floor(t/h)·h + h - W, t); tumbling: [floor(t/W)·W, t);
/// session: the longest row of neighbours less than the gap apart that ends before t and less than the gap before it; lifetime: everything before t.
/// A moment later than the view's newest event is served as it is; an earlier one at the tile boundary at or before it, since the events at or after t in t's own
/// tile must not be seen, or as it is in a sliding window with exact tails. A lifetime window is cut at the view's longest tiles; in a view without any it is read to the microsecond.
/// </para>
/// <para>
/// Over a changelog each image of a change is a row of its own, added or taken out under its own key and at its own time, by the watermark before the change; only those that are added move time. A row that is to be taken out and is not there is an orphan, if it would have counted: nothing changes.
/// </para>
/// Immutable; safe from any thread.
/// </summary>
public sealed class FeatureOracle
{
    private readonly OracleCase _case;
    private readonly List<OracleArrival>[] _live;
    private readonly List<OracleArrival>[] _gone;

    public FeatureOracle(OracleCase scenario)
    {
        _case = scenario;
        _live = [.. scenario.View.Windows.Select(_ => new List<OracleArrival>())];
        _gone = [.. scenario.View.Windows.Select(_ => new List<OracleArrival>())];
        var events = OracleSteps.Of(scenario).ToList();
        var watermarks = new OracleWatermarks(scenario, events);
        var arrivals = ImmutableArray.CreateBuilder<OracleArrival>();
        var (deadLetters, orphans) = (ImmutableArray.CreateBuilder<int>(), ImmutableArray.CreateBuilder<int>());
        for (var index = 0; index < events.Count; index++)
        {
            var e = events[index];
            if (e.IsOrphan) orphans.Add(index);
            foreach (var step in e.Steps)
            {
                var passes = Passes(step.Image, out var isBroken);
                if (isBroken && !step.Retracts) deadLetters.Add(index);
                var row = new OracleEvent(e.Partition, step.Image.Time ?? 0, passes ? step.Image.Key : null, step.Image.Values);
                var missed = e.InSnapshot ? [] : Missed(row, watermarks.Before(index));
                var arrival = new OracleArrival(index, row, watermarks.Before(index), missed) { Op = e.Op, Retracts = step.Retracts };
                if (step.Retracts && IsUnknown(arrival))
                {
                    arrival = arrival with { IsOrphan = true };
                    orphans.Add(index);
                }
                arrivals.Add(arrival);
                Apply(arrival);
            }
        }
        Arrivals = arrivals.ToImmutable();
        DeadLetters = deadLetters.ToImmutable();
        Orphans = orphans.ToImmutable();
        Duplicates = events.Count(e => e.IsDuplicate);
        Watermark = watermarks.Before(events.Count);
        foreach (var arrival in Arrivals.Where(IsApplied)) NewestEvent = Math.Max(NewestEvent ?? arrival.Event.Time, arrival.Event.Time);
    }

    /// <summary>Every row that was added or taken out, in order, with the watermark before it and the windows it missed.</summary>
    public ImmutableArray<OracleArrival> Arrivals { get; }

    /// <summary>The late ledger: one record for each event that missed at least one window; updates and deletes have none.</summary>
    public IEnumerable<OracleArrival> Late => Arrivals.Where(a => a.IsLate);

    /// <summary>The events, by index, whose row is a dead letter.</summary>
    public ImmutableArray<int> DeadLetters { get; }

    /// <summary>The changes, by index, that were to take out a row that is not there.</summary>
    public ImmutableArray<int> Orphans { get; }

    /// <summary>How many changes had been there before.</summary>
    public int Duplicates { get; }

    /// <summary>The changes that met tiles that take nothing any more, and no other: updates and deletes, and whatever else only takes out here.</summary>
    public int ExpiredChanges => Arrivals.Where(a => a.Op is not null && a.Event.Key is not null).GroupBy(a => a.Index)
        .Count(change => change.All(a => a.Missed.Length == _case.View.Windows.Length) && (change.Last().Retracts || change.Last().Op == OracleOp.Update));

    /// <summary>The pipeline's watermark after everything; null while there is none.</summary>
    public long? Watermark { get; }

    /// <summary>The newest event time that counted in the view.</summary>
    public long? NewestEvent { get; }

    /// <summary>Now by the event clock: the newest event time + 1 us.</summary>
    public long? Now => NewestEvent + 1;

    /// <summary>Every key that counted in the view, in ordinal order.</summary>
    public IEnumerable<string> Keys => Arrivals.Where(IsApplied).Select(a => a.Event.Key!).Distinct().Order(StringComparer.Ordinal);

    /// <summary>The world as it was when only the first <paramref name="count"/> events had arrived.</summary>
    public FeatureOracle After(int count) => new(_case.First(count));

    /// <summary>Reads every feature of a key.</summary>
    /// <param name="at">The moment, microseconds; null for <see cref="Now"/>.</param>
    public OracleReading Read(string key, long? at = null)
    {
        var moment = at ?? Now;
        var known = moment is not null && Arrivals.Any(a => a.Event.Key == key && IsApplied(a) && a.Event.Time < moment);
        var effective = moment is { } t ? _case.View.Windows.Select(w => Effective(w, t, key)).ToImmutableArray() : [];
        var features = ImmutableArray.CreateBuilder<OracleFeature>();
        for (var w = 0; w < _case.View.Windows.Length; w++)
        {
            foreach (var aggregate in _case.View.Aggregates)
            {
                features.Add(known
                    ? Over(key, _case.View.Windows[w], aggregate, effective[w].From, effective[w].To)
                    : new($"{aggregate.Name}_{_case.View.Windows[w].Name}", OracleStatus.NotFound, null));
            }
        }
        return new(known, moment, effective, features.ToImmutable());
    }

    /// <summary>
    /// One feature over an interval that somebody else chose, [from, to): for holding an answer to its own <c>effective</c> where the definitions leave room
    /// (a lifetime window read in the past). Events that missed the window do not count.
    /// </summary>
    /// <param name="from">null for no beginning.</param>
    public OracleFeature Over(string key, OracleWindow window, OracleAggregate aggregate, long? from, long to)
    {
        var index = _case.View.Windows.IndexOf(window);
        // What was taken out of a tile has been added up in all of it, also where it lay outside the interval.
        return OracleAggregation.Compute($"{aggregate.Name}_{window.Name}", aggregate, Within(_live[index], key, from, to), Within(_gone[index], key, from - window.Size, to + window.Size), _case.View.Source);
    }

    /// <summary>The interval that a read at <paramref name="at"/> covers in a window; that of a session is a matter of the key.</summary>
    public OracleEffective Effective(OracleWindow window, long at, string? key = null)
    {
        var isPresent = NewestEvent is not { } newest || at > newest;
        var tiled = window.Kind == OracleWindowKind.Lifetime ? LongestTiles : window;
        var to = isPresent || tiled is null || IsExact(window) ? at : OracleWindow.Floor(at, TileLength(tiled));
        return window.Kind switch
        {
            OracleWindowKind.Lifetime => new(window.Name, null, to, isPresent || (tiled is not null && Accepts(tiled, to, Watermark))),
            OracleWindowKind.Sliding => Covers(IsExact(window) ? to - window.Size : OracleWindow.Floor(to - window.Size, TileLength(window))),
            OracleWindowKind.Session => new(window.Name, SessionStart(window, to, key) ?? to, to, Accepts(window, to, Watermark)),
            _ => Covers(OracleWindow.Floor(to, window.Every) + window.Every - window.Size),
        };

        OracleEffective Covers(long from) => new(window.Name, from, to, Accepts(window, from, Watermark));
    }

    /// <summary>The sessions of a key, ascending: the times of their first and last events.</summary>
    internal IEnumerable<(long First, long Last)> Sessions(OracleWindow window, string key, long before = long.MaxValue)
    {
        (long First, long Last)? session = null;
        foreach (var time in _live[_case.View.Windows.IndexOf(window)].Where(a => a.Event.Key == key && a.Event.Time < before).Select(a => a.Event.Time).Order())
        {
            if (session is { } open && time - open.Last < window.Size)
            {
                session = (open.First, time);
                continue;
            }
            if (session is { } ended) yield return ended;
            session = (time, time);
        }
        if (session is { } last) yield return last;
    }

    /// <summary>The rows that a window holds.</summary>
    internal IReadOnlyList<OracleArrival> Live(OracleWindow window) => _live[_case.View.Windows.IndexOf(window)];

    private long? SessionStart(OracleWindow window, long to, string? key)
    {
        if (key is null) return null;
        var sessions = Sessions(window, key, to).ToList();
        return sessions.Count > 0 && to - sessions[^1].Last < window.Size ? sessions[^1].First : null;
    }

    /// <summary>The window with the longest tiles, of several the longest window; null when the view has no tiles.</summary>
    private OracleWindow? LongestTiles => _case.View.Windows.Where(w => w.Kind != OracleWindowKind.Lifetime)
        .OrderBy(TileLength).ThenBy(w => w.Size).LastOrDefault();

    private bool IsExact(OracleWindow window) => _case.View.Exact && window.Kind == OracleWindowKind.Sliding;

    private long TileLength(OracleWindow window) => window.TileLength(_case.View.Resolution);

    private static List<OracleArrival> Within(List<OracleArrival> rows, string key, long? from, long to) =>
        rows.FindAll(a => a.Event.Key == key && a.Event.Time < to && !(a.Event.Time < from));

    /// <summary>Whether an image reaches the view; one that lacks its time or what it must fulfil is broken.</summary>
    private bool Passes(OracleImage image, out bool isBroken)
    {
        isBroken = image.Time is null;
        if (isBroken) return false;
        var row = new OracleEvent(0, 0, null, image.Values);
        if (_case.View.Filter is { } filter && filter.Test(row) != true) return false;
        isBroken = _case.View.Must is { } must && must.Test(row) != true;
        return !isBroken;
    }

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

    private bool IsUnknown(OracleArrival taken) =>
        MakesDifference(taken.Event) && _case.View.Windows.Where(taken.CountsIn).Any(w => Find(_live[_case.View.Windows.IndexOf(w)], taken) < 0);

    /// <summary>A row that no aggregate counts is in no tile, but in a view with sessions, which it holds together all the same.</summary>
    private bool MakesDifference(OracleEvent row) =>
        _case.View.Windows.Any(w => w.Kind == OracleWindowKind.Session) || _case.View.Aggregates.Any(a => OracleAggregation.Counts(a, row));

    private static int Find(List<OracleArrival> rows, OracleArrival taken) => rows.FindIndex(a =>
        a.Event.Key == taken.Event.Key && a.Event.Time == taken.Event.Time && a.Event.Values.SequenceEqual(taken.Event.Values));

    private void Apply(OracleArrival arrival)
    {
        for (var w = 0; w < _live.Length; w++)
        {
            if (!arrival.CountsIn(_case.View.Windows[w])) continue;
            if (!arrival.Retracts)
            {
                _live[w].Add(arrival);
                continue;
            }
            var found = Find(_live[w], arrival);
            if (found < 0) continue;
            _gone[w].Add(_live[w][found]);
            _live[w].RemoveAt(found);
        }
    }

    /// <summary>Whether the row was added to the view.</summary>
    private bool IsApplied(OracleArrival arrival) => !arrival.Retracts && _case.View.Windows.Any(arrival.CountsIn);
}
