using System.Numerics;
using System.Runtime.InteropServices;
using StreamForge.Core;

namespace StreamForge.Features.Aggregates;

/// <summary>
/// An exact sum of decimals and how many are in it: a 192-bit number in two's complement, so that a sum that fits in the end is right even when a part of it
/// did not.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct WideSum
{
    /// <summary>The lower 128 bits, as two halves, so that the state needs no alignment beyond 8.</summary>
    public ulong Low;
    public ulong Middle;

    /// <summary>The upper 64 bits, with the sign.</summary>
    public long High;
    public long Count;

    public readonly BigInteger Value => ((BigInteger)High << 128) + new UInt128(Middle, Low);

    public void Add(UInt128 low, long high)
    {
        var sum = unchecked(new UInt128(Middle, Low) + low);
        High += high + (sum < low ? 1 : 0);
        Low = (ulong)sum;
        Middle = (ulong)(sum >> 64);
    }

    public void Add(Int128 value) => Add(unchecked((UInt128)value), value < 0 ? -1 : 0);
}

/// <summary>sum over decimal(p,s): decimal(38,s), exact; a result beyond 38 digits is an error, never a wrap.</summary>
public class DecimalSum(int scale) : FixedAggregate<WideSum>, IRetractable, ITotal
{
    protected int Scale { get; } = scale;

    public override string StateName => $"sum.decimal({Scale})";

    public override DataType ResultType => DataType.Decimal(DataType.MaxPrecision, Scale);

    protected override void Add(ref WideSum state, in RowInput input)
    {
        state.Add(((DecimalColumn)input.Values!)[input.Row]);
        state.Count++;
    }

    protected override void Join(ref WideSum state, in WideSum other)
    {
        state.Add(new UInt128(other.Middle, other.Low), other.High);
        state.Count += other.Count;
    }

    protected override FeatureValue Result(in WideSum state)
    {
        if (state.Count == 0) return FeatureValue.Missing(ResultType, FeatureStatus.NullValue);
        var sum = state.Value;
        if (BigInteger.Abs(sum) >= (BigInteger)Decimal128.Limit)
            throw new StreamForgeException(ErrorKind.OutOfRange, $"the sum does not fit decimal(38,{Scale}); sum a double column instead");
        return FeatureValue.OfDecimal(ResultType, (Int128)sum);
    }

    public long Holds(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap, in RowInput input) => MemoryMarshal.AsRef<WideSum>(slot).Count;

    public void Retract(Span<byte> slot, ref Heap heap, in RowInput input)
    {
        ref var state = ref MemoryMarshal.AsRef<WideSum>(slot);
        state.Add(-((DecimalColumn)input.Values!)[input.Row]);
        state.Count--;
    }

    public Total TotalOf(ReadOnlySpan<byte> slot) => Total.Of(MemoryMarshal.AsRef<WideSum>(slot).Value, Scale);
}

/// <summary>avg over decimal: the exact sum divided once, as a double.</summary>
public sealed class DecimalAverage(int scale) : DecimalSum(scale)
{
    public override DataType ResultType => DataType.Double;

    protected override FeatureValue Result(in WideSum state) => state.Count == 0
        ? FeatureValue.Missing(ResultType, FeatureStatus.NullValue)
        : FeatureValue.OfDouble(ExactRatio.Divide(state.Value, state.Count, Scale));
}
