using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Pipeline.Evolution;

/// <summary>
/// From when on each feature of a view counts after its definition has been changed. A feature is an aggregate over a window. It has counted as long as before when its accumulators are kept and its
/// window was there; over a new window it counts since the oldest tile that is still kept whole, or, where nobody can say better, since the checkpoint; a new aggregate counts since the checkpoint.
/// </summary>
/// <param name="floors">From when on parts of the new view count.</param>
internal sealed class SinceRules(ViewPlan was, ViewPlan now, StateMigration migration, ViewFloors? floors, LiveState live)
{
    /// <summary>Since when a feature counts that begins empty: every event after the newest one that has been read. Null when nothing has been.</summary>
    public static FeatureSince? Fresh(LiveState live, ViewPlan view, WindowPlan window) => Fresh(live, view, window, Begins(live, view.Source));

    private static FeatureSince? Fresh(LiveState live, ViewPlan view, WindowPlan window, long begins) => begins == EventTime.MinValue
        ? null
        : At(begins, view, window, [.. live.Partitions.Where(p => p.Source == view.Source).Select(static p => $"{p.Source}/{p.Partition} at {p.Position}")]);

    /// <summary>The same beside what goes on.</summary>
    private FeatureSince? Fresh(WindowPlan window) => Fresh(live, now, window, Math.Max(Begins(live, now.Source), Floor(window)));

    /// <summary>Over a changelog, from when on there are tiles of a window, which began now or before; <see cref="EventTime.MinValue"/> for always.</summary>
    private long Floor(WindowPlan window)
    {
        if (window.Shape == WindowShape.Lifetime) return was.Layout.HasLifetime ? EventTime.MinValue : floors?.Lifetime ?? EventTime.MinValue;
        var origin = Origin(migration, window);
        // Of a window that goes on, what its tiles lack which are now kept for longer is not missing.
        return was.Layout.Windows.Any(w => w.Name == window.Name) && origin >= 0 ? was.Floors?.Series[origin] ?? EventTime.MinValue : floors?.Series[window.Series] ?? EventTime.MinValue;
    }

    /// <summary>The moment after the newest event that has been read of a source; <see cref="EventTime.MinValue"/> before the first.</summary>
    public static long Begins(LiveState live, string source)
    {
        var newest = live.Partitions.Where(p => p.Source == source).Select(static p => p.NewestEvent).DefaultIfEmpty(EventTime.MinValue).Max();
        return newest == EventTime.MinValue ? newest : newest + 1;
    }

    /// <summary>The old series that a window's tiles come from; -1 when it begins empty, as an exact one does where single moments were not kept.</summary>
    public static int Origin(StateMigration migration, WindowPlan window) =>
        window.Series < 0 || (window.Moments >= 0 && migration.Series[window.Moments] < 0) ? -1 : migration.Series[window.Series];

    /// <summary>Since when a feature of a kept view counts; null for always.</summary>
    public FeatureSince? Of(FeaturePlan feature)
    {
        var window = now.Layout.Windows[feature.Window];
        var slot = migration.Slots[feature.Slot];
        var divisor = feature.Divisor < 0 ? -1 : migration.Slots[feature.Divisor];
        if (slot < 0 || (feature.Divisor >= 0 && divisor < 0)) return Fresh(window);
        var kept = was.Layout.Features.Where(f => f.Slot == slot && f.Divisor == divisor).ToArray();
        // Made of accumulators of other aggregates: as old as the younger of these.
        if (kept.Length == 0) kept = [((int[])[slot, divisor]).Where(static s => s >= 0).Select(s => Oldest(s, window)).MaxBy(Time)!];
        var same = kept.FirstOrDefault(f => was.Layout.Windows[f.Window].Name == window.Name);
        if (same is not null && (window.Series < 0 || Origin(migration, window) >= 0 || window.Shape == WindowShape.Lifetime)) return Known(same);
        // The accumulators have counted since the earliest that any window over the same tiles knows.
        if (Array.FindAll(kept, f => was.Layout.Windows[f.Window] is { Shape: not WindowShape.Lifetime } w && w.Series == Origin(migration, window)) is { Length: > 0 } over) kept = over;
        var slotSince = Array.Exists(kept, f => Known(f) is null) ? null : kept.Select(Known).MinBy(static s => s!.Time);
        return OverNewWindow(window) is { } tiles && (slotSince is null || tiles.Time > slotSince.Time) ? tiles : slotSince is null ? null : At(slotSince.Time, now, window, slotSince.Positions);
    }

    /// <summary>Since when a window counts that the kept view did not have; null when all that it needs is still there.</summary>
    public FeatureSince? OverNewWindow(WindowPlan window)
    {
        var origin = Origin(migration, window);
        if (origin < 0) return Fresh(window);
        var tiles = was.Layout.Series[origin];
        // A window that is not longer than what its tiles are kept for is whole.
        var isKept = window.Shape != WindowShape.Lifetime && window.Size <= tiles.Retention - was.Layout.AllowedLateness;
        var earliest = isKept ? EventTime.MinValue : now.Layout.Series[window.Series].FirstFrom(tiles.EarliestKept(live.Watermark));
        earliest = Math.Max(earliest, Floor(window));
        return earliest == EventTime.MinValue ? null : At(earliest, now, window, []);
    }

    /// <summary>Of the features that are computed from an accumulator, the one that has counted longest; in that window, if it was there.</summary>
    private FeaturePlan Oldest(int slot, WindowPlan window)
    {
        var all = was.Layout.Features.Where(f => f.Slot == slot || f.Divisor == slot).ToArray();
        var inWindow = Array.FindAll(all, f => was.Layout.Windows[f.Window].Name == window.Name);
        return (inWindow.Length > 0 ? inWindow : all).MinBy(Time)!;
    }

    private long Time(FeaturePlan feature) => Known(feature)?.Time ?? EventTime.MinValue;

    private FeatureSince? Known(FeaturePlan feature) => was.Description.Features[was.Description.IndexOf(feature.Name)].Since;

    private static FeatureSince At(long time, ViewPlan view, WindowPlan window, ImmutableArray<string> positions) => new(time, window.Shape switch
    {
        WindowShape.Lifetime or WindowShape.Session => null,
        // Its rows lie elsewhere than at the source's event time.
        _ when view.Layout.Retracts && view.EventTime is not null => null,
        _ => window.EarliestEnd(EventTime.Ceiling(time, Math.Max(1, window.IsExact ? 1 : window.Resolution)), EventTime.MinValue),
    }, positions);
}
