using System.Buffers.Text;
using System.Text;
using StreamForge.Core;

namespace StreamForge.Embedded.Sinks.Iceberg;

/// <summary>The columns of a table's file for a batch of a sink: the batch's own, and after them <c>_op</c>, <c>_source_position</c>, <c>_event_time</c> and <c>_ingest_time</c>. One thread at a time.</summary>
internal sealed class TableRows(TimeProvider clock)
{
    private const int LongestNumber = 20;

    private BatchOrigin? _origin;
    private byte[] _prefix = [];

    /// <summary>The columns; the caller releases each of them.</summary>
    public Column[] Columns(ColumnBatch batch)
    {
        var own = batch.Columns;
        var columns = new Column[own.Length + 4];
        for (var i = 0; i < own.Length; i++)
        {
            own[i].Retain();
            columns[i] = own[i];
        }
        columns[^4] = Ops(batch.Headers);
        columns[^3] = Positions(batch);
        columns[^2] = Times(batch.Headers.EventTimes);
        var now = new Int64Column(DataType.TimestampTz, batch.Count);
        now.SetLength(batch.Count);
        now.WritableValues.Fill(EventTime.Now(clock));
        columns[^1] = now;
        return columns;
    }

    private static BytesColumn Ops(RowHeaders headers)
    {
        var column = new BytesColumn(DataType.String, headers.Count);
        for (var row = 0; row < headers.Count; row++) column.Append(headers.Ops.Slice(row, 1));
        return column;
    }

    /// <summary><c>orders/0@orders.csv:1024</c>: the partition, the segment where there is one, and the row's offset in it; or the row's own text, where it has one.</summary>
    private BytesColumn Positions(ColumnBatch batch)
    {
        if (batch.PositionTexts is { } texts)
        {
            texts.Retain();
            return texts;
        }
        if (_origin != batch.Origin)
        {
            _origin = batch.Origin;
            _prefix = Encoding.UTF8.GetBytes(batch.Origin.Segment.Length == 0 ? $"{batch.Origin.Partition}@" : $"{batch.Origin.Partition}@{batch.Origin.Segment}:");
        }
        var column = new BytesColumn(DataType.String, batch.Count);
        var positions = batch.Headers.Positions;
        for (var row = 0; row < positions.Length; row++)
        {
            var target = column.BeginAppend(_prefix.Length + LongestNumber);
            _prefix.CopyTo(target);
            Utf8Formatter.TryFormat(positions[row], target[_prefix.Length..], out var digits);
            column.CommitAppend(_prefix.Length + digits);
        }
        return column;
    }

    private static Int64Column Times(ReadOnlySpan<long> times)
    {
        var column = new Int64Column(DataType.TimestampTz, times.Length);
        column.SetLength(times.Length);
        times.CopyTo(column.WritableValues);
        return column;
    }
}
