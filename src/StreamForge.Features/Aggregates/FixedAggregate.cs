using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using StreamForge.Core;

namespace StreamForge.Features.Aggregates;

/// <summary>An aggregate without a heap, which can therefore join many tiles in one go.</summary>
public interface IFixedAggregate : IAggregate
{
    /// <summary>Adds what the accumulators at <paramref name="offset"/> of every tile have counted.</summary>
    /// <param name="tiles">Whole tiles of <paramref name="stride"/> bytes each.</param>
    void MergeAll(Span<byte> slot, ReadOnlySpan<byte> tiles, int offset, int stride);
}

/// <summary>An aggregate whose accumulator is one struct of fixed size, without a heap.</summary>
/// <typeparam name="TState">The accumulator; its zero is the empty one; its size is a multiple of 8.</typeparam>
public abstract class FixedAggregate<TState> : IFixedAggregate where TState : unmanaged
{
    public abstract string StateName { get; }

    public virtual byte Version => 1;

    public int Size { get; } = Unsafe.SizeOf<TState>();

    public bool UsesHeap => false;

    public abstract DataType ResultType { get; }

    public int HeapNeed(ReadOnlySpan<byte> slot, in RowInput input) => 0;

    public int MergeNeed(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> other, ReadOnlySpan<byte> otherHeap) => 0;

    public void Accumulate(Span<byte> slot, ref Heap heap, in RowInput input) => Add(ref MemoryMarshal.AsRef<TState>(slot), input);

    public void Merge(Span<byte> slot, ref Heap heap, ReadOnlySpan<byte> other, ReadOnlySpan<byte> otherHeap) =>
        Join(ref MemoryMarshal.AsRef<TState>(slot), in MemoryMarshal.AsRef<TState>(other));

    public void MergeAll(Span<byte> slot, ReadOnlySpan<byte> tiles, int offset, int stride)
    {
        ref var state = ref MemoryMarshal.AsRef<TState>(slot);
        for (; offset < tiles.Length; offset += stride) Join(ref state, in MemoryMarshal.AsRef<TState>(tiles[offset..]));
    }

    public FeatureValue Finish(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap) => Result(in MemoryMarshal.AsRef<TState>(slot));

    protected abstract void Add(ref TState state, in RowInput input);

    protected abstract void Join(ref TState state, in TState other);

    protected abstract FeatureValue Result(in TState state);
}
