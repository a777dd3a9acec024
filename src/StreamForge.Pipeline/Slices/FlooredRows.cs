using StreamForge.Core;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Pipeline.Slices;

/// <summary>
/// Makes the rows before a slot's floor pass it by (<see cref="ViewFloors"/>): as if its condition did not hold. What only such slots read is not held against a row that they do not count: it fails for none that they pass by.
/// Made for views that have floors, and for one batch.
/// </summary>
internal sealed class FlooredRows(ViewPlan plan, ViewFloors floors, ColumnBatch batch)
{
    private readonly long[] _times = batch.Headers.Arrays.EventTimes;

    /// <summary>Takes the failures of what the whole view needs of a row.</summary>
    public IRowErrors OfView(IRowErrors errors) => From(errors, floors.View);

    /// <summary>Takes the failures of an expression: of rows that a slot counts which reads it.</summary>
    public IRowErrors OfExpression(IRowErrors errors, int expression)
    {
        var floor = EventTime.MaxValue;
        for (var slot = 0; slot < plan.SlotInputs.Length; slot++)
        {
            if (plan.SlotInputs[slot].Value == expression || plan.SlotInputs[slot].Condition == expression) floor = Math.Min(floor, floors.Slots[slot]);
        }
        return From(errors, floor);
    }

    private IRowErrors From(IRowErrors errors, long floor) => floor == EventTime.MinValue ? errors : new ErrorsFrom(errors, _times, floor);

    /// <summary>Puts conditions in the place of those of slots with floors.</summary>
    /// <returns>What was made, for the caller to release.</returns>
    public List<Column> Mask(BooleanColumn?[] conditions)
    {
        var made = new List<Column>();
        var known = new Dictionary<(int Condition, long Floor), BooleanColumn>();
        for (var slot = 0; slot < conditions.Length; slot++)
        {
            if (floors.Slots[slot] == EventTime.MinValue) continue;
            var key = (plan.SlotInputs[slot].Condition, floors.Slots[slot]);
            if (!known.TryGetValue(key, out var masked))
            {
                masked = Masked(conditions[slot], key.Item2);
                known.Add(key, masked);
                made.Add(masked);
            }
            conditions[slot] = masked;
        }
        return made;
    }

    private BooleanColumn Masked(BooleanColumn? condition, long floor)
    {
        var masked = new BooleanColumn(Math.Max(batch.Count, 1));
        for (var row = 0; row < batch.Count; row++)
        {
            var holds = _times[row] >= floor && (condition is null || (!condition.IsNull(row) && condition[row] != 0));
            masked.Append(holds ? (byte)1 : (byte)0);
        }
        return masked;
    }

    /// <summary>Passes on the failures of rows at or after a moment.</summary>
    private sealed class ErrorsFrom(IRowErrors errors, long[] times, long floor) : IRowErrors
    {
        public void Report(int row, string reason)
        {
            if (times[row] >= floor) errors.Report(row, reason);
        }
    }
}
