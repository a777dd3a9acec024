using System.Buffers;
using StreamForge.Core;

namespace StreamForge.Pipeline.Changes;

/// <summary>
/// What sinks that append are given of a changelog's image rows: creates, updates, deletes and reads. An image that was replaced is not one of them; but where the one that replaces it has not passed the same
/// filters, the row has left what the sink sees, and that is a delete.
/// </summary>
internal static class SinkImages
{
    /// <summary>The rows for sinks, with one reference.</summary>
    public static ColumnBatch Of(ColumnBatch batch)
    {
        var ops = batch.Headers.Ops;
        if (!ops.Contains((byte)ChangeOp.Before))
        {
            batch.Retain();
            return batch;
        }
        var orders = batch.Headers.Orders;
        var rows = ArrayPool<int>.Shared.Rent(batch.Count);
        var count = 0;
        for (var row = 0; row < batch.Count; row++)
        {
            var isReplaced = ops[row] == (byte)ChangeOp.Before && row + 1 < batch.Count && orders[row + 1] == orders[row];
            if (!isReplaced) rows[count++] = row;
        }
        var result = batch.Gather(rows.AsSpan(0, count));
        result.Headers.Ops.Replace((byte)ChangeOp.Before, (byte)ChangeOp.Delete);
        ArrayPool<int>.Shared.Return(rows);
        return result;
    }

    /// <summary>How many rows add.</summary>
    public static int Added(ColumnBatch batch)
    {
        var added = 0;
        foreach (var op in batch.Headers.Ops) added += ((ChangeOp)op).Retracts() ? 0 : 1;
        return added;
    }
}
