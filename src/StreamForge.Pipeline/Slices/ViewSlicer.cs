using System.Buffers;
using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Pipeline.Changes;
using StreamForge.Pipeline.Lateness;
using StreamForge.Pipeline.Plans;
using StreamForge.Sql;

namespace StreamForge.Pipeline.Slices;

/// <summary>Cuts batches into slices for one view: evaluates what its slots read, finds each row's key and time, and notes which windows a row comes too late for.</summary>
/// <param name="refused">Rows of a changelog that were refused for a reason that passes.</param>
internal sealed class ViewSlicer(int index, ViewPlan plan, int shards, EvaluationContext context, RefusedRows refused)
{
    public ViewPlan Plan => plan;

    public RefusedRows Refused => refused;

    /// <summary>The slice of <paramref name="batch"/>, or null when no row of it belongs to the view.</summary>
    /// <param name="isChangelog">Whether rows may take out.</param>
    public ViewSlice? Slice(ColumnBatch batch, bool isChangelog, TimeLimit limit, RowFaults faults, LateRows late, StageResult result, SliceCounts counts)
    {
        if (batch.Count == 0) return null;
        var step = $"view {plan.Name}";
        var floored = plan.Floors is { } floors ? new FlooredRows(plan, floors, batch) : null;
        var components = new Column[plan.Entity.Length];
        for (var i = 0; i < components.Length; i++)
            components[i] = EntityCast.Apply(batch[plan.Entity[i].Column], plan.Entity[i].Key.Type, plan.Entity[i].Column, floored?.OfView(faults.Errors) ?? faults.Errors);
        var columns = new Column[plan.Expressions.Length];
        for (var i = 0; i < columns.Length; i++) columns[i] = plan.Expressions[i].Evaluate(batch, context, floored?.OfExpression(faults.Errors, i) ?? faults.Errors);
        var failed = faults.Errors.Any ? faults.Errors.Reasons.Keys.ToHashSet() : null;
        faults.Flush(batch, step);

        var (headerTimes, watermarks, orders) = batch.Headers.Arrays;
        var times = OwnTimes(batch);
        BooleanColumn?[] conditions = [.. plan.SlotInputs.Select(s => s.Condition < 0 ? null : (BooleanColumn)columns[s.Condition])];
        if (floored is not null) columns = [.. columns, .. floored.Mask(conditions)];
        var rows = new ViewRows
        {
            Times = times ?? headerTimes,
            Watermarks = watermarks,
            Orders = orders,
            Ops = isChangelog ? batch.Headers.OpsArray : null,
            Values = [.. plan.SlotInputs.Select(s => s.Value < 0 ? null : columns[s.Value])],
            Conditions = conditions,
        };
        var selected = ArrayPool<int>.Shared.Rent(batch.Count);
        var count = isChangelog
            ? new ChangeSelection(plan, refused, limit, faults, late, result, counts).Select(batch, components, rows.Times, failed, selected)
            : Select(batch, components, rows.Times, limit, failed, selected, faults, late, result, counts);
        if (!isChangelog) counts.Rows = count;
        if (count == 0)
        {
            foreach (var column in components) column.Release();
            foreach (var column in columns) column.Release();
            ArrayPool<int>.Shared.Return(selected);
            if (times is not null) ArrayPool<long>.Shared.Return(times);
            return null;
        }
        var keys = KeyVector.Of(components, batch.Count);
        foreach (var column in components) column.Release();
        KeyGroupSort.Sort(selected, count, keys);
        var starts = KeyGroupSort.ShardStarts(selected, count, keys, shards);
        batch.Retain();
        return new ViewSlice(index, rows, keys, selected, count, starts, batch, columns, times, shards);
    }

    /// <summary>The view's own event times, rented, or null when it uses the source's. A row without one has <see cref="EventTime.MinValue"/>.</summary>
    private long[]? OwnTimes(ColumnBatch batch)
    {
        if (plan.EventTime is null) return null;
        var column = (Int64Column)batch[plan.EventTime];
        var times = ArrayPool<long>.Shared.Rent(Math.Max(batch.Count, 1));
        for (var row = 0; row < batch.Count; row++) times[row] = column.IsNull(row) ? EventTime.MinValue : column[row];
        return times;
    }

    private int Select(
        ColumnBatch batch, Column[] components, long[] times, TimeLimit limit, HashSet<int>? failed, int[] selected, RowFaults faults, LateRows late, StageResult result, SliceCounts counts)
    {
        var count = 0;
        var watermarks = batch.Headers.Watermarks;
        var layout = plan.Layout;
        for (var row = 0; row < batch.Count; row++)
        {
            if (failed is not null && failed.Contains(row)) continue;
            if (HasNull(components, row))
            {
                result.NullKeys++;
                continue;
            }
            if (KeyRoom(components, row) > KeyState.MaxKeyBytes)
            {
                faults.Add(batch, row, $"view {plan.Name}: its key is longer than {KeyState.MaxKeyBytes} bytes");
                continue;
            }
            var time = times[row];
            if (time == EventTime.MinValue)
            {
                faults.Add(batch, row, $"view {plan.Name}: it lacks its event time, {plan.EventTime}");
                continue;
            }
            if (time > limit.Latest)
            {
                faults.Add(batch, row, $"view {plan.Name}: {limit.Reason(time)}");
                continue;
            }
            if (!layout.AcceptsAll(time, watermarks[row]))
            {
                NoteMissed(plan, batch, row, time, late);
                counts.Missed++;
            }
            if (layout.AcceptsAny(time, watermarks[row])) selected[count++] = row;
        }
        return count;
    }

    internal static bool HasNull(Column[] components, int row)
    {
        foreach (var component in components)
        {
            if (component.IsNull(row)) return true;
        }
        return false;
    }

    internal static int KeyRoom(Column[] components, int row)
    {
        var room = 0;
        foreach (var component in components) room += KeyCodec.MaxLength(component, row);
        return room;
    }

    internal static void NoteMissed(ViewPlan plan, ColumnBatch batch, int row, long time, LateRows late)
    {
        foreach (var window in plan.Layout.Windows)
        {
            if (!window.Accepts(time, batch.Headers.Watermarks[row], plan.Layout.AllowedLateness)) late.Add(batch, row, time, $"{plan.Name}.{window.Name}");
        }
    }
}

/// <summary>What a view did with a batch besides its slice.</summary>
internal sealed class SliceCounts
{
    /// <summary>Rows that the view takes; of a changelog, those that add.</summary>
    public int Rows { get; set; }

    /// <summary>Rows that missed at least one window.</summary>
    public int Missed { get; set; }

    /// <summary>Updates and deletes that met nothing but what the view had dropped.</summary>
    public int Expired { get; set; }
}
