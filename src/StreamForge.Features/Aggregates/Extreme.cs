using System.Runtime.InteropServices;
using StreamForge.Core;

namespace StreamForge.Features.Aggregates;

/// <summary>The best value so far and how many values were seen; 0 seen means none.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Best<T> where T : unmanaged
{
    public T Value;
    public long Count;
}

/// <summary>
/// min and max over a column of fixed size that rows are only ever added to: the scalar alone. It cannot retract: the second-best is not kept.
/// Doubles order as numbers with NaN above all and -0 below 0.
/// </summary>
/// <param name="stateName">Such as <c>max.double</c>.</param>
/// <param name="type">The column's type, which is also the result's.</param>
/// <param name="largest">max when true, min when false.</param>
public sealed class Extreme<T>(string stateName, DataType type, bool largest, Func<T, FeatureValue> finish) : FixedAggregate<Best<T>>
    where T : unmanaged, IComparable<T>
{
    public override string StateName => stateName;

    public override DataType ResultType => type;

    protected override void Add(ref Best<T> state, in RowInput input) => Offer(ref state, ((FixedColumn<T>)input.Values!)[input.Row], 1);

    protected override void Join(ref Best<T> state, in Best<T> other)
    {
        if (other.Count > 0) Offer(ref state, other.Value, other.Count);
    }

    private void Offer(ref Best<T> state, T value, long count)
    {
        if (state.Count == 0 || IsBetter(value, state.Value)) state.Value = value;
        state.Count += count;
    }

    private bool IsBetter(T value, T than)
    {
        if (typeof(T) == typeof(double))
        {
            // CompareTo puts NaN below every number; here it stands above them. It takes -0 for 0; told apart, the result does not depend on which came first.
            double a = (double)(object)value, b = (double)(object)than;
            if (double.IsNaN(a) || double.IsNaN(b)) return largest ? double.IsNaN(a) : double.IsNaN(b);
            if (a == b) return largest ? double.IsNegative(b) && !double.IsNegative(a) : double.IsNegative(a) && !double.IsNegative(b);
        }
        var order = value.CompareTo(than);
        return largest ? order > 0 : order < 0;
    }

    protected override FeatureValue Result(in Best<T> state) =>
        state.Count == 0 ? FeatureValue.Missing(type, FeatureStatus.NullValue) : finish(state.Value);
}
