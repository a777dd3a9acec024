using System.Collections.Immutable;

namespace StreamForge.Core;

/// <summary>An event that could not be taken in: undecodable, without its time, or failing an expression or an expectation.</summary>
/// <param name="Partition">Where it came from.</param>
/// <param name="Position">Its position as people read it, such as <c>orders.csv:1024</c>.</param>
/// <param name="EventTime">Its event time in microseconds, where it is known.</param>
/// <param name="Reason">One sentence.</param>
/// <param name="Raw">The event's bytes as they were read; at most the first 64 KiB of an event that is longer.</param>
public sealed record DeadLetter(PartitionId Partition, string Position, long? EventTime, string Reason, byte[] Raw)
{
    /// <summary>The longest raw event that is kept whole.</summary>
    public const int MaxRawBytes = 64 * 1024;
}

/// <summary>An event that came after at least one of its windows had closed for good, and still counts in the others; or, with a <see cref="Reason"/> of its own, a change of which something is missing.</summary>
/// <param name="EventTime">Microseconds; <see cref="Core.EventTime.MinValue"/> where it is not known, which only an orphan's can be.</param>
/// <param name="Watermark">The pipeline's watermark when it came, microseconds; <see cref="Core.EventTime.MinValue"/> where there was none.</param>
/// <param name="Missed">The windows it missed, as <c>view.1h</c>.</param>
public sealed record LateRecord(PartitionId Partition, string Position, long EventTime, long Watermark, ImmutableArray<string> Missed, byte[] Raw)
{
    /// <summary>Why it is in the ledger, where that is not lateness: <c>orphan: …</c>.</summary>
    public string? Reason { get; init; }
}
