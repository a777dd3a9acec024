using System.Runtime.InteropServices;
using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Features.Windows;

/// <summary>How many different event times there are, and where they stand.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TimesReference
{
    public HeapReference Heap;
    public long Count;
}

/// <summary>An event time and how many rows have it.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct CountedTime
{
    public long Time;
    public long Rows;
}

/// <summary>Event times of rows that may be taken out again: each with the number of its rows, ascending, so that the first and the last are known when one of them goes.</summary>
public sealed class CountedSessionSpan : ISessionSpan, IRetractable
{
    private const int EntryBytes = 16;

    public string StateName => "session.times.counted";

    public byte Version => 1;

    public int Size => 16;

    public bool UsesHeap => true;

    public DataType ResultType => DataType.TimestampTz;

    private static ref TimesReference State(Span<byte> slot) => ref MemoryMarshal.AsRef<TimesReference>(slot);

    private static ReadOnlySpan<CountedTime> Entries(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap)
    {
        var state = MemoryMarshal.Read<TimesReference>(slot);
        return MemoryMarshal.Cast<byte, CountedTime>(state.Heap.In(heap))[..(int)state.Count];
    }

    public (long First, long Last) Times(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap)
    {
        var entries = Entries(slot, heap);
        return (entries[0].Time, entries[^1].Time);
    }

    public int HeapNeed(ReadOnlySpan<byte> slot, in RowInput input)
    {
        var state = MemoryMarshal.Read<TimesReference>(slot);
        return state.Count * EntryBytes < state.Heap.Length ? 0 : Room(state.Count + 1);
    }

    /// <summary>Bytes for so many times and half as many again; exact while they are few, as most tiles have few.</summary>
    private static int Room(long count) => (int)(count < 4 ? count : count + count / 2) * EntryBytes;

    public void Accumulate(Span<byte> slot, ref Heap heap, in RowInput input) => Add(slot, ref heap, input.Time, 1);

    public int MergeNeed(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> other, ReadOnlySpan<byte> otherHeap)
    {
        var state = MemoryMarshal.Read<TimesReference>(slot);
        var together = state.Count + MemoryMarshal.Read<TimesReference>(other).Count;
        return together * EntryBytes <= state.Heap.Length ? 0 : Room(together);
    }

    public void Merge(Span<byte> slot, ref Heap heap, ReadOnlySpan<byte> other, ReadOnlySpan<byte> otherHeap)
    {
        var added = Entries(other, otherHeap);
        ref var state = ref State(slot);
        if ((state.Count + added.Length) * EntryBytes > state.Heap.Length) Grow(ref state, ref heap, state.Count + added.Length);
        foreach (var entry in added) Add(slot, ref heap, entry.Time, entry.Rows);
    }

    private static void Grow(ref TimesReference state, ref Heap heap, long count)
    {
        var entries = heap.Get(state.Heap)[..((int)state.Count * EntryBytes)];
        entries.CopyTo(heap.Replace(ref state.Heap, Room(count)));
    }

    private static void Add(Span<byte> slot, ref Heap heap, long time, long rows)
    {
        ref var state = ref State(slot);
        var count = (int)state.Count;
        var entries = MemoryMarshal.Cast<byte, CountedTime>(heap.Get(state.Heap));
        var at = Find(entries[..count], time);
        if (at >= 0)
        {
            entries[at].Rows += rows;
            return;
        }
        at = ~at;
        if (count == entries.Length)
        {
            Grow(ref state, ref heap, count + 1);
            entries = MemoryMarshal.Cast<byte, CountedTime>(heap.Get(state.Heap));
        }
        entries[at..count].CopyTo(entries[(at + 1)..]);
        entries[at] = new CountedTime { Time = time, Rows = rows };
        state.Count++;
    }

    public long Holds(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap, in RowInput input)
    {
        var entries = Entries(slot, heap);
        var at = Find(entries, input.Time);
        return at < 0 ? 0 : entries[at].Rows;
    }

    public void Retract(Span<byte> slot, ref Heap heap, in RowInput input)
    {
        ref var state = ref State(slot);
        var entries = MemoryMarshal.Cast<byte, CountedTime>(heap.Get(state.Heap))[..(int)state.Count];
        var at = Find(entries, input.Time);
        if (--entries[at].Rows > 0) return;
        entries[(at + 1)..].CopyTo(entries[at..]);
        if (--state.Count > 0) return;
        heap.Replace(ref state.Heap, 0);
        state = default;
    }

    private static int Find(ReadOnlySpan<CountedTime> entries, long time)
    {
        int low = 0, high = entries.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (entries[middle].Time == time) return middle;
            if (entries[middle].Time < time) low = middle + 1;
            else high = middle - 1;
        }
        return ~low;
    }

    public FeatureValue Finish(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap) =>
        Entries(slot, heap) is [.., var last] ? FeatureValue.OfInt64(ResultType, last.Time) : FeatureValue.Missing(ResultType, FeatureStatus.NullValue);
}
