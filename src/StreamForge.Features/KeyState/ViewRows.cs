using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Features.KeyState;

/// <summary>
/// The rows of a batch as one view's key states take them in: times, and per slot the aggregated column and who counts. Made by the partition's stage,
/// read by every shard; the columns' owner keeps them alive meanwhile. Arrays may be longer than the batch.
/// </summary>
public sealed class ViewRows
{
    /// <summary>Event time of each row in this view, microseconds.</summary>
    public required long[] Times { get; init; }

    /// <summary>The pipeline's watermark as each row came.</summary>
    public required long[] Watermarks { get; init; }

    /// <summary>Each row's order among rows of the same time.</summary>
    public required long[] Orders { get; init; }

    /// <summary>Each row's <see cref="ChangeOp"/>; null where every row adds.</summary>
    public byte[]? Ops { get; init; }

    /// <summary>Whether row <paramref name="row"/> takes out what an earlier one has added.</summary>
    public bool Retracts(int row) => Ops is not null && ((ChangeOp)Ops[row]).Retracts();

    /// <summary>One a slot: the aggregated column, or null for count without <c>of</c>.</summary>
    public required Column?[] Values { get; init; }

    /// <summary>One a slot: the condition, or null when every row counts. A null or false row does not count.</summary>
    public required BooleanColumn?[] Conditions { get; init; }

    /// <summary>Whether slot <paramref name="slot"/> counts row <paramref name="row"/>: its condition holds and its value is not null.</summary>
    public bool Takes(int slot, int row)
    {
        var condition = Conditions[slot];
        if (condition is not null && (condition.IsNull(row) || condition[row] == 0)) return false;
        var values = Values[slot];
        return values is null || !values.IsNull(row);
    }

    /// <summary>Whether at least one slot counts row <paramref name="row"/>; one that none counts makes no tile and changes no window.</summary>
    public bool TakesAny(int row) => TakesAny(row, Values.Length);

    /// <summary>Whether at least one of the first <paramref name="slots"/> slots counts row <paramref name="row"/>.</summary>
    public bool TakesAny(int row, int slots)
    {
        for (var slot = 0; slot < slots; slot++)
        {
            if (Takes(slot, row)) return true;
        }
        return false;
    }

    public RowInput Input(int slot, int row, long time) => new(Values[slot], row, time, Orders[row]);
}
