using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Embedded.Storage;
using StreamForge.Pipeline.Evolution;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Evolution;

/// <summary>What a run does with a definition before it goes on with the state that is there. The caller holds the data directory's lock.</summary>
public static class ResumedDefinition
{
    /// <summary>
    /// The pipeline with since when its features count. A change that is harmless is taken in: other places of aggregates, a longer allowed lateness, whole views, sources and sinks that are new. Any other is refused.
    /// </summary>
    /// <param name="warehouse">The location of the pipeline's tables.</param>
    /// <returns>The same object when there is nothing to say.</returns>
    /// <exception cref="StreamForgeException">Conflict, with the first difference and what can be done.</exception>
    public static async Task<LoadedPipeline> ResumeAsync(LoadedPipeline pipeline, DataDirectory data, string warehouse, TimeProvider clock, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(data);
        var checkpoint = new CheckpointDirectory(data.Checkpoints(pipeline.Plan.Name)).LoadNewest(_ => true, hasSinks: false);
        if (checkpoint is null) return pipeline;
        var resumed = With(pipeline, checkpoint.Restore(pipeline.Plan));
        if (LiveDefinition.Find(data, pipeline.Plan.Name) is not { } live) return resumed;
        var keepsNumbers = KeepsNumbers(live.Plan, pipeline.Plan);
        if (keepsNumbers && IsUnchanged(pipeline.Plan, checkpoint)) return resumed;
        var change = live.Compare(pipeline.Plan, ChangeRequest.None);
        if (change.Harm is { } harm)
        {
            Recovery.CheckFits(pipeline.Plan, checkpoint);
            throw new StreamForgeException(ErrorKind.Conflict, $"{pipeline.Plan.Name}: {harm}; put it back, or take it in with ./streamforge apply FILE (./streamforge diff FILE shows what it does)");
        }
        // What was written by a former release is written anew, so that a column which nothing reads is no difference.
        var fits = checkpoint.Views.All(k => pipeline.Plan.Views.Any(v => v.Name == k.Name && v.Fits(k.Fingerprint)));
        if (!fits || !keepsNumbers || !change.KeepsBytes(live.State, pipeline.Plan)) await DefinitionApply.ApplyAsync(live, pipeline, change, data, warehouse, clock, cancellation);
        return With(pipeline, change.Restore(pipeline.Plan));
    }

    /// <summary>Whether closed windows that go to sinks are known by the numbers that they have now.</summary>
    private static bool KeepsNumbers(PipelinePlan was, PipelinePlan now) => now.Views.Index().All(v =>
        !now.Emits(v.Index) || was.Views.FirstOrDefault(w => w.Name == v.Item.Name) is not { } old || WindowMigration.KeepsNumbers(old.Layout, v.Item.Layout));

    private static bool IsUnchanged(PipelinePlan plan, CheckpointManifest checkpoint) =>
        plan.Views.Length == checkpoint.Views.Length && plan.Views.All(v => checkpoint.Views.FirstOrDefault(k => k.Name == v.Name) is { } kept && v.Fits(kept.Fingerprint))
        && plan.Sinks.Length == checkpoint.Sinks.Length && plan.Sinks.All(s => checkpoint.Sinks.Any(k => k.Name == s.Name))
        && plan.Sources.All(s => checkpoint.Partitions.Any(p => p.Source == s.Name)) && checkpoint.Partitions.All(p => plan.Sources.Any(s => s.Name == p.Source));

    private static LoadedPipeline With(LoadedPipeline pipeline, PipelinePlan plan) => ReferenceEquals(plan, pipeline.Plan) ? pipeline : pipeline with { Plan = plan };
}
