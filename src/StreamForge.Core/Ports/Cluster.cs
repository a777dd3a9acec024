using System.Collections.Immutable;

namespace StreamForge.Core;

/// <summary>Where a node is between its start and its end.</summary>
public enum NodeState : byte
{
    /// <summary>It has started and is not yet a member.</summary>
    Joining,

    /// <summary>It takes its part of the keys and partitions.</summary>
    Active,

    /// <summary>It hands over what it has, and then leaves.</summary>
    Leaving,

    /// <summary>It has left, or was taken for lost.</summary>
    Dead,
}

/// <summary>One run of one node of a cluster.</summary>
/// <param name="Silo">Address and generation, such as <c>10.0.0.7:11111@148312</c>: another run has another.</param>
/// <param name="Name">The name that the node has for people, such as its host's.</param>
/// <param name="Started">Microseconds.</param>
/// <param name="Keys">Keys that are active in it; null where nobody has said.</param>
public sealed record ClusterNode(string Silo, string Name, NodeState State, long Started, long? Keys);

/// <summary>How far a partition of a source is. Positions are next offsets: everything before one is included.</summary>
/// <param name="Silo">Where its owner is active; null where it is not known.</param>
/// <param name="Received">Taken from the topic.</param>
/// <param name="Applied">In the memory of every key and sink that it concerns.</param>
/// <param name="Durable">In storage.</param>
/// <param name="End">The topic's end as last seen; null where it is not known.</param>
/// <param name="Rewinds">How often its owner has gone back to <paramref name="Durable"/>.</param>
/// <param name="Failure">Why it cannot go on; null while it can.</param>
public sealed record PartitionPositions(string Pipeline, string Source, int Partition, string? Silo, long Received, long Applied, long Durable, long? End, long Rewinds, string? Failure)
{
    /// <summary>Records that wait in the topic; null where its end is not known.</summary>
    public long? Lag => End is { } end ? Math.Max(0, end - Applied) : null;
}

/// <summary>A cluster as one of its nodes sees it.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Here">The node that was asked: a <see cref="ClusterNode.Silo"/>.</param>
/// <param name="Nodes">Those that are members or were, the youngest last.</param>
public sealed record ClusterStatus(string Id, string Here, ImmutableArray<ClusterNode> Nodes, ImmutableArray<PartitionPositions> Partitions);

/// <summary>How a cluster is: the port between the control plane and the host that has one. Safe from any thread.</summary>
public interface IClusterReader
{
    /// <summary>Asks whoever has to be asked.</summary>
    /// <exception cref="StreamForgeException">Unavailable when they do not answer.</exception>
    ValueTask<ClusterStatus> ReadAsync(CancellationToken cancellation);
}

/// <summary>Starts and stops the pipelines of a host. Safe from any thread; both may be repeated.</summary>
public interface IPipelineSwitch
{
    /// <summary>From now on the pipeline takes what comes.</summary>
    /// <param name="pipeline">One of <see cref="IPipelineReader.Read"/>.</param>
    ValueTask StartAsync(string pipeline, CancellationToken cancellation);

    /// <summary>The pipeline takes nothing new and comes to rest; it stays stopped over restarts. Lookups go on.</summary>
    ValueTask StopAsync(string pipeline, CancellationToken cancellation);
}
