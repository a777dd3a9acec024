using System.Runtime.InteropServices;
using StreamForge.Core;

namespace StreamForge.Features.Aggregates;

/// <summary>When a kept value happened. <see cref="Seen"/> is 0 while there is none.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Moment
{
    public long Time;
    public long Order;
    public long Seen;

    /// <summary>Whether (<paramref name="time"/>, <paramref name="order"/>) takes the place of this moment: earlier for first, later for last.</summary>
    public readonly bool YieldsTo(long time, long order, bool last)
    {
        if (Seen == 0) return true;
        var comparison = time != Time ? time.CompareTo(Time) : order.CompareTo(Order);
        return last ? comparison > 0 : comparison < 0;
    }
}

[StructLayout(LayoutKind.Sequential)]
public struct TimedValue<T> where T : unmanaged
{
    public Moment Moment;
    public T Value;
}

/// <summary>
/// first and last by event time over a column of fixed size; ties break by position. Nulls are skipped.
/// </summary>
public sealed class TimeOrdered<T>(string stateName, DataType type, bool last, Func<T, FeatureValue> finish) : FixedAggregate<TimedValue<T>>
    where T : unmanaged
{
    public override string StateName => stateName;

    public override DataType ResultType => type;

    protected override void Add(ref TimedValue<T> state, in RowInput input)
    {
        if (!state.Moment.YieldsTo(input.Time, input.Order, last)) return;
        state.Moment = new Moment { Time = input.Time, Order = input.Order, Seen = 1 };
        state.Value = ((FixedColumn<T>)input.Values!)[input.Row];
    }

    protected override void Join(ref TimedValue<T> state, in TimedValue<T> other)
    {
        if (other.Moment.Seen != 0 && state.Moment.YieldsTo(other.Moment.Time, other.Moment.Order, last)) state = other;
    }

    protected override FeatureValue Result(in TimedValue<T> state) =>
        state.Moment.Seen == 0 ? FeatureValue.Missing(type, FeatureStatus.NullValue) : finish(state.Value);
}
