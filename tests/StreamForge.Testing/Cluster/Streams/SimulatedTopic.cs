using System.Buffers.Binary;
using StreamForge.Cluster.Ports;

namespace StreamForge.Testing.Cluster.Streams;

/// <summary>A record of a topic partition.</summary>
/// <param name="Offset">Ascending; some numbers hold no record.</param>
/// <param name="At">When it is appended, microseconds of the world.</param>
public sealed record SimulatedRecord(long Offset, long At, byte[] Value);

/// <summary>The log of one partition, written in advance: a record can be seen when its time has come.</summary>
/// <param name="partition">Index among all partitions of the pipeline.</param>
/// <param name="records">Ascending by offset and time.</param>
public sealed class SimulatedTopic(int partition, IReadOnlyList<SimulatedRecord> records)
{
    public int Partition { get; } = partition;

    public IReadOnlyList<SimulatedRecord> Records { get; } = records;

    /// <summary>Where reading begins.</summary>
    public long Start => Records.Count > 0 ? Records[0].Offset : 0;

    /// <summary>One past the last record.</summary>
    public long End => Records.Count > 0 ? Records[^1].Offset + 1 : 0;

    /// <summary>The index of the first record at or after an offset.</summary>
    public int Find(long offset)
    {
        int low = 0, high = Records.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Records[middle].Offset < offset) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// <summary>How many records there are at a moment.</summary>
    public int Visible(long now)
    {
        int low = 0, high = Records.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Records[middle].At <= now) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// <summary>The poll that follows a position: at most <paramref name="limit"/> records, up to the moment; null when there are none.</summary>
    public PollBatch? Poll(long position, long now, int limit)
    {
        var first = Find(position);
        var end = Math.Min(first + limit, Visible(now));
        if (first >= end) return null;
        var bytes = new List<byte>();
        var head = new byte[12];
        for (var i = first; i < end; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(head, Records[i].Offset);
            BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(8), Records[i].Value.Length);
            bytes.AddRange(head);
            bytes.AddRange(Records[i].Value);
        }
        return new PollBatch(position, Records[end - 1].Offset + 1, bytes.ToArray());
    }
}
