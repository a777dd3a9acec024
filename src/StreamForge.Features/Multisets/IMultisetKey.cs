using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace StreamForge.Features.Multisets;

/// <summary>What a <see cref="Multiset{TKey}"/> counts: a key of fixed size, ordered, whose text, if it has any, stands in the multiset's text area.</summary>
public interface IMultisetKey<TSelf> where TSelf : unmanaged, IMultisetKey<TSelf>
{
    /// <summary>Whether keys of this type refer to text.</summary>
    static abstract bool HasText { get; }

    /// <summary>Compares two keys, each with the area that its text stands in.</summary>
    static abstract int Compare(in TSelf a, ReadOnlySpan<byte> textOfA, in TSelf b, ReadOnlySpan<byte> textOfB);

    /// <summary>Bytes of text; 0 without.</summary>
    int TextLength { get; }

    /// <summary>Where the text begins in its area.</summary>
    uint TextOffset { get; set; }
}

/// <summary>A 64-bit number, or what was mapped to one in its order.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Int64Key : IMultisetKey<Int64Key>
{
    public long Value;

    public static bool HasText => false;

    public static int Compare(in Int64Key a, ReadOnlySpan<byte> textOfA, in Int64Key b, ReadOnlySpan<byte> textOfB) => a.Value.CompareTo(b.Value);

    public readonly int TextLength => 0;

    public readonly uint TextOffset { get => 0; set { } }
}

/// <summary>An unscaled decimal; two halves, so that the state needs no alignment beyond 8.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct DecimalKey : IMultisetKey<DecimalKey>
{
    public ulong Low;
    public long High;

    public static bool HasText => false;

    public Int128 Value
    {
        readonly get => new((ulong)High, Low);
        set
        {
            Low = (ulong)(value & ulong.MaxValue);
            High = (long)(value >> 64);
        }
    }

    public static int Compare(in DecimalKey a, ReadOnlySpan<byte> textOfA, in DecimalKey b, ReadOnlySpan<byte> textOfB) =>
        a.High != b.High ? a.High.CompareTo(b.High) : a.Low.CompareTo(b.Low);

    public readonly int TextLength => 0;

    public readonly uint TextOffset { get => 0; set { } }
}

/// <summary>Text or bytes, in the order of the bytes. The first eight stand in the key, so that most comparisons need not look further.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TextKey : IMultisetKey<TextKey>
{
    /// <summary>The first eight bytes, big-endian, zeros after the end.</summary>
    public ulong Prefix;
    public uint Offset;
    public uint Length;

    public static bool HasText => true;

    /// <summary>The key of a text that stands at the beginning of its area.</summary>
    public static TextKey Of(ReadOnlySpan<byte> text)
    {
        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        prefix.Clear();
        text[..Math.Min(text.Length, prefix.Length)].CopyTo(prefix);
        return new TextKey { Prefix = BinaryPrimitives.ReadUInt64BigEndian(prefix), Length = (uint)text.Length };
    }

    public readonly ReadOnlySpan<byte> In(ReadOnlySpan<byte> text) => text.Slice((int)Offset, (int)Length);

    public static int Compare(in TextKey a, ReadOnlySpan<byte> textOfA, in TextKey b, ReadOnlySpan<byte> textOfB)
    {
        if (a.Prefix != b.Prefix) return a.Prefix.CompareTo(b.Prefix);
        if (a.Length <= sizeof(ulong) && b.Length <= sizeof(ulong)) return a.Length.CompareTo(b.Length);
        return a.In(textOfA).SequenceCompareTo(b.In(textOfB));
    }

    public readonly int TextLength => (int)Length;

    public uint TextOffset { readonly get => Offset; set => Offset = value; }
}

/// <summary>A value and when it happened: by time, then by value.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TimedKey<TKey> : IMultisetKey<TimedKey<TKey>> where TKey : unmanaged, IMultisetKey<TKey>
{
    /// <summary>Event time in microseconds.</summary>
    public long Time;
    public TKey Value;

    public static bool HasText => TKey.HasText;

    public static int Compare(in TimedKey<TKey> a, ReadOnlySpan<byte> textOfA, in TimedKey<TKey> b, ReadOnlySpan<byte> textOfB) =>
        a.Time != b.Time ? a.Time.CompareTo(b.Time) : TKey.Compare(a.Value, textOfA, b.Value, textOfB);

    public readonly int TextLength => Value.TextLength;

    public uint TextOffset { readonly get => Value.TextOffset; set => Value.TextOffset = value; }
}

/// <summary>A value and when it happened: by time, then the greater value first.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct EarliestKey<TKey> : IMultisetKey<EarliestKey<TKey>> where TKey : unmanaged, IMultisetKey<TKey>
{
    /// <summary>Event time in microseconds.</summary>
    public long Time;
    public TKey Value;

    public static bool HasText => TKey.HasText;

    public static int Compare(in EarliestKey<TKey> a, ReadOnlySpan<byte> textOfA, in EarliestKey<TKey> b, ReadOnlySpan<byte> textOfB) =>
        a.Time != b.Time ? a.Time.CompareTo(b.Time) : TKey.Compare(b.Value, textOfB, a.Value, textOfA);

    public readonly int TextLength => Value.TextLength;

    public uint TextOffset { readonly get => Value.TextOffset; set => Value.TextOffset = value; }
}

/// <summary>A value, when it happened and where it stood in its source: by time, then by position, which is unique.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PositionedKey<TKey> : IMultisetKey<PositionedKey<TKey>> where TKey : unmanaged, IMultisetKey<TKey>
{
    /// <summary>Event time in microseconds.</summary>
    public long Time;
    public long Order;
    public TKey Value;

    public static bool HasText => TKey.HasText;

    public static int Compare(in PositionedKey<TKey> a, ReadOnlySpan<byte> textOfA, in PositionedKey<TKey> b, ReadOnlySpan<byte> textOfB) =>
        a.Time != b.Time ? a.Time.CompareTo(b.Time) : a.Order.CompareTo(b.Order);

    public readonly int TextLength => Value.TextLength;

    public uint TextOffset { readonly get => Value.TextOffset; set => Value.TextOffset = value; }
}
