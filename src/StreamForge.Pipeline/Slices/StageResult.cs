using StreamForge.Core;

namespace StreamForge.Pipeline.Slices;

/// <summary>What came of one read: slices for the shards, batches for the sinks, records for the ledgers. Whoever takes it passes each part on or releases it.</summary>
public sealed class StageResult
{
    public List<ViewSlice> Slices { get; } = [];

    /// <summary>Index of a sink in the plan and its rows; one reference each.</summary>
    public List<(int Sink, ColumnBatch Batch)> SinkBatches { get; } = [];

    public List<DeadLetter> DeadLetters { get; } = [];

    public List<LateRecord> Late { get; } = [];

    /// <summary>Events read, decodable or not.</summary>
    public int Events { get; set; }

    /// <summary>Rows after the transformations that views and sinks took.</summary>
    public int Rows { get; set; }

    /// <summary>Rows outside a view because a part of their key is null.</summary>
    public int NullKeys { get; set; }

    /// <summary>Rows that fail a <c>should</c> expectation.</summary>
    public int Unexpected { get; set; }
}
