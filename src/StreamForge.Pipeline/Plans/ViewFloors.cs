using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Pipeline.Plans;

/// <summary>
/// The moments from which on the parts of a view over a changelog count rows, where they began after rows had been read.
/// <para>
/// A row that is taken out must have been added, and rows from before were not added to what begins at a checkpoint. So each part has a <b>floor</b>, one microsecond after the newest event time that its source had brought by then: no row at
/// or after it had been added, and every row before it passes the part by, now and whenever it is changed, moved or deleted later. The part is then exactly what it would be over the rows at or after its floor.
/// </para>
/// Microseconds of the source's event time; <see cref="EventTime.MinValue"/> for a part that counts all rows. Slots and series stand in the order of the view's fingerprint, with which they are kept.
/// </summary>
/// <param name="View">A row before it is not of the view.</param>
/// <param name="Slots">One an accumulator.</param>
/// <param name="Series">One a series of tiles: it has none that begin before.</param>
/// <param name="Lifetime">Of the lifetime window.</param>
public sealed record ViewFloors(long View, ImmutableArray<long> Slots, ImmutableArray<long> Series, long Lifetime)
{
    /// <summary>Whether every part counts all rows.</summary>
    public bool AreNone => View == EventTime.MinValue && Lifetime == EventTime.MinValue && Slots.All(static s => s == EventTime.MinValue) && Series.All(static s => s == EventTime.MinValue);

    /// <summary>Those of a view that begins as a whole.</summary>
    public static ViewFloors Of(ViewPlan view, long begins)
    {
        ArgumentNullException.ThrowIfNull(view);
        return new ViewFloors(begins, [.. view.Layout.Slots.Select(_ => begins)], [.. view.Layout.Series.Select(static _ => EventTime.MinValue)], EventTime.MinValue);
    }

    public bool Equals(ViewFloors? other) =>
        other is not null && View == other.View && Lifetime == other.Lifetime && Slots.SequenceEqual(other.Slots) && Series.SequenceEqual(other.Series);

    public override int GetHashCode() => HashCode.Combine(View, Lifetime, Slots.Length, Series.Length);
}

/// <summary>Floors belong to the state, not to the definition, and so come to a plan from outside.</summary>
public static class PlanFloors
{
    /// <summary>The plan with the floors of each view that has any; the same object when it has them already.</summary>
    /// <param name="floors">By view.</param>
    public static PipelinePlan With(PipelinePlan plan, IReadOnlyDictionary<string, ViewFloors> floors)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(floors);
        var views = plan.Views.Select(v => With(v, floors.GetValueOrDefault(v.Name))).ToImmutableArray();
        return views.Zip(plan.Views).All(static p => ReferenceEquals(p.First, p.Second)) ? plan : plan with { Views = views };
    }

    /// <summary>A view with its floors. Those that were kept of another definition, which does not fit, are left out.</summary>
    public static ViewPlan With(ViewPlan view, ViewFloors? floors)
    {
        ArgumentNullException.ThrowIfNull(view);
        if (floors is not null && (floors.AreNone || floors.Slots.Length != view.Layout.Slots.Length || floors.Series.Length != view.Layout.Series.Length)) floors = null;
        if (Equals(view.Floors, floors)) return view;
        return view with
        {
            Floors = floors,
            Layout = floors is null ? view.Layout.WithFloors([.. view.Layout.Series.Select(static _ => EventTime.MinValue)], EventTime.MinValue) : view.Layout.WithFloors(floors.Series, floors.Lifetime),
        };
    }
}
