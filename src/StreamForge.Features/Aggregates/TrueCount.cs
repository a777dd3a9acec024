using System.Runtime.InteropServices;
using StreamForge.Core;

namespace StreamForge.Features.Aggregates;

/// <summary>Rows, and how many of them are true.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TrueRows
{
    public long True;

    /// <summary>All rows, so that a tile that holds rows is known from an empty one when none of them is true.</summary>
    public long Rows;
}

/// <summary>How many rows of a boolean column are true: a part of ratio.</summary>
public sealed class TrueCount : FixedAggregate<TrueRows>, IRetractable, ITotal
{
    public override string StateName => "true_count";

    public override DataType ResultType => DataType.BigInt;

    private static byte Of(in RowInput input) => ((BooleanColumn)input.Values!)[input.Row];

    protected override void Add(ref TrueRows state, in RowInput input)
    {
        state.True += Of(input);
        state.Rows++;
    }

    protected override void Join(ref TrueRows state, in TrueRows other)
    {
        state.True += other.True;
        state.Rows += other.Rows;
    }

    protected override FeatureValue Result(in TrueRows state) => FeatureValue.OfInt64(DataType.BigInt, state.True);

    public long Holds(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap, in RowInput input)
    {
        ref readonly var state = ref MemoryMarshal.AsRef<TrueRows>(slot);
        return Of(input) == 0 ? state.Rows - state.True : state.True;
    }

    public void Retract(Span<byte> slot, ref Heap heap, in RowInput input)
    {
        ref var state = ref MemoryMarshal.AsRef<TrueRows>(slot);
        state.True -= Of(input);
        state.Rows--;
    }

    public Total TotalOf(ReadOnlySpan<byte> slot) => Total.Of(MemoryMarshal.AsRef<TrueRows>(slot).True, 0);
}
