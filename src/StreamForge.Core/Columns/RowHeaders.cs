using System.Buffers;

namespace StreamForge.Core;

/// <summary>Debezium's operations, as the byte that a row header keeps.</summary>
public enum ChangeOp : byte
{
    /// <summary>c: a new row, and every event of an append source.</summary>
    Create = (byte)'c',

    /// <summary>u: a row's new image.</summary>
    Update = (byte)'u',

    /// <summary>d: a row is gone.</summary>
    Delete = (byte)'d',

    /// <summary>r: a row read by a snapshot.</summary>
    Read = (byte)'r',

    /// <summary>The image that an update replaced: never an event of its own, always the row just before its <see cref="Update"/>.</summary>
    Before = (byte)'b',
}

public static class ChangeOps
{
    /// <summary>Whether a row with this op takes out what an earlier one has added, rather than adding.</summary>
    public static bool Retracts(this ChangeOp op) => op is ChangeOp.Delete or ChangeOp.Before;
}

/// <summary>
/// What every row carries besides its columns, from the source to the sinks: where it came from, when it happened, and how far time was when it came.
/// Shared by the batches that are derived from one another without dropping rows. Rented, counted like <see cref="Column"/>.
/// </summary>
public sealed class RowHeaders
{
    private int _references = 1;
    private long[] _positions;
    private long[] _eventTimes;
    private long[] _watermarks;
    private long[] _orders;
    private byte[] _ops;

    /// <summary>Headers for <paramref name="count"/> rows: positions, times and watermarks 0, every op <see cref="ChangeOp.Create"/>.</summary>
    public RowHeaders(int count)
    {
        Count = count;
        _positions = ArrayPool<long>.Shared.Rent(Math.Max(count, 1));
        _eventTimes = ArrayPool<long>.Shared.Rent(Math.Max(count, 1));
        _watermarks = ArrayPool<long>.Shared.Rent(Math.Max(count, 1));
        _orders = ArrayPool<long>.Shared.Rent(Math.Max(count, 1));
        _ops = ArrayPool<byte>.Shared.Rent(Math.Max(count, 1));
        _positions.AsSpan(0, count).Clear();
        _eventTimes.AsSpan(0, count).Clear();
        _watermarks.AsSpan(0, count).Clear();
        _orders.AsSpan(0, count).Clear();
        _ops.AsSpan(0, count).Fill((byte)ChangeOp.Create);
    }

    public int Count { get; }

    /// <summary>Each row's offset within the batch's partition and segment: a byte offset for files, the offset for Kafka, the sequence number for the emitter.</summary>
    public Span<long> Positions => _positions.AsSpan(0, Count);

    /// <summary>Each row's event time as the source names it, microseconds since 1970 UTC.</summary>
    public Span<long> EventTimes => _eventTimes.AsSpan(0, Count);

    /// <summary>The pipeline's watermark just before the row, microseconds; <see cref="EventTime.MinValue"/> before there is one.</summary>
    public Span<long> Watermarks => _watermarks.AsSpan(0, Count);

    /// <summary>
    /// A number that orders the rows of all partitions, the same on every run: the partition's index in the upper 16 bits, the row's number in its partition below.
    /// Breaks ties of event time.
    /// </summary>
    public Span<long> Orders => _orders.AsSpan(0, Count);

    /// <summary>The arrays behind the spans, for loops over many batches' rows; longer than <see cref="Count"/>, and valid only as long as the headers are held.</summary>
    public (long[] EventTimes, long[] Watermarks, long[] Orders) Arrays => (_eventTimes, _watermarks, _orders);

    /// <summary>Each row's <see cref="ChangeOp"/>.</summary>
    public Span<byte> Ops => _ops.AsSpan(0, Count);

    /// <summary>The array behind <see cref="Ops"/>, as those of <see cref="Arrays"/>.</summary>
    public byte[] OpsArray => _ops;

    public RowHeaders Gather(ReadOnlySpan<int> rows)
    {
        var result = new RowHeaders(rows.Length);
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            result._positions[i] = _positions[row];
            result._eventTimes[i] = _eventTimes[row];
            result._watermarks[i] = _watermarks[row];
            result._orders[i] = _orders[row];
            result._ops[i] = _ops[row];
        }
        return result;
    }

    public void Retain() => Interlocked.Increment(ref _references);

    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        if (left < 0) throw new InvalidOperationException("Row headers were released more often than they were retained.");
        if (left > 0) return;
        ArrayPool<long>.Shared.Return(_positions);
        ArrayPool<long>.Shared.Return(_eventTimes);
        ArrayPool<long>.Shared.Return(_watermarks);
        ArrayPool<long>.Shared.Return(_orders);
        ArrayPool<byte>.Shared.Return(_ops);
        _positions = _eventTimes = _watermarks = _orders = [];
        _ops = [];
    }
}
