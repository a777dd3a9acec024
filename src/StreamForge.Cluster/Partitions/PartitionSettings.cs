using StreamForge.Cluster.KeyGroups;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Cluster.Partitions;

/// <summary>One partition of a pipeline.</summary>
/// <param name="Plan">The pipeline.</param>
/// <param name="Id">The partition.</param>
/// <param name="Index">Its index among all partitions of the pipeline, which never changes; below 32,768.</param>
/// <param name="Partitions">Partitions of the pipeline.</param>
public sealed record PartitionSettings(PipelinePlan Plan, PartitionId Id, int Index, int Partitions)
{
    /// <summary>Events that may be received and not durable; who brings more waits.</summary>
    public long MostOutstanding { get; init; } = 500_000;

    /// <summary>Partitions of its source.</summary>
    public int SourcePartitions { get; init; } = Partitions;

    /// <summary>Bytes of images that may have changed and not be durable; who brings more waits.</summary>
    public long MostChangedImageBytes { get; init; } = 64 << 20;

    /// <summary>Bytes of images that are kept as storage has them, so that they need not be asked for again.</summary>
    public long MostCachedImageBytes { get; init; } = 32 << 20;

    /// <summary>Images of one write of the record at most, unless one batch changes more.</summary>
    public int MostImagesAtOnce { get; init; } = 50_000;

    public SourcePlan Source => Plan.Source(Id.Source);

    /// <summary>Whether rows of its source are taken out again, too.</summary>
    public bool IsChangelog => Source.Definition.Changelog is not null;
}

/// <summary>What a partition works with.</summary>
/// <param name="Cluster">The other parts.</param>
/// <param name="Records">Where its record is.</param>
/// <param name="Images">Where images of rows are stored.</param>
/// <param name="Stream">Where its batches come from.</param>
/// <param name="Decoder">What turns them into rows.</param>
/// <param name="Placement">Who owns which keys; a silo's parts may share it.</param>
/// <param name="Clock">For idleness, waiting, and SQL's NOW.</param>
public sealed record PartitionPorts(ICluster Cluster, IRecordStorage Records, IImageStorage Images, IPartitionStream Stream, IPollDecoder Decoder, KeyPlacement Placement, TimeProvider Clock);

/// <summary>What a partition makes of a batch that it is brought.</summary>
public enum BatchAnswer : byte
{
    /// <summary>Every key and sink has it in memory.</summary>
    Applied,

    /// <summary>It was taken before; go on with the next one.</summary>
    Seen,

    /// <summary>It was not taken. What comes next is what the last <see cref="IPartitionStream.RewindAsync"/> asks for; one that is to come is asked for when the pipeline runs again.</summary>
    Refused,
}
