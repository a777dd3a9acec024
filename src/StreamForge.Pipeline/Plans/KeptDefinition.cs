using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Pipeline.Plans;

/// <summary>A view whose state is kept.</summary>
/// <param name="Fingerprint">The plan's when the state was begun.</param>
/// <param name="Emits">Whether its closed windows were kept for a sink.</param>
public sealed record KeptView(string Name, ImmutableArray<string> Fingerprint, bool Emits);

/// <summary>What a pipeline's kept state was made by, as far as a changed definition must fit it.</summary>
/// <param name="Sources">Names of sources whose positions are kept.</param>
/// <param name="Sinks">Names of sinks whose commits are kept.</param>
public sealed record KeptDefinition(ImmutableArray<KeptView> Views, ImmutableArray<string> Sources, ImmutableArray<string> Sinks)
{
    /// <summary>What state of this plan will be kept with.</summary>
    public static KeptDefinition Of(PipelinePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new KeptDefinition(
            [.. plan.Views.Select((v, i) => new KeptView(v.Name, v.Fingerprint, plan.Emits(i)))], [.. plan.Sources.Select(s => s.Name)], [.. plan.Sinks.Select(s => s.Name)]);
    }

    /// <summary>Refuses a definition under which the kept state would mean something else.</summary>
    /// <param name="plan">The plan that is to go on with the state.</param>
    /// <param name="remedy">What a person can do, besides putting the difference back: <c>or run with another --data-dir</c>.</param>
    /// <exception cref="StreamForgeException">Conflict, with the first difference.</exception>
    public void CheckFits(PipelinePlan plan, string remedy)
    {
        ArgumentNullException.ThrowIfNull(plan);
        foreach (var kept in Views)
        {
            var view = plan.Views.FirstOrDefault(v => v.Name == kept.Name)
                ?? throw Changed(plan, $"the view {kept.Name} is no longer in the file, but its state is kept", remedy);
            if (!view.Fits(kept.Fingerprint))
                throw Changed(plan, $"the view {kept.Name} has changed over its live state: {Difference(kept.Fingerprint, view.Fingerprint)}", remedy);
            if (!kept.Emits && plan.Sinks.FirstOrDefault(s => s.View >= 0 && plan.Views[s.View].Name == kept.Name) is { } sink)
                throw Changed(plan, $"the sink {sink.Name} over the closed windows of {kept.Name} is new, and what it missed is not kept", remedy);
        }
        foreach (var source in Sources)
        {
            if (plan.Sources.All(s => s.Name != source)) throw Changed(plan, $"the source {source} is no longer in the file, but its position is kept", remedy);
        }
        foreach (var sink in Sinks)
        {
            if (plan.Sinks.All(s => s.Name != sink)) throw Changed(plan, $"the sink {sink} is no longer in the file, but its commits are kept", remedy);
        }
    }

    private static string Difference(ImmutableArray<string> kept, ImmutableArray<string> wanted) =>
        (kept.Except(wanted).FirstOrDefault(), wanted.Except(kept).FirstOrDefault()) switch
        {
            (null, null) => "its aggregates stand in another order",
            (null, var now) => $"'{now}' is new",
            (var was, null) => $"'{was}' is gone",
            (var was, var now) => $"it was '{was}' and is now '{now}'",
        };

    private static StreamForgeException Changed(PipelinePlan plan, string difference, string remedy) => new(ErrorKind.Conflict, $"{plan.Name}: {difference}; put it back, {remedy}");
}
