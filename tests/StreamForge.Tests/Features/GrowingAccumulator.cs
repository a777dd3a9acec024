using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Tests.FeatureTests;

/// <summary>One accumulator whose heap has room to spare and is squeezed when it is full, as a key's state is: for many rows.</summary>
internal sealed class GrowingAccumulator(IRetractable aggregate)
{
    private readonly byte[] _slot = new byte[aggregate.Size];
    private byte[] _heap = [];
    private uint _used;
    private uint _garbage;

    public long HeapInUse => _used - _garbage;

    public void Add(Column values, int row)
    {
        var input = new RowInput(values, row, row, row);
        Reserve(aggregate.HeapNeed(_slot, input));
        var heap = new Heap(_heap, ref _used, ref _garbage);
        aggregate.Accumulate(_slot, ref heap, input);
    }

    public void Retract(Column values, int row)
    {
        var input = new RowInput(values, row, row, row);
        Reserve(aggregate.RetractNeed(_slot, input));
        var heap = new Heap(_heap, ref _used, ref _garbage);
        aggregate.Retract(_slot, ref heap, input);
    }

    public FeatureValue Finish() => aggregate.Finish(_slot, _heap);

    private void Reserve(int bytes)
    {
        if (_heap.Length - _used >= bytes) return;
        ref var reference = ref HeapReference.Of(_slot);
        var larger = new byte[reference.Length + bytes * 2];
        reference.In(_heap).CopyTo(larger);
        if (reference.Length > 0) reference.Offset = 0;
        (_heap, _used, _garbage) = (larger, reference.Length, 0);
    }
}
