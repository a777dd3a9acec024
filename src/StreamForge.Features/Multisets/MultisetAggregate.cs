using System.Runtime.InteropServices;
using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Features.Multisets;

/// <summary>What is computed from a counted multiset of values: exact under any order of adding and taking out.</summary>
/// <param name="stateName">What is counted; aggregates that count the same share a slot.</param>
/// <param name="codec">Makes keys of values.</param>
public abstract class MultisetAggregate<TKey, TCodec>(string stateName, TCodec codec) : IRetractable, IReadInPart
    where TKey : unmanaged, IMultisetKey<TKey>
    where TCodec : struct, IMultisetCodec<TKey>
{
    public string StateName => stateName;

    public byte Version => 1;

    public int Size => Multiset<TKey>.SlotBytes;

    public bool UsesHeap => true;

    public abstract DataType ResultType { get; }

    public virtual FeatureError? Error => null;

    /// <summary>As in <see cref="IReadInPart.Ends"/>.</summary>
    public (int Least, int Greatest) Ends { get; protected init; } = (int.MaxValue, int.MaxValue);

    protected TCodec Codec => codec;

    public IReadInPart ReadTo((int Least, int Greatest) ends)
    {
        var wider = (Math.Max(Ends.Least, ends.Least), Math.Max(Ends.Greatest, ends.Greatest));
        return wider == Ends ? this : With(wider);
    }

    /// <summary>A copy that is read to <paramref name="ends"/>.</summary>
    protected abstract IReadInPart With((int Least, int Greatest) ends);

    public int HeapNeed(ReadOnlySpan<byte> slot, in RowInput input) => Multiset<TKey>.Need(slot, 1, codec.KeyOf(input, out _).TextLength);

    public int RetractNeed(ReadOnlySpan<byte> slot, in RowInput input) => HeapNeed(slot, input);

    public void Accumulate(Span<byte> slot, ref Heap heap, in RowInput input) => new Multiset<TKey>(slot, heap).Add(codec.KeyOf(input, out var text), text, 1);

    public void Retract(Span<byte> slot, ref Heap heap, in RowInput input) => new Multiset<TKey>(slot, heap).Add(codec.KeyOf(input, out var text), text, -1);

    public long Holds(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap, in RowInput input) => new MultisetView<TKey>(slot, heap).CountOf(codec.KeyOf(input, out var text), text);

    public int MergeNeed(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> other, ReadOnlySpan<byte> otherHeap) => Multiset<TKey>.MergeNeed(slot, other);

    public void Merge(Span<byte> slot, ref Heap heap, ReadOnlySpan<byte> other, ReadOnlySpan<byte> otherHeap) =>
        new Multiset<TKey>(slot, heap).Merge(new MultisetView<TKey>(other, otherHeap));

    public int MergeEndsNeed(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> other) =>
        IsReadWhole(slot, other) ? Multiset<TKey>.MergeNeed(slot, other) : Multiset<TKey>.Need(slot, Ends.Least + Ends.Greatest, Multiset<TKey>.TextBytes(other));

    public void MergeEnds(Span<byte> slot, ref Heap heap, ReadOnlySpan<byte> other, ReadOnlySpan<byte> otherHeap)
    {
        var set = new Multiset<TKey>(slot, heap);
        var from = new MultisetView<TKey>(other, otherHeap);
        if (IsReadWhole(slot, other))
        {
            set.Merge(from);
            return;
        }
        set.Reserve(Ends.Least + Ends.Greatest, Multiset<TKey>.TextBytes(other));
        Take(ref set, from.Ascending, from.Text, Ends.Least);
        Take(ref set, from.Descending, from.Text, Ends.Greatest);
    }

    private static void Take(ref Multiset<TKey> set, MultisetView<TKey>.Walk walk, ReadOnlySpan<byte> text, int count)
    {
        for (; count > 0 && walk.MoveNext(); count--) set.Add(walk.Current.Key, text, walk.Current.Count);
    }

    /// <summary>Whether the ends are all of it, or counts below zero may take something away from them.</summary>
    private bool IsReadWhole(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> other)
    {
        ref readonly var from = ref MemoryMarshal.AsRef<MultisetState>(other);
        return (long)Ends.Least + Ends.Greatest >= from.Positive || from.Negative > 0 || MemoryMarshal.AsRef<MultisetState>(slot).Negative > 0;
    }

    public FeatureValue Finish(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap) => MemoryMarshal.AsRef<MultisetState>(slot).Positive == 0
        ? Empty
        : Result(MemoryMarshal.AsRef<MultisetState>(slot), new MultisetView<TKey>(slot, heap));

    /// <summary>The result over nothing.</summary>
    protected virtual FeatureValue Empty => FeatureValue.Missing(ResultType, FeatureStatus.NullValue);

    /// <summary>The result over at least one value.</summary>
    protected abstract FeatureValue Result(in MultisetState state, MultisetView<TKey> values);
}
