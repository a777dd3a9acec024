using StreamForge.Core;

namespace StreamForge.Features.Aggregates;

/// <summary>
/// An aggregate is an algebra over accumulators: <see cref="Identity"/> makes the empty one, <see cref="Accumulate"/> adds one row,
/// <see cref="Merge"/> joins two, <see cref="Finish"/> reads the result. Merging is associative and commutative, so tiles may be joined in any
/// order and on any host.
/// <para>
/// An accumulator is bytes: <see cref="Size"/> of them in a slot that always has that size, and, where <see cref="UsesHeap"/>, more in the heap of the same key,
/// which the slot's first eight bytes point to (<see cref="HeapReference"/>). The bytes are the serialized form: they go unchanged into checkpoints, and
/// <see cref="StateName"/> with <see cref="Version"/> says what they mean. Two aggregates of one view over the same values that have the same
/// state name share their slots (sum and avg).
/// </para>
/// <para>
/// Adding is all that this interface promises. What can also take a row out again implements <see cref="IRetractable"/>; nothing else may claim to.
/// </para>
/// Implementations have no state of their own and may be used from any thread.
/// </summary>
public interface IAggregate
{
    /// <summary>What the accumulator's bytes are, such as <c>sum.double</c>; part of the stored format.</summary>
    string StateName { get; }

    /// <summary>The version of the accumulator's bytes; raised when their meaning changes.</summary>
    byte Version { get; }

    /// <summary>Bytes of the slot: a multiple of 8.</summary>
    int Size { get; }

    /// <summary>Whether the accumulator also keeps bytes in the key's heap.</summary>
    bool UsesHeap { get; }

    /// <summary>The type of what <see cref="Finish"/> returns.</summary>
    DataType ResultType { get; }

    /// <summary>How far the result may be from the truth; null where it is exact, but for the rounding of doubles.</summary>
    FeatureError? Error => null;

    /// <summary>Makes <paramref name="slot"/> the empty accumulator. All zero bytes are always the empty accumulator, so this clears the slot.</summary>
    static void Identity(Span<byte> slot) => slot.Clear();

    /// <summary>Heap bytes that <see cref="Accumulate"/> may need for this row at most; 0 without a heap.</summary>
    int HeapNeed(ReadOnlySpan<byte> slot, in RowInput input);

    /// <summary>Adds one row. The caller has seen to it that <see cref="HeapNeed"/> bytes are free, and that the value is not null.</summary>
    void Accumulate(Span<byte> slot, ref Heap heap, in RowInput input);

    /// <summary>Heap bytes that <see cref="Merge"/> may need at most.</summary>
    int MergeNeed(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> other, ReadOnlySpan<byte> otherHeap);

    /// <summary>Adds what <paramref name="other"/> has counted.</summary>
    void Merge(Span<byte> slot, ref Heap heap, ReadOnlySpan<byte> other, ReadOnlySpan<byte> otherHeap);

    /// <summary>The result; <see cref="FeatureStatus.NullValue"/> when there is nothing to compute it from.</summary>
    /// <exception cref="StreamForgeException">OutOfRange when the result does not fit its type.</exception>
    FeatureValue Finish(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap);
}

/// <summary>
/// An aggregate that can take a row out again, exactly as if it had never been added. After the last one has been taken out the slot is the empty accumulator again, all zero bytes, and its heap
/// bytes have been given back: that is how an empty tile is known. What keeps values (min, max, first, last, last_n, top_k, distinct) keeps a multiset of them.
/// </summary>
public interface IRetractable : IAggregate
{
    /// <summary>How often a row like this one can be taken out: the count of its value in the multiset, or of all values where single ones are not kept. Below 0 in an accumulator that owes rows to another.</summary>
    long Holds(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap, in RowInput input);

    /// <summary>Heap bytes that <see cref="Retract"/> may need at most.</summary>
    int RetractNeed(ReadOnlySpan<byte> slot, in RowInput input) => 0;

    /// <summary>Takes one row out. <see cref="Holds"/> may be 0 or below for it: then the accumulator owes it to another one that it will be merged with, and counts below zero.</summary>
    void Retract(Span<byte> slot, ref Heap heap, in RowInput input);
}

/// <summary>One row as an aggregate sees it.</summary>
/// <param name="Values">The aggregated column; null for count without <c>of</c>.</param>
/// <param name="Row">The row within the column; not null there.</param>
/// <param name="Time">The row's event time in microseconds.</param>
/// <param name="Order">Breaks ties of time: unique per row and the same on every run (partition, then number in the partition).</param>
public readonly ref struct RowInput(Column? values, int row, long time, long order)
{
    public readonly Column? Values = values;
    public readonly int Row = row;
    public readonly long Time = time;
    public readonly long Order = order;
}
