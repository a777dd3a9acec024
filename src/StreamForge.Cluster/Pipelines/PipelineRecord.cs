using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Cluster.Pipelines;

/// <summary>What is kept of a pipeline.</summary>
/// <param name="Start">How often it has been started.</param>
/// <param name="Failure">Why it has stopped by itself; null when it has not.</param>
/// <param name="Watermark">At least what has been told, microseconds.</param>
public sealed record PipelineRecord(PipelineOrder Order, long Start, string? Failure, long Watermark)
{
    /// <summary>The record's name.</summary>
    public const string Name = "pipeline";

    /// <summary>A pipeline that has never run: it is meant to.</summary>
    public static PipelineRecord New { get; } = new(PipelineOrder.Run, 1, null, EventTime.MinValue);
}

/// <summary>What the kept state was made by, and which partition has which index.</summary>
/// <param name="Partitions">By index; a partition keeps its index for ever, as positions in keys' states are kept under it.</param>
public sealed record DefinitionRecord(KeptDefinition Kept, ImmutableArray<PartitionId> Partitions)
{
    /// <summary>The record's name.</summary>
    public const string Name = "definition";

    /// <summary>The remedy for a definition that does not fit.</summary>
    private const string Remedy = "take it in with ./streamforge apply FILE --postgres URL, or give the pipeline another name to compute everything again";

    /// <summary>The number of the state that was imported, or moved to a changed definition; 0 where neither has happened.</summary>
    public long Checkpoint { get; init; }

    /// <summary>What is kept from now on: partitions that are new come after those that are known.</summary>
    /// <param name="kept">What has been kept; null at the first start.</param>
    /// <param name="partitions">The partitions that the sources have now, in order of sources and numbers.</param>
    /// <exception cref="StreamForgeException">Conflict: the plan does not fit what is kept, or a partition is gone.</exception>
    public static DefinitionRecord Next(DefinitionRecord? kept, PipelinePlan plan, ImmutableArray<PartitionId> partitions)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (kept is null) return new DefinitionRecord(KeptDefinition.Of(plan), partitions);
        kept.Kept.CheckFits(plan, Remedy);
        foreach (var partition in kept.Partitions)
        {
            if (!partitions.Contains(partition))
                throw new StreamForgeException(ErrorKind.Conflict, $"{plan.Name}: the partition {partition} is gone, but its position is kept; a topic's partitions cannot become fewer; give the pipeline another name to compute everything again");
        }
        return new DefinitionRecord(KeptDefinition.Of(plan), [.. kept.Partitions, .. partitions.Except(kept.Partitions)]) { Checkpoint = kept.Checkpoint };
    }
}
