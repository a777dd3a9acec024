using System.Collections.Immutable;

namespace StreamForge.Testing.Oracle;

/// <summary>A window instance of one key as its last emission must have it.</summary>
/// <param name="Start">Microseconds.</param>
/// <param name="Features">The view's aggregates, in order.</param>
public sealed record OracleClosedWindow(string Key, OracleWindow Window, long Start, ImmutableArray<OracleFeature> Features)
{
    public long End => Start + Window.Size;
}

/// <summary>
/// Which closed windows a view must have emitted once everything has arrived: for each key and each tumbling window [n·W, (n+1)·W) that holds at least one event
/// that the window took and that an aggregate counts, when the watermark has reached its end, or always when open windows are drained.
/// The values are those over all events that the window took.
/// </summary>
public static class OracleClosedWindows
{
    /// <param name="view">The view of <paramref name="oracle"/>.</param>
    /// <param name="drained">Whether open windows count too.</param>
    public static IEnumerable<OracleClosedWindow> Of(FeatureOracle oracle, OracleView view, bool drained)
    {
        foreach (var window in view.Windows.Where(w => w.Kind == OracleWindowKind.Tumbling))
        {
            var instances = oracle.Arrivals.Where(a => a.CountsIn(window) && view.Aggregates.Any(g => Counts(g, a.Event)))
                .Select(a => (Key: a.Event.Key!, Start: OracleWindow.Floor(a.Event.Time, window.Size))).Distinct();
            foreach (var (key, start) in instances)
            {
                if (!drained && !(oracle.Watermark >= start + window.Size)) continue;
                yield return new(key, window, start, [.. view.Aggregates.Select(g => oracle.Over(key, window, g, start, start + window.Size))]);
            }
        }
    }

    private static bool Counts(OracleAggregate aggregate, OracleEvent e) =>
        (aggregate.Where is null || aggregate.Where.Test(e) == true) && (aggregate.Of is null || e[aggregate.Of] is not null);
}
