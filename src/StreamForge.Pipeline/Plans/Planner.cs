using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Emissions;
using StreamForge.Sql.Lookups;

namespace StreamForge.Pipeline.Plans;

/// <summary>
/// Binds a definition to the schemas of its sources. Works forwards from the sources to find every name and type, then backwards from views and sinks to
/// find which columns are needed at all, so that sources decode, and can misfit in, only those. Goes on after a fault as far as names can be resolved,
/// so that one run finds all of them.
/// </summary>
public static class Planner
{
    /// <param name="definition">The definition, possibly with parts missing that had faults of their own.</param>
    /// <param name="schemas">Each source's schema; a source that is missing here is treated as broken.</param>
    /// <param name="broken">Names that could not be read; nothing more is said about what depends on them.</param>
    /// <param name="lookups">The tables that transformations declare; one whose table is missing here is treated as broken.</param>
    public static PlanResult Plan(
        PipelineDefinition definition, IReadOnlyDictionary<string, Schema> schemas, ImmutableHashSet<string> broken, IReadOnlyDictionary<LookupReference, LookupTable>? lookups = null)
    {
        ArgumentNullException.ThrowIfNull(definition);
        lookups ??= ImmutableDictionary<LookupReference, LookupTable>.Empty;
        var faults = ImmutableArray.CreateBuilder<Fault>();
        var nodes = new NodeGraph(definition, schemas, lookups, broken, faults);
        var views = new List<ViewPlan>();
        foreach (var view in definition.Views)
        {
            if (nodes.Find(view.Input.Value) is not { } input) continue;
            ChangelogChecks.View(definition.Sources.First(s => s.Name == input.Source), view, nodes.Schema(input), nodes.RecordColumns(input), faults);
            if (broken.Contains(view.Name)) ViewPlanner.Check(view, nodes.Schema(input), definition.Sources.Any(s => s.Name == input.Source && s.Changelog is not null), faults);
            else if (ViewPlanner.Plan(definition, view, input, nodes, faults) is { } plan) views.Add(plan);
        }
        var sinks = ImmutableArray.CreateBuilder<SinkPlan>();
        foreach (var sink in definition.Sinks)
        {
            if (views.FindIndex(v => v.Name == sink.Input.Value) is >= 0 and var view)
            {
                if (ClosedWindowSchema.Plan(sink, views[view], view, faults) is { } closed) sinks.Add(SinkPlanner.Bind(closed, sinks, faults));
                continue;
            }
            if (nodes.Find(sink.Input.Value) is not { } input) continue;
            sinks.Add(SinkPlanner.Bind(new SinkPlan(sink, input.Source, input.Index, View: -1, nodes.Schema(input)), sinks, faults));
        }
        var services = ServicePlanner.Plan(definition, views, broken, faults);
        var isWhole = definition.Sources.All(s => schemas.ContainsKey(s.Name) && !broken.Contains(s.Name))
            && definition.Transformations.All(t => t.Lookups.All(l => lookups.ContainsKey(new LookupReference(t.Name, l.Name))));
        if (faults.Count > 0 || !isWhole) return new PlanResult(null, faults.ToImmutable());

        var viewPlans = views.ToImmutableArray();
        var sinkPlans = sinks.ToImmutable();
        var sources = definition.Sources.Select(s => nodes.Restrict(s, viewPlans, sinkPlans)).ToImmutableArray();
        return new PlanResult(new PipelinePlan(definition, sources, viewPlans, services, sinkPlans), []);
    }
}

/// <summary>A source (index 0) or one of the transformations that hang on it (from 1).</summary>
public readonly record struct NodeReference(string Source, int Index);
