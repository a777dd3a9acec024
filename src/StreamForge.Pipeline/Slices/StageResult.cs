using StreamForge.Core;

namespace StreamForge.Pipeline.Slices;

/// <summary>What one stage did with one read.</summary>
/// <param name="Rows">Rows that came out of a source or transformation, or that a view folded into its state; of a changelog, those that add.</param>
/// <param name="DeadLetters">Events that became dead letters there.</param>
/// <param name="Late">Rows that missed at least one window of the view.</param>
/// <param name="Expired">Updates and deletes of a changelog that met nothing but what the view had dropped.</param>
public readonly record struct NodeCount(int Rows, int DeadLetters, int Late = 0, int Expired = 0);

/// <summary>What came of one read: slices for the shards, batches for the sinks, records for the ledgers. Whoever takes it passes each part on or releases it.</summary>
public sealed class StageResult
{
    public List<ViewSlice> Slices { get; } = [];

    /// <summary>Index of a sink in the plan and its rows; one reference each.</summary>
    public List<(int Sink, ColumnBatch Batch)> SinkBatches { get; } = [];

    public List<DeadLetter> DeadLetters { get; } = [];

    public List<LateRecord> Late { get; } = [];

    /// <summary>Events read, decodable or not. Of a changelog: changes, not images, duplicates included.</summary>
    public int Events { get; set; }

    /// <summary>Events read that change nothing by themselves; not among <see cref="Events"/>.</summary>
    public int PassedOver { get; set; }

    /// <summary>Events of a changelog that had come before and were left out.</summary>
    public int Duplicates { get; set; }

    /// <summary>Truncates of a changelog.</summary>
    public int Truncates { get; set; }

    /// <summary>Changes of which something was missing: each is a record in the late ledger and degrades the source's views.</summary>
    public int Orphans { get; set; }

    /// <summary>Rows after the transformations that views and sinks took; of a changelog, those that add.</summary>
    public int Rows { get; set; }

    /// <summary>Rows outside a view because a part of their key is null.</summary>
    public int NullKeys { get; set; }

    /// <summary>What each node of the source did, the source itself first, then its transformations in the plan's order.</summary>
    public NodeCount[] Nodes { get; init; } = [];

    /// <summary>What each view of the source took, in the source plan's order.</summary>
    public NodeCount[] Views { get; init; } = [];

    /// <summary>Rows that fail a <c>should</c> expectation.</summary>
    public int Unexpected { get; set; }
}
