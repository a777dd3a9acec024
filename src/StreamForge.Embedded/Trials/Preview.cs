using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Trials;

/// <summary>
/// Shows what each step makes of the first events of the sources. The events go through the real stages, planned as if a sink stood behind every source and transformation,
/// so that every column is there; nothing is written.
/// </summary>
public static class Preview
{
    /// <summary>Where looking for rows of one step ends.</summary>
    private const int MostEvents = 100_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <param name="only">The step to show, a source, transformation or view: reading goes on until it has <paramref name="limit"/> rows. Null for all steps after the first <paramref name="limit"/> events.</param>
    /// <exception cref="StreamForgeException">NotFound when there is no such step; whatever the source says when it cannot be read.</exception>
    public static async Task<PreviewResult> RunAsync(LoadedPipeline pipeline, string? only, int limit, TimeProvider clock, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        var plan = Tapped(pipeline);
        var steps = Steps(plan);
        if (only is not null && !steps.ContainsKey(only))
            throw new StreamForgeException(ErrorKind.NotFound, $"the pipeline {plan.Name} has no step '{only}'{DefinitionText.Suggest(only, steps.Keys)}");
        var sources = plan.Sources.Where(s => only is null || steps[only].Source == s.Name).ToArray();
        var stages = new TrialStages(plan, sources, clock);
        var rows = new PreviewRows(plan, limit);
        var events = 0L;
        try
        {
            foreach (var source in sources)
                events += await ReadAsync(pipeline.Sources.First(s => s.Name == source.Name), source, stages, rows, only ?? source.Name, limit, clock, cancellation);
        }
        finally
        {
            await stages.CompleteAsync();
        }
        var shown = plan.Sources.SelectMany(s => s.Transformations.Select(t => t.Name).Prepend(s.Name)).Concat(plan.Views.Select(v => v.Name))
            .Where(name => only is null ? steps.ContainsKey(name) : name == only);
        return new PreviewResult([.. shown.Select(name => rows.Step(name, stages.Features))], [.. rows.DeadLetters], [.. rows.Late], events);
    }

    private static async Task<long> ReadAsync(
        ISource source, SourcePlan plan, TrialStages stages, PreviewRows rows, string target, int limit, TimeProvider clock, CancellationToken cancellation)
    {
        var endless = plan.Definition.Options is ClickstreamSourceOptions { Events: null };
        var request = new ReadRequest(plan.Columns, limit, Bounded: !endless);
        await source.PrepareAsync(cancellation);
        var started = clock.GetTimestamp();
        var events = 0L;
        foreach (var partition in source.Partitions)
        {
            await using var reader = source.Open(partition, PartitionCursor.Start, request);
            while (rows.Count(target) < limit && events < MostEvents)
            {
                var read = await reader.ReadAsync(cancellation);
                if (read.State == ReadState.Finished) break;
                if (read.Batch is null)
                {
                    if (clock.GetElapsedTime(started) > Patience) break;
                    continue;
                }
                using var batch = read.Batch;
                var result = await stages.ProcessAsync(plan.Name, batch, rows.NoteKeys);
                events += result.Events;
                rows.Take(result);
                if (target == plan.Name && events >= limit) return events;
            }
        }
        return events;
    }

    /// <summary>The plan with a sink behind every source and transformation.</summary>
    private static PipelinePlan Tapped(LoadedPipeline pipeline)
    {
        var definition = pipeline.Plan.Definition;
        var nodes = definition.Sources.Select(s => (s.Name, s.Location)).Concat(definition.Transformations.Select(t => (t.Name, t.Location)));
        var taps = nodes.Select(n => new SinkDefinition(n.Name, n.Location, new FilesSinkOptions(""), new LocatedText(n.Name, n.Location, [n.Location.Column])));
        var schemas = pipeline.Plan.Sources.ToDictionary(s => s.Name, s => s.Schema, StringComparer.Ordinal);
        var planned = Planner.Plan(definition with { Sinks = [.. taps] }, schemas, [], pipeline.Plan.Lookups);
        return planned.Plan ?? throw new InvalidDefinitionException(planned.Faults);
    }

    private static Dictionary<string, (PreviewKind Kind, string Source)> Steps(PipelinePlan plan)
    {
        var steps = new Dictionary<string, (PreviewKind, string)>(StringComparer.Ordinal);
        foreach (var view in plan.Views) steps[view.Name] = (PreviewKind.View, view.Source);
        foreach (var source in plan.Sources)
        {
            steps[source.Name] = (PreviewKind.Source, source.Name);
            foreach (var transformation in source.Transformations) steps[transformation.Name] = (PreviewKind.Transformation, source.Name);
        }
        return steps;
    }
}
