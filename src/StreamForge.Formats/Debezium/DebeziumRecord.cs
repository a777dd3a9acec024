namespace StreamForge.Formats.Debezium;

/// <summary>One record of a topic, or one line of a file that holds such. Key and value are ranges of buffers, of which bytes past a range may be loaded but never count; an empty range is none.</summary>
/// <param name="Value">The buffer that the value lies in.</param>
/// <param name="Key">The buffer that the key lies in.</param>
public readonly ref struct DebeziumRecord(ReadOnlySpan<byte> value, int start, int end, ReadOnlySpan<byte> key, int keyStart, int keyEnd)
{
    public ReadOnlySpan<byte> Value { get; } = value;

    public int Start { get; } = start;

    public int End { get; } = end;

    public ReadOnlySpan<byte> Key { get; } = key;

    public int KeyStart { get; } = keyStart;

    public int KeyEnd { get; } = keyEnd;

    /// <summary>Whether the record has no value: a tombstone.</summary>
    public bool HasNoValue { get; init; }

    /// <summary>The record's own timestamp, microseconds; null where it has none.</summary>
    public long? Timestamp { get; init; }

    /// <summary>The event's position within its partition and segment.</summary>
    public long Position { get; init; }

    /// <summary>The partition of the topic that it was written to, as <see cref="Core.ChangeEvent.Stream"/>.</summary>
    public int Stream { get; init; }
}
