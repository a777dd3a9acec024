using System.Runtime.InteropServices;
using StreamForge.Core;

namespace StreamForge.Features.Aggregates;

/// <summary>A sum of doubles that values can be taken out of.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ReversibleSum
{
    /// <summary>The finite values' sum.</summary>
    public DoubleDouble Sum;

    /// <summary>Values, with those that are not finite.</summary>
    public long Count;
    public NonFinite Others;

    /// <summary>The largest magnitude that the sum has had.</summary>
    public double Peak;

    public readonly double Total => Others.SumWith(Sum.Value);
}

/// <summary>sum over double where rows are taken out again.</summary>
public class RetractableDoubleSum : FixedAggregate<ReversibleSum>, IRetractable, ITotal
{
    public override string StateName => "reversible_sum.double";

    public override DataType ResultType => DataType.Double;

    protected override void Add(ref ReversibleSum state, in RowInput input) => Change(ref state, ((DoubleColumn)input.Values!)[input.Row], 1);

    public void Retract(Span<byte> slot, ref Heap heap, in RowInput input) =>
        Change(ref MemoryMarshal.AsRef<ReversibleSum>(slot), ((DoubleColumn)input.Values!)[input.Row], -1);

    private static void Change(ref ReversibleSum state, double value, int times)
    {
        state.Count += times;
        if (!state.Others.Take(value, times)) state.Sum += value * times;
        Settle(ref state, Math.Abs(value));
    }

    protected override void Join(ref ReversibleSum state, in ReversibleSum other)
    {
        state.Count += other.Count;
        state.Others.Add(other.Others);
        state.Sum += other.Sum;
        Settle(ref state, other.Peak);
    }

    private static void Settle(ref ReversibleSum state, double peak)
    {
        if (double.IsFinite(peak)) state.Peak = Math.Max(state.Peak, Math.Max(peak, Math.Abs(state.Sum.High)));
        if (state.Count == 0 && !state.Others.IsCounted && Residue.IsNothing(state.Sum, state.Peak)) state = default;
    }

    protected override FeatureValue Result(in ReversibleSum state) => state.Count == 0
        ? FeatureValue.Missing(ResultType, FeatureStatus.NullValue)
        : FeatureValue.OfDouble(state.Total);

    public long Holds(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap, in RowInput input) => MemoryMarshal.AsRef<ReversibleSum>(slot).Count;

    public Total TotalOf(ReadOnlySpan<byte> slot) => Total.Of(MemoryMarshal.AsRef<ReversibleSum>(slot).Total);
}

/// <summary>avg over double where rows are taken out again.</summary>
public sealed class RetractableDoubleAverage : RetractableDoubleSum
{
    protected override FeatureValue Result(in ReversibleSum state) => state.Count == 0
        ? FeatureValue.Missing(ResultType, FeatureStatus.NullValue)
        : FeatureValue.OfDouble(state.Total / state.Count);
}
