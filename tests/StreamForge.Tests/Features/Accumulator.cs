using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Tests.FeatureTests;

/// <summary>One accumulator with a heap of its own that never has a byte more than the aggregate said it may need.</summary>
internal sealed class Accumulator(IAggregate aggregate)
{
    private readonly byte[] _slot = new byte[aggregate.Size];
    private byte[] _heap = [];
    private uint _used;
    private uint _garbage;

    public ReadOnlySpan<byte> Slot => _slot;

    /// <summary>The heap block that the slot points to.</summary>
    public ReadOnlySpan<byte> Block => aggregate.UsesHeap ? HeapReference.Read(_slot).In(_heap) : default;

    public uint HeapInUse => _used - _garbage;

    public Accumulator Add(Column? values, int row, long time = 0, long order = 0)
    {
        var input = new RowInput(values, row, time, order);
        Reserve(aggregate.HeapNeed(_slot, input));
        var heap = new Heap(_heap, ref _used, ref _garbage);
        aggregate.Accumulate(_slot, ref heap, input);
        return this;
    }

    public Accumulator Merge(Accumulator other)
    {
        Reserve(aggregate.MergeNeed(_slot, other._slot, other._heap));
        var heap = new Heap(_heap, ref _used, ref _garbage);
        aggregate.Merge(_slot, ref heap, other._slot, other._heap);
        return this;
    }

    public void Retract(Column? values, int row, long time = 0, long order = 0)
    {
        var input = new RowInput(values, row, time, order);
        Reserve(((IRetractable)aggregate).RetractNeed(_slot, input));
        var heap = new Heap(_heap, ref _used, ref _garbage);
        ((IRetractable)aggregate).Retract(_slot, ref heap, input);
    }

    public long Holds(Column? values, int row, long time = 0, long order = 0) =>
        ((IRetractable)aggregate).Holds(_slot, _heap, new RowInput(values, row, time, order));

    /// <summary>Merges what a reading needs.</summary>
    public Accumulator MergeEnds(Accumulator other)
    {
        var part = (IReadInPart)aggregate;
        Reserve(part.MergeEndsNeed(_slot, other._slot));
        var heap = new Heap(_heap, ref _used, ref _garbage);
        part.MergeEnds(_slot, ref heap, other._slot, other._heap);
        return this;
    }

    public FeatureValue Finish() => aggregate.Finish(_slot, _heap);

    private void Reserve(int bytes) => Array.Resize(ref _heap, (int)_used + bytes);
}
