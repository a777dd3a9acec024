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
internal sealed class SinceRules(ViewPlan was, ViewPlan now, StateMigration migration, LiveState live)
{
    /// <summary>Since when a feature counts that begins empty: every event after the newest one that has been read. Null when nothing has been.</summary>
    public static FeatureSince? Fresh(LiveState live, string source, WindowPlan window) => Begins(live, source) is var begins && begins == EventTime.MinValue
        ? null
        : At(begins, window, [.. live.Partitions.Where(p => p.Source == source).Select(static p => $"{p.Source}/{p.Partition} at {p.Position}")]);

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
        if (slot < 0 || (feature.Divisor >= 0 && divisor < 0)) return Fresh(live, now.Source, window);
        var kept = was.Layout.Features.Where(f => f.Slot == slot && f.Divisor == divisor).ToArray();
        // Made of accumulators of several aggregates: as old as the youngest of these.
        if (kept.Length == 0) kept = [was.Layout.Features.Where(f => f.Slot == slot || f.Divisor == slot || f.Slot == divisor || f.Divisor == divisor).MaxBy(f => Known(f)?.Time ?? EventTime.MinValue)!];
        var same = kept.FirstOrDefault(f => was.Layout.Windows[f.Window].Name == window.Name);
        if (same is not null && (window.Series < 0 || Origin(migration, window) >= 0 || window.Shape == WindowShape.Lifetime)) return Known(same);
        // The accumulators have counted since the earliest that any window over them knows.
        var slotSince = Array.Exists(kept, f => Known(f) is null) ? null : kept.Select(Known).MinBy(static s => s!.Time);
        return OverNewWindow(window) is { } tiles && (slotSince is null || tiles.Time > slotSince.Time) ? tiles : slotSince is null ? null : At(slotSince.Time, window, slotSince.Positions);
    }

    /// <summary>Since when a window counts that the kept view did not have; null when all that it needs is still there.</summary>
    public FeatureSince? OverNewWindow(WindowPlan window)
    {
        var origin = Origin(migration, window);
        if (origin < 0) return Fresh(live, now.Source, window);
        var tiles = was.Layout.Series[origin];
        // A window that is not longer than what its tiles are kept for is whole.
        if (window.Shape != WindowShape.Lifetime && window.Size <= tiles.Retention - was.Layout.AllowedLateness) return null;
        var earliest = tiles.EarliestKept(live.Watermark);
        return earliest == EventTime.MinValue ? null : At(EventTime.Ceiling(earliest, Math.Max(1, window.Resolution)), window, []);
    }

    private FeatureSince? Known(FeaturePlan feature) => was.Description.Features[was.Description.IndexOf(feature.Name)].Since;

    private static FeatureSince At(long time, WindowPlan window, ImmutableArray<string> positions) => new(time, window.Shape switch
    {
        WindowShape.Lifetime or WindowShape.Session => null,
        _ => window.EarliestEnd(EventTime.Ceiling(time, Math.Max(1, window.IsExact ? 1 : window.Resolution)), EventTime.MinValue),
    }, positions);
}
