using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Pipeline.Evolution;

/// <summary>What becomes of one view of the new definition.</summary>
/// <param name="Kept">Index of the kept view that its state comes from, among <see cref="LiveState.Views"/>; -1 when it begins empty.</param>
/// <param name="Migration">How each key's state is moved; null when it begins empty.</param>
/// <param name="Since">From when on features count that have not always; by name.</param>
/// <param name="BeginsToEmit">Whether a sink takes its closed windows that did not before.</param>
public sealed record ViewChange(int Kept, StateMigration? Migration, ImmutableSortedDictionary<string, FeatureSince> Since, bool BeginsToEmit)
{
    /// <summary>From which moment on parts of it count rows of a changelog; null for all rows. Kept with the state: without them rows from before would be taken out that were not added.</summary>
    public ViewFloors? Floors { get; init; }
}

/// <summary>A changed definition compared with the state that is kept: what becomes of each part, and how the state is moved. Made by <see cref="DefinitionComparison"/>.</summary>
/// <param name="Changes">A line for each part, in the order of the definition, what is gone last.</param>
/// <param name="Views">One a view of the new plan.</param>
/// <param name="Sources">Sources whose positions are kept.</param>
/// <param name="Sinks">Sinks whose commits are kept.</param>
public sealed record DefinitionChange(
    string Pipeline, long Checkpoint, ImmutableArray<Change> Changes, ImmutableArray<ViewChange> Views, ImmutableSortedSet<string> Sources, ImmutableSortedSet<string> Sinks)
{
    /// <summary>The plan of the changed definition with since when its features count and from when on its parts do.</summary>
    public PipelinePlan Restore(PipelinePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var views = plan.Views.Zip(Views).ToArray();
        var floors = views.Where(static v => v.Second.Floors is not null).ToDictionary(static v => v.First.Name, static v => v.Second.Floors!, StringComparer.Ordinal);
        return PlanFloors.With(PlanSince.With(plan, views.ToDictionary(static v => v.First.Name, static v => v.Second.Since, StringComparer.Ordinal)), floors);
    }

    /// <summary>Whether anything differs.</summary>
    public bool IsChange => Changes.Any(static c => c.Verdict != ChangeVerdict.Kept || c.Since is not null || c.Detail is not null);

    /// <summary>What stands in the way, in order.</summary>
    public IEnumerable<Change> Refused => Changes.Where(static c => c.Verdict == ChangeVerdict.Refused);

    /// <summary>What goes without having been named.</summary>
    public IEnumerable<Change> Destroyed => Changes.Where(static c => c.Destroys);

    /// <summary>Whether a run may take it in by itself: state keeps its meaning, and nothing that readers see begins, ends or becomes partial but whole views, sinks and sources that are new.</summary>
    public bool IsHarmless => Changes.All(TakesIn);

    /// <summary>Why a run may not take it in by itself, as a clause; null when it may.</summary>
    public string? Harm => Refused.Concat(Changes.Where(static c => !TakesIn(c))).FirstOrDefault() is { } first ? $"{first.Words} has changed over its live state: {first.Detail ?? first.Verdict.Word()}" : null;

    private static bool TakesIn(Change change) => change.Verdict switch
    {
        ChangeVerdict.Kept => change.Since is null && (change.Subject != ChangeSubject.Window || change.Detail is null),
        ChangeVerdict.Free => true,
        ChangeVerdict.New => change.Subject is ChangeSubject.View or ChangeSubject.Source || (change.Subject == ChangeSubject.Sink && change.Since is null),
        _ => false,
    };

    /// <summary>Whether the state's bytes stay as they are.</summary>
    public bool KeepsBytes(LiveState live, PipelinePlan plan)
    {
        ArgumentNullException.ThrowIfNull(live);
        ArgumentNullException.ThrowIfNull(plan);
        return live.Views.All(k => plan.Views.FirstOrDefault(v => v.Name == k.Name) is { } view && view.Fits(k.Fingerprint)) && Views.All(static v => v.Kept < 0 || !v.BeginsToEmit);
    }
}
