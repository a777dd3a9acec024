using System.Runtime.InteropServices;
using StreamForge.Core;

namespace StreamForge.Features.Aggregates;

/// <summary>
/// sum over decimal(p,s): decimal(38,s), exact. A partial sum beyond 38 digits marks the accumulator as overflowed, which merging keeps and reading
/// reports; it never wraps.
/// </summary>
public class DecimalSum(int scale) : FixedAggregate<ExactSum>, IRetractable
{
    private static readonly Int128 Overflowed = Int128.MinValue;

    protected int Scale { get; } = scale;

    public override string StateName => $"sum.decimal({Scale})";

    public override DataType ResultType => DataType.Decimal(DataType.MaxPrecision, Scale);

    protected override void Add(ref ExactSum state, in RowInput input)
    {
        Shift(ref state, ((DecimalColumn)input.Values!)[input.Row]);
        state.Count++;
    }

    protected override void Join(ref ExactSum state, in ExactSum other)
    {
        if (other.Value == Overflowed) state.Value = Overflowed;
        else Shift(ref state, other.Value);
        state.Count += other.Count;
    }

    private static void Shift(ref ExactSum state, Int128 amount)
    {
        var value = state.Value;
        if (value == Overflowed) return;
        state.Value = Decimal128.TryAdd(value, amount, out var sum) ? sum : Overflowed;
    }

    protected override FeatureValue Result(in ExactSum state)
    {
        if (state.Count == 0) return FeatureValue.Missing(ResultType, FeatureStatus.NullValue);
        return FeatureValue.OfDecimal(ResultType, Checked(state));
    }

    protected Int128 Checked(in ExactSum state)
    {
        var value = state.Value;
        return value != Overflowed ? value
            : throw new StreamForgeException(ErrorKind.OutOfRange, $"the sum does not fit decimal(38,{Scale}); sum a double column instead");
    }

    public void Retract(Span<byte> slot, ref Heap heap, in RowInput input)
    {
        ref var state = ref MemoryMarshal.AsRef<ExactSum>(slot);
        Shift(ref state, -((DecimalColumn)input.Values!)[input.Row]);
        state.Count--;
    }
}

/// <summary>avg over decimal: the exact sum divided once, as a double.</summary>
public sealed class DecimalAverage(int scale) : DecimalSum(scale)
{
    public override DataType ResultType => DataType.Double;

    protected override FeatureValue Result(in ExactSum state) => state.Count == 0
        ? FeatureValue.Missing(ResultType, FeatureStatus.NullValue)
        : FeatureValue.OfDouble(ExactRatio.Divide(Checked(state), state.Count, Scale));
}
