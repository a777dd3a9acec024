using StreamForge.Core;
using StreamForge.Pipeline.Changes;

namespace StreamForge.Pipeline.Slices;

/// <summary>
/// Gives the image rows of a changelog their times, watermarks and orders, and drops those without a time or from the future.
/// <para>
/// Rows of one event share its order and are judged by the watermark before the event. Only rows that add move time. While a first snapshot lasts, its rows are judged by no watermark at all, so nothing is late, and the partition's own
/// watermark is held; afterwards it goes on from the newest event seen. A row that is taken out and fails here was never added, so nothing is said of it.
/// </para>
/// </summary>
internal sealed class ChangeTimes(int eventTimeColumn, string eventTimeName, long outOfOrderness, RefusedRows refused)
{
    /// <param name="newest">The newest event time so far; moved on.</param>
    /// <param name="own">The partition's own watermark; moved on.</param>
    /// <param name="firstOrder">The order of the read's first event.</param>
    /// <param name="bounds">Where the pipeline's watermark lies for an event at a position, given the partition's own watermark.</param>
    /// <param name="orphans">Takes what is missing, with the watermark before its event.</param>
    /// <returns>The rows that are left, with one reference.</returns>
    public ColumnBatch Take(
        TrackedChanges changes, long firstOrder, ref long newest, ref long own, Func<long, long, Watermarks.WatermarkBounds> bounds, TimeLimit limit, RowFaults faults, List<LateRecord> orphans)
    {
        var batch = changes.Batch;
        var headers = batch.Headers;
        var times = (Int64Column)batch[eventTimeColumn];
        var events = changes.Events;
        var positions = headers.Positions;
        var watermark = EventTime.MinValue;
        var present = bounds(batch.Count > 0 ? positions[0] : 0, own);
        var orphan = 0;
        List<int>? kept = null;
        for (var row = 0; row < batch.Count; row++)
        {
            var isHeld = changes.Held?[row] == true;
            var isFirst = row == 0 || events[row] != events[row - 1];
            if (isFirst)
            {
                for (; orphan < changes.Orphans.Count && changes.Orphans[orphan].Event <= events[row]; orphan++)
                    orphans.Add(changes.Orphans[orphan].Record with { Watermark = present.Judge(Own(newest, own)) });
                if (positions[row] >= present.Until) present = bounds(positions[row], own);
                if (!isHeld) own = Own(newest, own);
                watermark = isHeld ? EventTime.MinValue : present.Judge(own);
            }
            headers.Orders[row] = firstOrder + events[row];
            headers.Watermarks[row] = watermark;
            var time = times.IsNull(row) ? EventTime.MinValue : times[row];
            headers.EventTimes[row] = time;
            var adds = !((ChangeOp)headers.Ops[row]).Retracts();
            if (Passes(batch, row, time, adds, limit, faults, times))
            {
                kept?.Add(row);
                if (!adds) continue;
                newest = Math.Max(newest, time);
                if (!isHeld) own = Own(newest, own);
            }
            else kept ??= [.. Enumerable.Range(0, row)];
        }
        for (; orphan < changes.Orphans.Count; orphan++) orphans.Add(changes.Orphans[orphan].Record with { Watermark = present.Judge(Own(newest, own)) });
        if (kept is not null) return batch.Gather([.. kept]);
        batch.Retain();
        return batch;
    }

    /// <summary>The partition's own watermark once no snapshot holds it.</summary>
    private long Own(long newest, long own) => newest == EventTime.MinValue ? own : Math.Max(own, EventTime.SaturatingSubtract(newest, outOfOrderness));

    private bool Passes(ColumnBatch batch, int row, long time, bool adds, TimeLimit limit, RowFaults faults, Int64Column times)
    {
        if (!adds) return time != EventTime.MinValue && !refused.TryTake(batch, row);
        if (time != EventTime.MinValue && time <= limit.Latest) return true;
        faults.Add(batch, row, times.IsNull(row) ? $"it lacks its event time, {eventTimeName}" : limit.Reason(time));
        if (time != EventTime.MinValue) refused.Add(batch, row);
        return false;
    }
}
