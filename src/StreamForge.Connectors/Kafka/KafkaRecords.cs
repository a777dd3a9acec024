using System.Buffers;

namespace StreamForge.Connectors.Kafka;

/// <summary>
/// Raw records of one partition, as one poll brought them: what a source hands on before anything is decoded, within a process or between machines.
/// <para>
/// All keys, values and headers lie in one buffer. The records follow <see cref="From"/>: no record of the partition lies between it and the first of them that a reader of committed records would see, and none between the last and
/// <see cref="Next"/>, where reading goes on. Both may lie further apart than the records reach, as offsets of aborted records, of a transaction's markers and of compacted records are never delivered; there may be no
/// record at all. Who holds everything before <see cref="From"/> and takes these holds everything before <see cref="Next"/>.
/// </para>
/// Immutable. Rented memory is given back by <see cref="Dispose"/>, after which no span of it may be used; records that were read from bytes hold on to those instead.
/// </summary>
public sealed class KafkaRecords : IDisposable
{
    /// <summary>The timestamp of a record that has none.</summary>
    public const long NoTimestamp = long.MinValue;

    private readonly bool _rented;
    private readonly byte[] _data;
    private readonly RecordEntry[] _entries;
    private bool _disposed;

    internal KafkaRecords(int partition, long from, long next, byte[] data, RecordEntry[] entries, int count, long bytes, bool rented)
    {
        Partition = partition;
        From = from;
        Next = next;
        _data = data;
        _entries = entries;
        Count = count;
        Bytes = bytes;
        _rented = rented;
    }

    public int Partition { get; }

    /// <summary>The offset that these records follow: the <see cref="Next"/> of those before them.</summary>
    public long From { get; }

    /// <summary>The offset to go on with.</summary>
    public long Next { get; }

    /// <summary>Records.</summary>
    public int Count { get; }

    /// <summary>Bytes of all keys, values and headers.</summary>
    public long Bytes { get; }

    /// <summary>The buffer in which everything lies; as a whole, because decoders look a little past a value's end.</summary>
    internal byte[] Data => _data;

    public long Offset(int record) => Entry(record).Offset;

    /// <summary>Milliseconds since 1970 in UTC, or <see cref="NoTimestamp"/>.</summary>
    public long Timestamp(int record) => Entry(record).Timestamp;

    public bool HasKey(int record) => Entry(record).KeyLength >= 0;

    /// <summary>Whether the record has no value.</summary>
    public bool IsTombstone(int record) => Entry(record).ValueLength < 0;

    /// <summary>The key; empty where there is none.</summary>
    public ReadOnlySpan<byte> Key(int record)
    {
        ref readonly var entry = ref Entry(record);
        return _data.AsSpan(entry.Start, Math.Max(entry.KeyLength, 0));
    }

    /// <summary>The value; empty for a tombstone.</summary>
    public ReadOnlySpan<byte> Value(int record)
    {
        var (start, end) = ValueRange(record);
        return _data.AsSpan(start, end - start);
    }

    /// <summary>The headers, as <see cref="KafkaHeaders"/> lays them out; empty where there are none, or where the poller was told to leave them out.</summary>
    public ReadOnlySpan<byte> Headers(int record)
    {
        ref readonly var entry = ref Entry(record);
        return _data.AsSpan(ValueRange(record).End, entry.HeadersLength);
    }

    /// <summary>Where a value lies in <see cref="Data"/>.</summary>
    internal (int Start, int End) ValueRange(int record)
    {
        ref readonly var entry = ref Entry(record);
        var start = entry.Start + Math.Max(entry.KeyLength, 0);
        return (start, start + Math.Max(entry.ValueLength, 0));
    }

    internal ref readonly RecordEntry Entry(int record)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)record, (uint)Count, nameof(record));
        return ref _entries[record];
    }

    /// <summary>As bytes, which <see cref="Deserialize"/> reads in any later version.</summary>
    public byte[] Serialize() => KafkaRecordsCodec.Serialize(this);

    /// <summary>Reads what <see cref="Serialize"/> wrote. The records hold on to <paramref name="bytes"/>, which must not change any more.</summary>
    /// <exception cref="Core.StreamForgeException">Corrupt when the bytes are of another version or damaged.</exception>
    public static KafkaRecords Deserialize(byte[] bytes) => KafkaRecordsCodec.Deserialize(bytes);

    public void Dispose()
    {
        if (_disposed || !_rented) return;
        _disposed = true;
        ArrayPool<byte>.Shared.Return(_data);
        ArrayPool<RecordEntry>.Shared.Return(_entries);
    }
}

/// <summary>Where a record lies: key, value and headers one after another from <paramref name="Start"/> on. A length of -1 is null.</summary>
internal readonly record struct RecordEntry(long Offset, long Timestamp, int Start, int KeyLength, int ValueLength, int HeadersLength);
