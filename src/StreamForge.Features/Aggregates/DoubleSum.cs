using System.Runtime.InteropServices;
using StreamForge.Core;

namespace StreamForge.Features.Aggregates;

/// <summary>A sum of doubles with its running compensation, and how many values are in it.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct CompensatedSum
{
    public double Sum;

    /// <summary>What rounding has lost so far; the sum's true value is near Sum + Compensation.</summary>
    public double Compensation;
    public long Count;

    /// <summary>Adds with the second-order error term kept (A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", 1974).</summary>
    public void Add(double value)
    {
        var sum = Sum + value;
        if (double.IsFinite(sum))
            Compensation += Math.Abs(Sum) >= Math.Abs(value) ? Sum - sum + value : value - sum + Sum;
        Sum = sum;
    }

    public readonly double Total => double.IsFinite(Sum) ? Sum + Compensation : Sum;
}

/// <summary>sum over double where rows are only ever added, compensated.</summary>
public class DoubleSum : FixedAggregate<CompensatedSum>, ITotal
{
    public override string StateName => "sum.double";

    public override DataType ResultType => DataType.Double;

    protected override void Add(ref CompensatedSum state, in RowInput input)
    {
        state.Add(((DoubleColumn)input.Values!)[input.Row]);
        state.Count++;
    }

    protected override void Join(ref CompensatedSum state, in CompensatedSum other)
    {
        state.Add(other.Sum);
        state.Add(other.Compensation);
        state.Count += other.Count;
    }

    protected override FeatureValue Result(in CompensatedSum state) => state.Count == 0
        ? FeatureValue.Missing(ResultType, FeatureStatus.NullValue)
        : FeatureValue.OfDouble(state.Total);

    public Total TotalOf(ReadOnlySpan<byte> slot) => Total.Of(MemoryMarshal.AsRef<CompensatedSum>(slot).Total);
}

/// <summary>avg over double.</summary>
public sealed class DoubleAverage : DoubleSum
{
    protected override FeatureValue Result(in CompensatedSum state) => state.Count == 0
        ? FeatureValue.Missing(ResultType, FeatureStatus.NullValue)
        : FeatureValue.OfDouble(state.Total / state.Count);
}
