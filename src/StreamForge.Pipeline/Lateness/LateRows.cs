using StreamForge.Core;
using StreamForge.Pipeline.Slices;

namespace StreamForge.Pipeline.Lateness;

/// <summary>Collects what the events of one read missed, over all views, so that each event gets exactly one record.</summary>
internal sealed class LateRows(RowFaults raw)
{
    private readonly Dictionary<long, LateRow> _rows = [];

    private sealed record LateRow(PartitionId Partition, long Position, long Time, long Watermark, List<string> Missed);

    public void Add(ColumnBatch batch, int row, long time, string window)
    {
        var headers = batch.Headers;
        if (!_rows.TryGetValue(headers.Orders[row], out var late))
        {
            late = new LateRow(batch.Origin.Partition, headers.Positions[row], time, headers.Watermarks[row], []);
            _rows.Add(headers.Orders[row], late);
        }
        late.Missed.Add(window);
    }

    public void Flush(List<LateRecord> target)
    {
        foreach (var (order, late) in _rows.OrderBy(r => r.Key))
            target.Add(new LateRecord(late.Partition, raw.Position(late.Position), late.Time, late.Watermark, [.. late.Missed], raw.Raw(order)));
    }
}
