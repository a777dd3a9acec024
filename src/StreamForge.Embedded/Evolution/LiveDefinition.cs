using System.Text.Json;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Embedded.Storage;
using StreamForge.Pipeline.Changes;
using StreamForge.Pipeline.Evolution;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Evolution;

/// <summary>
/// The definition that a data directory's state of a pipeline was made by, and that state's newest checkpoint. Reads only.
/// <para>
/// The definition is the one in <c>catalog/</c>, but for a checkpoint that moved state to a changed definition: that one carries it, as both change in one step.
/// </para>
/// </summary>
/// <param name="Entry">The definition.</param>
/// <param name="Plan">Its plan, with what is known of since when its features count.</param>
/// <param name="Checkpoint">The newest whole one.</param>
public sealed record LiveDefinition(CatalogEntry Entry, PipelinePlan Plan, CheckpointManifest Checkpoint)
{
    /// <summary>The definition and state of a pipeline; null where there is no state.</summary>
    /// <exception cref="StreamForgeException">Corrupt when either cannot be read.</exception>
    public static LiveDefinition? Find(DataDirectory data, string pipeline)
    {
        ArgumentNullException.ThrowIfNull(data);
        var checkpoint = new CheckpointDirectory(data.Checkpoints(pipeline)).LoadNewest(_ => true, hasSinks: false);
        if (checkpoint is null || EntryOf(data, pipeline, checkpoint) is not { } entry) return null;
        return new LiveDefinition(entry, checkpoint.Restore(entry.Plan()), checkpoint);
    }

    /// <summary>The definition that counts; null when there is none.</summary>
    /// <param name="checkpoint">The newest one, or null.</param>
    public static CatalogEntry? EntryOf(DataDirectory data, string pipeline, CheckpointManifest? checkpoint)
    {
        ArgumentNullException.ThrowIfNull(data);
        return checkpoint?.Definition is { } moved ? JsonSerializer.Deserialize<CatalogEntry>(moved) : CatalogEntry.Find(data, pipeline);
    }

    /// <summary>The state as comparisons see it.</summary>
    public LiveState State => new LiveState(
        Checkpoint.Id, Checkpoint.Watermark,
        [.. Checkpoint.Partitions.Select(static p => new LivePartition(p.Source, p.Partition, p.Position, p.NewestEvent) { Images = p.Images is { } images ? ImageColumns.Parse(images.Columns) : null })],
        [.. Checkpoint.Views.Select(static v => new KeptView(v.Name, v.Fingerprint, v.ClosedRows is not null))], [.. Checkpoint.Sinks.Select(static s => s.Name)]).Under(Plan);

    /// <summary>What a changed definition does to the state.</summary>
    public DefinitionChange Compare(PipelinePlan now, ChangeRequest request) => DefinitionComparison.Compare(Plan, now, State, request);
}
