using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Pipeline.Evolution;

/// <summary>
/// The floors (<see cref="ViewFloors"/>) of a view's parts after its definition has been changed over a changelog. What goes on keeps its floor. What begins has one a microsecond after the newest event that its source has brought. A
/// series whose tiles are now kept for longer has none of those that had gone, for any key; a new lifetime window counts the tiles that every key still has.
/// </summary>
internal sealed class FloorRules(ViewPlan was, ViewPlan now, StateMigration migration, long begins, long watermark)
{
    /// <summary>The floors of a view that begins as a whole; null for none.</summary>
    public static ViewFloors? Begin(ViewPlan view, long begins) => view.Layout.Retracts && begins != EventTime.MinValue ? ViewFloors.Of(view, begins) : null;

    /// <summary>Why a source's rows cannot be told by their time, so that nothing can begin over it; null when they can.</summary>
    public static string? Obstacle(SourceDefinition source) => ChangelogChecks.CountsAtChangeTime(source)
        ? $"the source {source.Name} gives rows the time of their change, and with 'before: full' nothing says which of them were there before; write before: stored, or compute everything anew with another --data-dir"
        : null;

    /// <summary>The floors of a kept view; null for none.</summary>
    public ViewFloors? Compute()
    {
        if (!now.Layout.Retracts || (was.Floors is null && begins == EventTime.MinValue)) return null;
        var floors = new ViewFloors(
            was.Floors?.View ?? EventTime.MinValue,
            [.. migration.Slots.Select(slot => slot < 0 ? begins : was.Floors?.Slots[slot] ?? EventTime.MinValue)],
            [.. migration.Series.Select((_, s) => OfSeries(s))], Lifetime());
        return floors.AreNone ? null : floors;
    }

    /// <summary>Whether a series, or a lifetime window that nothing is kept of, begins empty beside what goes on.</summary>
    public bool HasEmptyWindow => begins != EventTime.MinValue && (migration.Series.Contains(-1) || (BeginsLifetime && now.Layout.Series.IsEmpty));

    private bool BeginsLifetime => now.Layout.HasLifetime && !was.Layout.HasLifetime;

    private long OfSeries(int series)
    {
        var (to, origin) = (now.Layout.Series[series], migration.Series[series]);
        if (origin < 0) return to.FirstFrom(begins);
        var kept = was.Floors is { } floors ? to.FirstFrom(floors.Series[origin]) : EventTime.MinValue;
        var gone = to.FirstFrom(was.Layout.Series[origin].EarliestKept(watermark));
        return to.EarliestKept(watermark) < gone ? Math.Max(kept, gone) : kept;
    }

    private long Lifetime()
    {
        if (!BeginsLifetime) return now.Layout.HasLifetime ? was.Floors?.Lifetime ?? EventTime.MinValue : EventTime.MinValue;
        if (now.Layout.Series.IsEmpty || migration.Series[0] < 0) return begins;
        return Math.Max(OfSeries(0), now.Layout.Series[0].FirstFrom(was.Layout.Series[migration.Series[0]].EarliestKept(watermark)));
    }
}
