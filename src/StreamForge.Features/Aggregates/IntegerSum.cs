using System.Runtime.InteropServices;
using StreamForge.Core;

namespace StreamForge.Features.Aggregates;

/// <summary>An exact sum and how many values are in it. 128 bits hold the sum of any number of 64-bit integers that a machine can count.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ExactSum
{
    /// <summary>The sum; low and high half, so that the state needs no alignment beyond 8.</summary>
    public ulong Low;
    public long High;
    public long Count;

    public Int128 Value
    {
        readonly get => new((ulong)High, Low);
        set
        {
            Low = (ulong)(value & ulong.MaxValue);
            High = (long)(value >> 64);
        }
    }
}

/// <summary>sum over int and bigint: bigint; a result beyond 64 bits is an error, never a wrap.</summary>
public class IntegerSum : FixedAggregate<ExactSum>, IRetractable, ITotal
{
    public override string StateName => "sum.integer";

    public override DataType ResultType => DataType.BigInt;

    protected override void Add(ref ExactSum state, in RowInput input)
    {
        state.Value += ((Int64Column)input.Values!)[input.Row];
        state.Count++;
    }

    protected override void Join(ref ExactSum state, in ExactSum other)
    {
        state.Value += other.Value;
        state.Count += other.Count;
    }

    protected override FeatureValue Result(in ExactSum state)
    {
        if (state.Count == 0) return FeatureValue.Missing(ResultType, FeatureStatus.NullValue);
        var sum = state.Value;
        if (sum > long.MaxValue || sum < long.MinValue)
            throw new StreamForgeException(ErrorKind.OutOfRange, $"the sum {sum} does not fit bigint; sum a decimal or double column instead");
        return FeatureValue.OfInt64(ResultType, (long)sum);
    }

    public long Holds(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap, in RowInput input) => MemoryMarshal.AsRef<ExactSum>(slot).Count;

    public void Retract(Span<byte> slot, ref Heap heap, in RowInput input)
    {
        ref var state = ref MemoryMarshal.AsRef<ExactSum>(slot);
        state.Value -= ((Int64Column)input.Values!)[input.Row];
        state.Count--;
    }

    public Total TotalOf(ReadOnlySpan<byte> slot) => Total.Of(MemoryMarshal.AsRef<ExactSum>(slot).Value, 0);
}

/// <summary>avg over int and bigint: the exact sum divided once, as a double.</summary>
public sealed class IntegerAverage : IntegerSum
{
    public override DataType ResultType => DataType.Double;

    protected override FeatureValue Result(in ExactSum state) => state.Count == 0
        ? FeatureValue.Missing(ResultType, FeatureStatus.NullValue)
        : FeatureValue.OfDouble(ExactRatio.Divide(state.Value, state.Count, 0));
}
