using System.Collections.Immutable;

namespace StreamForge.Testing.Oracle;

/// <summary>A window instance of one key as its last emission must have it.</summary>
/// <param name="Start">Microseconds; of a session, the time of its first event.</param>
/// <param name="End">Microseconds; of a session, the time of its last event and the gap.</param>
/// <param name="IsClosed">Whether the watermark has reached its end; where not, it has been emitted only if it was drained, or closed once and was open again after a late event.</param>
/// <param name="Features">The view's aggregates, in order.</param>
public sealed record OracleClosedWindow(string Key, OracleWindow Window, long Start, long End, bool IsClosed, ImmutableArray<OracleFeature> Features);

/// <summary>
/// The instances of a view's windows that end, once everything has arrived: for each key each tumbling or hopping window [n·h - W, n·h) that holds at least one row
/// that an aggregate counts, and each session. An instance is emitted when the watermark has reached its end, or always when open windows are drained. The values are those over all rows that the window took.
/// </summary>
public static class OracleClosedWindows
{
    /// <param name="view">The view of <paramref name="oracle"/>.</param>
    public static IEnumerable<OracleClosedWindow> Of(FeatureOracle oracle, OracleView view)
    {
        foreach (var window in view.Windows.Where(w => w.Closes))
        {
            foreach (var (key, start, end) in window.Kind == OracleWindowKind.Session ? Sessions(oracle, window) : Instances(oracle, view, window))
                yield return new(key, window, start, end, oracle.Watermark >= end, [.. view.Aggregates.Select(g => oracle.Over(key, window, g, start, end))]);
        }
    }

    private static IEnumerable<(string Key, long Start, long End)> Sessions(FeatureOracle oracle, OracleWindow window) =>
        oracle.Keys.SelectMany(key => oracle.Sessions(window, key).Select(s => (key, s.First, s.Last + window.Size)));

    private static IEnumerable<(string Key, long Start, long End)> Instances(FeatureOracle oracle, OracleView view, OracleWindow window) =>
        oracle.Live(window).Where(a => view.Aggregates.Any(g => OracleAggregation.Counts(g, a.Event)))
            .SelectMany(a => Ends(a.Event.Time, window).Select(end => (a.Event.Key!, end - window.Size, end))).Distinct();

    /// <summary>The multiples of the hop in (time, time + W].</summary>
    private static IEnumerable<long> Ends(long time, OracleWindow window)
    {
        for (var end = OracleWindow.Floor(time, window.Every) + window.Every; end <= time + window.Size; end += window.Every) yield return end;
    }
}
