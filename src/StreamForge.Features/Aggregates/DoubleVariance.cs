using System.Runtime.InteropServices;
using StreamForge.Core;

namespace StreamForge.Features.Aggregates;

/// <summary>Sums of differences from a shift, which is one of the values: small when the values lie close together, however large they are.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ShiftedSums
{
    public double Shift;

    /// <summary>Sum of x - shift.</summary>
    public DoubleDouble Sum;

    /// <summary>Sum of (x - shift)^2.</summary>
    public DoubleDouble Squares;

    /// <summary>Values, with those that are not finite.</summary>
    public long Count;

    /// <summary>The values that have no square: NaN, the infinities, and what is beyond 1e140.</summary>
    public long Beyond;

    /// <summary>The largest magnitude that the sum of squares has had.</summary>
    public double Peak;

    /// <summary>Whether any value may become the shift, as no sum holds differences from the present one.</summary>
    public readonly bool IsUnshifted => Count == Beyond && Sum.High == 0 && Squares.High == 0;
}

/// <summary>
/// Sample variance of doubles by shifted sums (T. F. Chan, G. H. Golub, R. J. LeVeque, "Algorithms for computing the sample variance", 1983) in double-double arithmetic, which can be
/// merged, and out of which values can be taken, without loss that a double would show. While a value without a square is in it, the variance is no number.
/// </summary>
/// <param name="root">Whether the result is the standard deviation.</param>
public sealed class DoubleVariance(bool root) : FixedAggregate<ShiftedSums>, IRetractable
{
    private const double Largest = 1e140;

    public override string StateName => "variance.double";

    public override DataType ResultType => DataType.Double;

    protected override void Add(ref ShiftedSums state, in RowInput input) => Change(ref state, ((DoubleColumn)input.Values!)[input.Row], 1);

    public void Retract(Span<byte> slot, ref Heap heap, in RowInput input) =>
        Change(ref MemoryMarshal.AsRef<ShiftedSums>(slot), ((DoubleColumn)input.Values!)[input.Row], -1);

    public long Holds(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap, in RowInput input) => MemoryMarshal.AsRef<ShiftedSums>(slot).Count;

    private static void Change(ref ShiftedSums state, double value, int times)
    {
        if (Math.Abs(value) < Largest)
        {
            if (state.IsUnshifted) state.Shift = value;
            state.Count += times;
            var difference = DoubleDouble.Exact(value, -state.Shift);
            var square = difference * difference;
            state.Sum = times > 0 ? state.Sum + difference : state.Sum - difference;
            state.Squares = times > 0 ? state.Squares + square : state.Squares - square;
            Settle(ref state, square.High);
        }
        else
        {
            state.Count += times;
            state.Beyond += times;
            Settle(ref state, 0);
        }
    }

    protected override void Join(ref ShiftedSums state, in ShiftedSums other)
    {
        var finite = other.Count - other.Beyond;
        if (state.IsUnshifted) state.Shift = other.Shift;
        // (x - s) = (x - t) + (t - s), summed over all x.
        var shift = DoubleDouble.Exact(other.Shift, -state.Shift);
        var moved = shift * finite;
        state.Sum += other.Sum + moved;
        state.Squares += other.Squares + shift * other.Sum * 2 + shift * moved;
        state.Count += other.Count;
        state.Beyond += other.Beyond;
        Settle(ref state, Math.Max(other.Peak, Math.Abs((shift * moved).High)));
    }

    private static void Settle(ref ShiftedSums state, double peak)
    {
        state.Peak = Math.Max(state.Peak, Math.Max(peak, Math.Abs(state.Squares.High)));
        if (state.Count == 0 && state.Beyond == 0 && Residue.IsNothing(state.Squares, state.Peak) && Residue.IsNothing(state.Sum, Math.Sqrt(state.Peak))) state = default;
    }

    protected override FeatureValue Result(in ShiftedSums state)
    {
        if (state.Count < 2 || state.Beyond > 0) return FeatureValue.Missing(ResultType, FeatureStatus.NullValue);
        var spread = state.Squares - state.Sum * state.Sum / state.Count;
        var variance = Math.Max(0, (spread / (state.Count - 1)).Value);
        return FeatureValue.OfDouble(root ? Math.Sqrt(variance) : variance);
    }
}
