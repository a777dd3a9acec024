using System.Runtime.InteropServices;
using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Features.Multisets;

/// <summary>
/// last_n over rows that are only ever added: the newest values alone, ties of time by position. It cannot take a row out: those that stood before the kept ones are gone.
/// </summary>
/// <param name="n">How many are kept.</param>
public sealed class KeptLast<TKey, TCodec>(DataType type, PositionedCodec<TKey, TCodec> codec, int n) : IAggregate
    where TKey : unmanaged, IMultisetKey<TKey>
    where TCodec : struct, IMultisetCodec<TKey>
{
    public string StateName => $"last_n({n}).{type}";

    public byte Version => 1;

    public int Size => Multiset<PositionedKey<TKey>>.SlotBytes;

    public bool UsesHeap => true;

    public DataType ResultType => JsonArray.ResultType;

    public int HeapNeed(ReadOnlySpan<byte> slot, in RowInput input) => Multiset<PositionedKey<TKey>>.Need(slot, 1, codec.KeyOf(input, out _).TextLength);

    public void Accumulate(Span<byte> slot, ref Heap heap, in RowInput input)
    {
        var set = new Multiset<PositionedKey<TKey>>(slot, heap);
        set.Add(codec.KeyOf(input, out var text), text, 1);
        Trim(slot, ref set);
    }

    public int MergeNeed(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> other, ReadOnlySpan<byte> otherHeap) => Multiset<PositionedKey<TKey>>.MergeNeed(slot, other);

    public void Merge(Span<byte> slot, ref Heap heap, ReadOnlySpan<byte> other, ReadOnlySpan<byte> otherHeap)
    {
        var set = new Multiset<PositionedKey<TKey>>(slot, heap);
        set.Merge(new MultisetView<PositionedKey<TKey>>(other, otherHeap));
        Trim(slot, ref set);
    }

    private void Trim(ReadOnlySpan<byte> slot, ref Multiset<PositionedKey<TKey>> set)
    {
        while (MemoryMarshal.AsRef<MultisetState>(slot).Positive > n) set.RemoveLeast();
    }

    public FeatureValue Finish(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap)
    {
        var values = new MultisetView<PositionedKey<TKey>>(slot, heap);
        var result = new List<FeatureValue>(n);
        for (var walk = values.Descending; walk.MoveNext();) result.Add(codec.ValueOf(type, walk.Current.Key, values.Text));
        return result.Count == 0 ? FeatureValue.Missing(ResultType, FeatureStatus.NullValue) : JsonArray.Of(result);
    }
}
