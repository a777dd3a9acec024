using System.Collections.Immutable;

namespace StreamForge.Testing.Oracle;

/// <summary>An event of an append source, as it reaches a view.</summary>
/// <param name="Partition">Which partition brought it, from 0.</param>
/// <param name="Time">Event time, microseconds since 1970, UTC, signed.</param>
/// <param name="Key">The feature key; null for a row outside the view (which still moves the watermark).</param>
/// <param name="Values">Columns by name; a column that is missing is null.</param>
public sealed record OracleEvent(int Partition, long Time, string? Key, ImmutableSortedDictionary<string, OracleValue?> Values)
{
    /// <summary>An event of partition 0.</summary>
    public OracleEvent(long time, string? key, params (string Column, OracleValue? Value)[] values)
        : this(0, time, key, values.ToImmutableSortedDictionary(v => v.Column, v => v.Value, StringComparer.Ordinal))
    {
    }

    public OracleValue? this[string column] => Values.GetValueOrDefault(column);
}

/// <summary>How a partition counts in the pipeline's watermark.</summary>
public enum OraclePartitionState
{
    /// <summary>It holds the watermark back; every partition begins so, and an event makes an idle one active again.</summary>
    Active,

    /// <summary>It has been silent for longer than the idle timeout and is left out.</summary>
    Idle,

    /// <summary>It has been read to its end and is left out; when all are, the largest watermark counts.</summary>
    Finished,
}

/// <summary>A partition changes its state before the event at index <paramref name="Before"/> of the arrivals (their number: after all of them).</summary>
public sealed record OracleSignal(int Before, int Partition, OraclePartitionState State);
