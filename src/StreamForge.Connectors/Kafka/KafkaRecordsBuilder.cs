using System.Buffers;

namespace StreamForge.Connectors.Kafka;

/// <summary>Collects records of one partition until they are handed on. For one thread.</summary>
public sealed class KafkaRecordsBuilder
{
    /// <summary>Decoders may load this much past a value's end.</summary>
    private const int Spare = 32;

    private readonly int _partition;
    private byte[] _data = [];
    private RecordEntry[] _entries = [];
    private int _length;
    private long _from;

    /// <param name="partition">The partition's number.</param>
    /// <param name="from">The offset that reading begins with.</param>
    public KafkaRecordsBuilder(int partition, long from)
    {
        _partition = partition;
        Restart(from);
    }

    /// <summary>Records since the last <see cref="Take"/>.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of these.</summary>
    public long Bytes => _length;

    /// <summary>The offset to go on with.</summary>
    public long Next { get; private set; }

    /// <summary>Whether there is anything to take: a record, or word that reading has moved on without one.</summary>
    public bool HasNews => Next > _from;

    /// <summary>Drops what was collected and begins at another offset.</summary>
    public void Restart(long from)
    {
        Count = 0;
        _length = 0;
        _from = Next = from;
    }

    /// <summary>Adds a record. One that lies before <see cref="Next"/> was delivered before, and is dropped.</summary>
    /// <param name="key">The key, if <paramref name="hasKey"/>.</param>
    /// <param name="value">The value, if <paramref name="hasValue"/>.</param>
    /// <param name="headers">As <see cref="KafkaHeaders"/> lays them out.</param>
    public void Add(long offset, long timestamp, bool hasKey, ReadOnlySpan<byte> key, bool hasValue, ReadOnlySpan<byte> value, ReadOnlySpan<byte> headers)
    {
        if (offset < Next) return;
        if (Count == _entries.Length) _entries = Grow(_entries, Count, Math.Max(256, Count * 2));
        var needed = checked(_length + key.Length + value.Length + headers.Length + Spare);
        if (needed > _data.Length) _data = Grow(_data, _length, Math.Max(16 * 1024, (int)Math.Min(needed * 2L, Array.MaxLength)));
        _entries[Count++] = new RecordEntry(offset, timestamp, _length, hasKey ? key.Length : -1, hasValue ? value.Length : -1, headers.Length);
        Append(key);
        Append(value);
        Append(headers);
        Next = offset + 1;
    }

    /// <summary>Notes that reading has come to <paramref name="next"/> without a record.</summary>
    public void MoveTo(long next) => Next = Math.Max(Next, next);

    /// <summary>What was collected; the caller disposes it. Collecting goes on after it.</summary>
    public KafkaRecords Take()
    {
        var records = new KafkaRecords(_partition, _from, Next, _data, _entries, Count, _length, rented: true);
        _data = [];
        _entries = [];
        Restart(Next);
        return records;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_data.AsSpan(_length));
        _length += bytes.Length;
    }

    private static T[] Grow<T>(T[] array, int used, int capacity)
    {
        var larger = ArrayPool<T>.Shared.Rent(capacity);
        array.AsSpan(0, used).CopyTo(larger);
        if (array.Length > 0) ArrayPool<T>.Shared.Return(array);
        return larger;
    }
}
