using System.Runtime.InteropServices;
using StreamForge.Core;

namespace StreamForge.Features.Aggregates;

/// <summary>How many rows of a boolean column are true: a part of ratio.</summary>
public sealed class TrueCount : FixedAggregate<long>, IRetractable, ITotal
{
    public override string StateName => "true_count";

    public override DataType ResultType => DataType.BigInt;

    private static byte Of(in RowInput input) => ((BooleanColumn)input.Values!)[input.Row];

    protected override void Add(ref long state, in RowInput input) => state += Of(input);

    protected override void Join(ref long state, in long other) => state += other;

    protected override FeatureValue Result(in long state) => FeatureValue.OfInt64(DataType.BigInt, state);

    /// <summary>A row that is not true is not counted, and can always be taken out.</summary>
    public long Holds(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap, in RowInput input) => Of(input) == 0 ? long.MaxValue : MemoryMarshal.Read<long>(slot);

    public void Retract(Span<byte> slot, ref Heap heap, in RowInput input) => MemoryMarshal.AsRef<long>(slot) -= Of(input);

    public Total TotalOf(ReadOnlySpan<byte> slot) => Total.Of(MemoryMarshal.Read<long>(slot), 0);
}
