using StreamForge.Core;

namespace StreamForge.Features.Aggregates;

/// <summary>count: rows, or rows whose value is not null. Zero over nothing.</summary>
public sealed class CountAggregate : FixedAggregate<long>, IRetractable, ITotal
{
    public override string StateName => "count";

    public override DataType ResultType => DataType.BigInt;

    protected override void Add(ref long state, in RowInput input) => state++;

    protected override void Join(ref long state, in long other) => state += other;

    protected override FeatureValue Result(in long state) => FeatureValue.OfInt64(DataType.BigInt, state);

    public long Holds(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap, in RowInput input) => System.Runtime.InteropServices.MemoryMarshal.Read<long>(slot);

    public void Retract(Span<byte> slot, ref Heap heap, in RowInput input) => System.Runtime.InteropServices.MemoryMarshal.AsRef<long>(slot)--;

    public Total TotalOf(ReadOnlySpan<byte> slot) => Total.Of(System.Runtime.InteropServices.MemoryMarshal.Read<long>(slot), 0);
}
