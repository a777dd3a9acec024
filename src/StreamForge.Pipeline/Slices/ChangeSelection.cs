using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Pipeline.Changes;
using StreamForge.Pipeline.Lateness;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Pipeline.Slices;

/// <summary>
/// Selects the image rows of a changelog that a view takes. It differs from a source that only appends in what is said of rows that are not taken: a row that is taken out and cannot belong to the view was not added either, so nothing
/// is said; creates and reads that miss windows go to the ledger; updates and deletes that meet nothing but dropped tiles, with all of their images, are only counted.
/// </summary>
internal readonly ref struct ChangeSelection(ViewPlan plan, RefusedRows refused, TimeLimit limit, RowFaults faults, LateRows late, StageResult result, SliceCounts counts)
{
    private readonly long _floor = plan.Floors?.View ?? EventTime.MinValue;

    /// <summary>Writes the rows that the view takes to <paramref name="selected"/>, in their order.</summary>
    /// <returns>How many.</returns>
    public int Select(ColumnBatch batch, Column[] components, long[] times, HashSet<int>? failed, int[] selected)
    {
        var headers = batch.Headers;
        var count = 0;
        for (var first = 0; first < batch.Count;)
        {
            var end = first + 1;
            while (end < batch.Count && headers.Orders[end] == headers.Orders[first]) end++;
            var (taken, dropped) = (count, 0);
            for (var row = first; row < end; row++)
            {
                if (failed?.Contains(row) == true || !Belongs(batch, components, row, times[row])) continue;
                var op = (ChangeOp)headers.Ops[row];
                var watermark = headers.Watermarks[row];
                if (op is ChangeOp.Create or ChangeOp.Read && !plan.Layout.AcceptsAll(times[row], watermark))
                {
                    ViewSlicer.NoteMissed(plan, batch, row, times[row], late);
                    counts.Missed++;
                }
                if (plan.Layout.AcceptsAny(times[row], watermark))
                {
                    selected[count++] = row;
                    if (!op.Retracts()) counts.Rows++;
                }
                else dropped++;
            }
            if (dropped > 0 && taken == count && (ChangeOp)headers.Ops[end - 1] is not (ChangeOp.Create or ChangeOp.Read)) counts.Expired++;
            first = end;
        }
        return count;
    }

    private bool Belongs(ColumnBatch batch, Column[] components, int row, long time)
    {
        // Before the view's floor: it is not of the view, and was not when it was added.
        if (batch.Headers.EventTimes[row] < _floor) return false;
        var adds = !((ChangeOp)batch.Headers.Ops[row]).Retracts();
        if (ViewSlicer.HasNull(components, row))
        {
            if (adds) result.NullKeys++;
            return false;
        }
        if (ViewSlicer.KeyRoom(components, row) > KeyState.MaxKeyBytes)
        {
            faults.Add(batch, row, $"view {plan.Name}: its key is longer than {KeyState.MaxKeyBytes} bytes");
            return false;
        }
        if (time == EventTime.MinValue)
        {
            faults.Add(batch, row, $"view {plan.Name}: it lacks its event time, {plan.EventTime}");
            return false;
        }
        if (!adds) return !refused.TryTake(batch, row);
        if (time <= limit.Latest) return true;
        faults.Add(batch, row, $"view {plan.Name}: {limit.Reason(time)}");
        refused.Add(batch, row);
        return false;
    }
}
