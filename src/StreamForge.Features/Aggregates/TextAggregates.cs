using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using StreamForge.Core;

namespace StreamForge.Features.Aggregates;

[StructLayout(LayoutKind.Sequential)]
public struct KeptText
{
    public HeapReference Reference;

    /// <summary>The text's bytes; its block may be longer.</summary>
    public long Length;
    public Moment Moment;

    public readonly ReadOnlySpan<byte> In(ReadOnlySpan<byte> heap) => Reference.In(heap)[..(int)Length];
}

/// <summary>
/// Keeps one text of those seen, in the key's heap: the base of min, max, first and last over string and bytes columns. Text compares by its UTF-8 bytes,
/// which is the order of code points.
/// </summary>
public abstract class KeptTextAggregate(DataType type) : IAggregate
{
    public abstract string StateName { get; }

    public byte Version => 1;

    public int Size { get; } = Unsafe.SizeOf<KeptText>();

    public bool UsesHeap => true;

    public DataType ResultType => type;

    /// <summary>Whether the new text takes the place of the kept one; <paramref name="kept"/> holds one.</summary>
    protected abstract bool Replaces(in KeptText kept, ReadOnlySpan<byte> keptText, ReadOnlySpan<byte> text, long time, long order);

    public int HeapNeed(ReadOnlySpan<byte> slot, in RowInput input) => Room(((BytesColumn)input.Values!)[input.Row].Length);

    public int MergeNeed(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> other, ReadOnlySpan<byte> otherHeap) =>
        Room((int)MemoryMarshal.AsRef<KeptText>(other).Length);

    private static int Room(int length) => (length + 7) & ~7;

    public void Accumulate(Span<byte> slot, ref Heap heap, in RowInput input) =>
        Offer(ref MemoryMarshal.AsRef<KeptText>(slot), ref heap, ((BytesColumn)input.Values!)[input.Row], input.Time, input.Order);

    public void Merge(Span<byte> slot, ref Heap heap, ReadOnlySpan<byte> other, ReadOnlySpan<byte> otherHeap)
    {
        ref readonly var from = ref MemoryMarshal.AsRef<KeptText>(other);
        if (from.Moment.Seen != 0)
            Offer(ref MemoryMarshal.AsRef<KeptText>(slot), ref heap, from.In(otherHeap), from.Moment.Time, from.Moment.Order);
    }

    private void Offer(ref KeptText kept, ref Heap heap, ReadOnlySpan<byte> text, long time, long order)
    {
        if (kept.Moment.Seen != 0 && !Replaces(kept, kept.In(heap.Bytes), text, time, order)) return;
        if (kept.Reference.Length < text.Length) heap.Replace(ref kept.Reference, text.Length);
        text.CopyTo(heap.Get(kept.Reference));
        kept.Length = text.Length;
        kept.Moment = new Moment { Time = time, Order = order, Seen = 1 };
    }

    public FeatureValue Finish(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap)
    {
        ref readonly var kept = ref MemoryMarshal.AsRef<KeptText>(slot);
        if (kept.Moment.Seen == 0) return FeatureValue.Missing(type, FeatureStatus.NullValue);
        var text = kept.In(heap);
        return FeatureValue.OfText(type, type.Kind == TypeKind.Bytes ? Convert.ToBase64String(text) : Encoding.UTF8.GetString(text));
    }
}

/// <summary>min and max over text that rows are only ever added to.</summary>
public sealed class TextExtreme(DataType type, bool largest) : KeptTextAggregate(type)
{
    public override string StateName => (largest ? "max." : "min.") + ResultType;

    protected override bool Replaces(in KeptText kept, ReadOnlySpan<byte> keptText, ReadOnlySpan<byte> text, long time, long order)
    {
        var comparison = text.SequenceCompareTo(keptText);
        return largest ? comparison > 0 : comparison < 0;
    }
}

/// <summary>first and last over text.</summary>
public sealed class TextTimeOrdered(DataType type, bool last) : KeptTextAggregate(type)
{
    public override string StateName => (last ? "last." : "first.") + ResultType;

    protected override bool Replaces(in KeptText kept, ReadOnlySpan<byte> keptText, ReadOnlySpan<byte> text, long time, long order) =>
        kept.Moment.YieldsTo(time, order, last);
}
