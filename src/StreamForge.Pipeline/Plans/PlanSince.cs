using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Pipeline.Plans;

/// <summary>From when on features count that were taken into a pipeline that had been running; it belongs to the state, not to the definition, and so comes to a plan from outside.</summary>
public static class PlanSince
{
    /// <summary>The plan with what is known of each view's features; the same object when it knows that already.</summary>
    /// <param name="since">By view and feature; a feature that is missing has always counted.</param>
    public static PipelinePlan With(PipelinePlan plan, IReadOnlyDictionary<string, ImmutableSortedDictionary<string, FeatureSince>> since)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(since);
        var views = plan.Views.Select(v => With(v, since.GetValueOrDefault(v.Name) ?? ImmutableSortedDictionary<string, FeatureSince>.Empty)).ToImmutableArray();
        return views.Zip(plan.Views).All(static p => ReferenceEquals(p.First, p.Second)) ? plan : plan with { Views = views };
    }

    /// <summary>What a plan knows of a view.</summary>
    public static ImmutableSortedDictionary<string, FeatureSince> Of(ViewPlan view)
    {
        ArgumentNullException.ThrowIfNull(view);
        return view.Description.Features.Where(static f => f.Since is not null).ToImmutableSortedDictionary(static f => f.Name, static f => f.Since!, StringComparer.Ordinal);
    }

    /// <summary>A derived feature counts from when on all do that it reads.</summary>
    private static ViewPlan With(ViewPlan view, ImmutableSortedDictionary<string, FeatureSince> since)
    {
        FeatureSince? Since(FeatureDescription feature) => feature.Window >= 0
            ? since.GetValueOrDefault(feature.Name)
            : feature.Inputs.Select(i => since.GetValueOrDefault(i)).Where(static s => s is not null).MaxBy(static s => (s!.WholeFrom ?? long.MaxValue, s.Time));
        var features = view.Description.Features.Select(f => Since(f) is var now && Same(now, f.Since) ? f : f with { Since = now }).ToImmutableArray();
        return features.Zip(view.Description.Features).All(static p => ReferenceEquals(p.First, p.Second)) ? view : view with { Description = view.Description with { Features = features } };
    }

    private static bool Same(FeatureSince? a, FeatureSince? b) => a is null || b is null
        ? a is null && b is null
        : a.Time == b.Time && a.WholeFrom == b.WholeFrom && a.Positions.SequenceEqual(b.Positions);
}
