using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using StreamForge.Features.Aggregates;

namespace StreamForge.Features.Multisets;

/// <summary>
/// A counted multiset in one block of a key's heap: each different key once, with how often it has been added less how often it has been taken out.
/// <para>
/// The block holds two ascending runs, one after the other. A new key goes into the first run where it stands near the run's end, as most keys of a small set and all keys that come in
/// order do, and else into the second, which is short; when that has grown to about the square root of the first, it is merged into it. Finding is a binary search in both, adding and taking out move
/// some hundred bytes, and a merge's cost is spread over the keys that made it necessary. A key of the first run that comes to zero far from the end stays as a dead entry until there are as many of them.
/// </para>
/// <code>
/// slot    block (u32 offset, u32 length), u32 entries of the first run, of the second, dead ones, ones below zero;
///         where keys have text also u32 room for entries, text bytes used, of these of no use, 0
/// block   entries, each the key and its count (i64): the first run, the second run, free places
///         text area, only where keys have text
/// </code>
/// The caller guarantees room (<see cref="Need"/>, <see cref="MergeNeed"/>). Nothing here allocates but a rented array for the merging of runs.
/// </summary>
public ref struct Multiset<TKey> where TKey : unmanaged, IMultisetKey<TKey>
{
    /// <summary>How many entries a new or vanishing one may shift in the first run.</summary>
    private const int Near = 64;

    private const int SmallestCapacity = 2;

    private readonly ref MultisetState _state;
    private readonly Span<byte> _slot;
    private readonly Heap _heap;
    private Span<byte> _block;

    public Multiset(Span<byte> slot, Heap heap)
    {
        _slot = slot;
        _state = ref MemoryMarshal.AsRef<MultisetState>(slot);
        _heap = heap;
        _block = heap.Get(_state.Reference);
    }

    /// <summary>Bytes of a slot.</summary>
    public static int SlotBytes => Unsafe.SizeOf<MultisetState>() + (TKey.HasText ? Unsafe.SizeOf<TextHeader>() : 0);

    private static int EntryBytes => Unsafe.SizeOf<MultisetEntry<TKey>>();

    private readonly ref TextHeader Header => ref MemoryMarshal.AsRef<TextHeader>(_slot[Unsafe.SizeOf<MultisetState>()..]);

    private readonly int Capacity => TKey.HasText ? (int)Header.Capacity : _block.Length / EntryBytes;

    private readonly Span<MultisetEntry<TKey>> Entries => MemoryMarshal.Cast<byte, MultisetEntry<TKey>>(_block[..(Capacity * EntryBytes)]);

    private readonly Span<byte> Text => TKey.HasText ? _block[(Capacity * EntryBytes)..] : default;

    private readonly int Length => (int)(_state.Main + _state.Recent);

    /// <summary>Length of the second run, and number of dead entries, from which on the first run is made anew.</summary>
    private readonly int Limit => Math.Max(Near, 1 << (System.Numerics.BitOperations.Log2(_state.Main | 1) / 2));

    /// <summary>Heap bytes that more keys may need, whether they are added or taken out.</summary>
    /// <param name="text">Bytes of their texts.</param>
    public static int Need(ReadOnlySpan<byte> slot, int entries, int text) =>
        Plan(slot, entries, text) is { } plan ? BlockBytes(plan.Capacity, plan.Text) : 0;

    /// <summary>Heap bytes that <see cref="Merge"/> may need.</summary>
    public static int MergeNeed(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> other)
    {
        ref readonly var from = ref MemoryMarshal.AsRef<MultisetState>(other);
        if (from.Reference.Length == 0) return 0;
        return Need(slot, (int)(from.Main + from.Recent), TextBytes(other));
    }

    /// <summary>Bytes of all keys' texts.</summary>
    public static int TextBytes(ReadOnlySpan<byte> slot)
    {
        var header = HeaderOf(slot);
        return (int)(header.Used - header.Garbage);
    }

    private static TextHeader HeaderOf(ReadOnlySpan<byte> slot) => TKey.HasText ? MemoryMarshal.Read<TextHeader>(slot[Unsafe.SizeOf<MultisetState>()..]) : default;

    private static int BlockBytes(int capacity, int text) => checked(capacity * EntryBytes + text);

    /// <summary>The room of the next block; null while the present one does.</summary>
    private static (int Capacity, int Text)? Plan(ReadOnlySpan<byte> slot, int entries, int text)
    {
        ref readonly var state = ref MemoryMarshal.AsRef<MultisetState>(slot);
        var header = HeaderOf(slot);
        var block = (int)state.Reference.Length;
        var capacity = TKey.HasText ? (int)header.Capacity : block / EntryBytes;
        var area = block - capacity * EntryBytes;
        var needed = checked((int)(state.Main + state.Recent) + entries);
        if (needed <= capacity && text <= area - (int)header.Used) return null;
        if (needed > capacity) capacity = Math.Max(Math.Max(SmallestCapacity, needed), checked(capacity * 2));
        if (!TKey.HasText) return (capacity, 0);
        // What is of no use is squeezed out on the way, so the area needs room for what is live and for as much again, within reason.
        var live = checked((int)(header.Used - header.Garbage) + text);
        if (live > area || header.Used + text > area) area = checked(live + Math.Min(live, 1 << 20));
        return (capacity, (area + 7) & ~7);
    }

    /// <summary>Adds <paramref name="change"/> to a key's count.</summary>
    /// <param name="text">The area that the key's text stands in.</param>
    public void Add(TKey key, scoped ReadOnlySpan<byte> text, long change)
    {
        var at = MultisetView<TKey>.Search(Entries[..(int)_state.Main], Text, key, text);
        if (at >= 0)
        {
            ChangeMain(at, change);
            return;
        }
        var second = ~0;
        if (_state.Recent > 0)
        {
            second = MultisetView<TKey>.Search(Entries.Slice((int)_state.Main, (int)_state.Recent), Text, key, text);
            if (second >= 0)
            {
                ChangeRecent((int)_state.Main + second, change);
                return;
            }
        }
        Reserve(1, key.TextLength);
        var entry = new MultisetEntry<TKey> { Key = Take(key, text), Count = change };
        if (change < 0) _state.Negative++;
        if (_state.Main - ~at <= Near)
        {
            Insert(~at, entry);
            _state.Main++;
            return;
        }
        Insert((int)_state.Main + ~second, entry);
        _state.Recent++;
        if (_state.Recent >= Limit) JoinRuns();
    }

    private readonly void Insert(int at, in MultisetEntry<TKey> entry)
    {
        var entries = Entries;
        entries[at..Length].CopyTo(entries[(at + 1)..]);
        entries[at] = entry;
    }

    private readonly void Remove(int at)
    {
        var entries = Entries;
        if (TKey.HasText) Header.Garbage += (uint)entries[at].Key.TextLength;
        entries[(at + 1)..Length].CopyTo(entries[at..]);
        entries[Length - 1] = default;
    }

    private void ChangeMain(int at, long change)
    {
        ref var entry = ref Entries[at];
        if (entry.Count == 0) _state.Dead--;
        Count(ref entry, change);
        if (entry.Count != 0) return;
        if (_state.Main - at <= Near)
        {
            Remove(at);
            _state.Main--;
        }
        else
        {
            _state.Dead++;
        }
        Shrink();
    }

    private void ChangeRecent(int at, long change)
    {
        ref var entry = ref Entries[at];
        Count(ref entry, change);
        if (entry.Count != 0) return;
        Remove(at);
        _state.Recent--;
        Shrink();
    }

    private readonly void Count(ref MultisetEntry<TKey> entry, long change)
    {
        if (entry.Count < 0) _state.Negative--;
        entry.Count += change;
        if (entry.Count < 0) _state.Negative++;
    }

    /// <summary>Gives the block back when nothing is left, and squeezes out dead entries when there are many.</summary>
    private void Shrink()
    {
        if (_state.Main + _state.Recent == _state.Dead)
        {
            _heap.Free(ref _state.Reference);
            _slot.Clear();
            _block = default;
        }
        else if (_state.Dead >= Limit)
        {
            JoinRuns();
        }
    }

    /// <summary>Copies a key's text into the text area; there is room.</summary>
    private readonly TKey Take(TKey key, scoped ReadOnlySpan<byte> text)
    {
        if (!TKey.HasText) return key;
        ref var header = ref Header;
        text.Slice((int)key.TextOffset, key.TextLength).CopyTo(Text[(int)header.Used..]);
        key.TextOffset = header.Used;
        header.Used += (uint)key.TextLength;
        return key;
    }

    /// <summary>Makes room for keys that will be added, in one go; they are within what <see cref="Need"/> said.</summary>
    public void Reserve(int entries, int text)
    {
        if (Plan(_slot, entries, text) is not { } plan) return;
        var from = Entries;
        var texts = Text;
        var length = Length;
        _block = _heap.Replace(ref _state.Reference, BlockBytes(plan.Capacity, plan.Text));
        if (TKey.HasText) Header = new TextHeader { Capacity = (uint)plan.Capacity };
        var to = Entries;
        for (var i = 0; i < length; i++) to[i] = from[i] with { Key = Take(from[i].Key, texts) };
    }

    /// <summary>Adds all that another multiset counts; what comes to zero is dropped.</summary>
    public void Merge(scoped MultisetView<TKey> other)
    {
        var entries = other.Main.Length + other.Recent.Length;
        if (entries == 0) return;
        var text = 0;
        if (TKey.HasText)
        {
            foreach (ref readonly var entry in other.Main) text += entry.Key.TextLength;
            foreach (ref readonly var entry in other.Recent) text += entry.Key.TextLength;
        }
        Reserve(entries, text);
        if (entries < _state.Main / 8)
        {
            foreach (ref readonly var entry in other.Main) AddOf(entry, other.Text);
            foreach (ref readonly var entry in other.Recent) AddOf(entry, other.Text);
            return;
        }
        MergeRecent();
        MergeRun(other.Main, other.Text, isOwn: false);
        MergeRun(other.Recent, other.Text, isOwn: false);
        DropDead();
    }

    private void AddOf(in MultisetEntry<TKey> entry, scoped ReadOnlySpan<byte> text)
    {
        if (entry.Count != 0) Add(entry.Key, text, entry.Count);
    }

    /// <summary>Merges the second run into the first and drops what counts zero.</summary>
    private void JoinRuns()
    {
        MergeRecent();
        DropDead();
    }

    private readonly void MergeRecent()
    {
        if (_state.Recent == 0) return;
        var length = (int)_state.Recent;
        var run = ArrayPool<MultisetEntry<TKey>>.Shared.Rent(length);
        Entries.Slice((int)_state.Main, length).CopyTo(run);
        _state.Recent = 0;
        MergeRun(run.AsSpan(0, length), Text, isOwn: true);
        ArrayPool<MultisetEntry<TKey>>.Shared.Return(run);
    }

    /// <summary>Merges an ascending run into the first one, from the end, in place; there is room, and no second run.</summary>
    private readonly void MergeRun(scoped ReadOnlySpan<MultisetEntry<TKey>> run, scoped ReadOnlySpan<byte> text, bool isOwn)
    {
        var entries = Entries;
        var (i, j) = ((int)_state.Main - 1, run.Length - 1);
        var end = i + 1 + run.Length;
        var write = end;
        while (j >= 0)
        {
            var order = i < 0 ? -1 : TKey.Compare(entries[i].Key, Text, run[j].Key, text);
            if (order > 0)
            {
                entries[--write] = entries[i--];
                continue;
            }
            if (order == 0)
            {
                entries[--write] = entries[i] with { Count = entries[i].Count + run[j].Count };
                i--;
            }
            else
            {
                entries[--write] = isOwn ? run[j] : run[j] with { Key = Take(run[j].Key, text) };
            }
            j--;
        }
        entries[write..end].CopyTo(entries[(i + 1)..]);
        _state.Main = (uint)(i + 1 + end - write);
        entries[(int)_state.Main..end].Clear();
    }

    private void DropDead()
    {
        var entries = Entries[..(int)_state.Main];
        var kept = 0;
        _state.Negative = 0;
        foreach (ref readonly var entry in entries)
        {
            if (entry.Count == 0)
            {
                if (TKey.HasText) Header.Garbage += (uint)entry.Key.TextLength;
                continue;
            }
            if (entry.Count < 0) _state.Negative++;
            entries[kept++] = entry;
        }
        entries[kept..].Clear();
        _state.Main = (uint)kept;
        _state.Dead = 0;
        if (kept == 0) Shrink();
    }

    /// <summary>Drops the least key; there is one, and none is dead.</summary>
    public void RemoveLeast()
    {
        var entries = Entries;
        var main = (int)_state.Main;
        if (_state.Recent > 0 && (main == 0 || TKey.Compare(entries[main].Key, Text, entries[0].Key, Text) < 0))
        {
            Remove(main);
            _state.Recent--;
        }
        else
        {
            Remove(0);
            _state.Main--;
        }
        Shrink();
    }
}
