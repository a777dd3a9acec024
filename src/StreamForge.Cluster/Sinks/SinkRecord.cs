using System.Collections.Immutable;

namespace StreamForge.Cluster.Sinks;

/// <summary>What is kept of a sink: the commit point of its rows.</summary>
/// <param name="Checkpoint">How many commits have been prepared.</param>
/// <param name="Pending">The last prepared commit, made visible or not; null when there was nothing to commit.</param>
/// <param name="Positions">For each partition one past the last offset whose rows are in this commit or an earlier one.</param>
/// <param name="ClosedRows">Rows of closed windows written so far; the number of the next one.</param>
public sealed record SinkRecord(long Checkpoint, string? Pending, ImmutableSortedDictionary<int, long> Positions, long ClosedRows)
{
    /// <summary>A sink that has never written.</summary>
    public static SinkRecord New { get; } = new(0, null, ImmutableSortedDictionary<int, long>.Empty, 0);

    /// <summary>The record's name.</summary>
    public static string NameOf(string sink) => $"sink/{sink}";
}
