using System.Runtime.InteropServices;
using StreamForge.Core;
using StreamForge.Features.Aggregates;
using StreamForge.Features.Windows;

namespace StreamForge.Features.KeyState;

/// <content>
/// Frozen tiles (<see cref="FrozenSeries"/>). Each stands for a series, a retention and a start, and says so itself: what is frozen for windows that the view no longer has is seen by nobody and goes in its time.
/// A state that has never had any has no count for them either, so that a key pays for them from its first late row on.
/// <para>
/// Watermarks of rows may go back where several partitions bring them: a row that its window still takes is added to a frozen tile, or taken out of it, as of the tile itself. So it holds what its windows took, no more and no less.
/// </para>
/// </content>
public readonly ref partial struct KeyState
{
    private int FrozenOffset => TilesOffset(_layout.Series.Length);

    /// <summary>How many frozen tiles there are.</summary>
    internal int FrozenCount => _bytes[7] > _layout.Series.Length ? (int)Counts[^1] : 0;

    /// <summary>All frozen tiles.</summary>
    private Span<byte> Frozen => _bytes.Slice(FrozenOffset, FrozenCount * _layout.FrozenBytes);

    /// <summary>What windows of a retention see of a series otherwise than it is: frozen tiles that begin in [from, to).</summary>
    internal ReadOnlySpan<byte> FrozenTiles(int series, long retention, long from, long to)
    {
        if (FrozenCount == 0) return [];
        var first = FindFrozen(new FrozenId(series, retention, from));
        var end = FindFrozen(new FrozenId(series, retention, to));
        return Frozen[((first < 0 ? ~first : first) * _layout.FrozenBytes)..((end < 0 ? ~end : end) * _layout.FrozenBytes)];
    }

    /// <summary>What a frozen tile stands for, in the order in which they stand.</summary>
    internal readonly record struct FrozenId(long Series, long Retention, long Start) : IComparable<FrozenId>
    {
        /// <summary>Of the frozen tile at the start of <paramref name="frozen"/>.</summary>
        public static FrozenId Read(ReadOnlySpan<byte> frozen) =>
            new(MemoryMarshal.Read<long>(frozen[sizeof(long)..]), MemoryMarshal.Read<long>(frozen), MemoryMarshal.Read<long>(frozen[(2 * sizeof(long))..]));

        public void Write(Span<byte> frozen)
        {
            MemoryMarshal.Write(frozen, Retention);
            MemoryMarshal.Write(frozen[sizeof(long)..], Series);
            MemoryMarshal.Write(frozen[(2 * sizeof(long))..], Start);
        }

        public int CompareTo(FrozenId other) => (Series, Retention, Start).CompareTo((other.Series, other.Retention, other.Start));
    }

    /// <returns>The frozen tile's index, or the complement of where it belongs.</returns>
    private int FindFrozen(FrozenId id)
    {
        var frozen = Frozen;
        int low = 0, high = FrozenCount - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = FrozenId.Read(frozen[(middle * _layout.FrozenBytes)..]).CompareTo(id);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return ~low;
    }

    /// <summary>Whether there may be a window that a row comes too late for though its tile takes it, or a frozen tile that it belongs to.</summary>
    private bool ConcernsFrozen(long time, long watermark) =>
        !_layout.Frozen.IsEmpty && (FrozenCount > 0 || watermark >= EventTime.SaturatingAdd(time, _layout.ShortestFrozen));

    /// <summary>Freezes each tile that a row is about to change, for the windows that it comes too late for and that may still be read.</summary>
    /// <param name="expiry">What a series may drop by this watermark and the newest event is read by nobody.</param>
    /// <param name="offsets">Where the row's tiles are.</param>
    /// <returns>false when the region is too small; what has been frozen is what it was.</returns>
    private bool TryFreeze(ViewRows rows, int row, long watermark, long expiry, Span<int> offsets, out int shortfall)
    {
        shortfall = 0;
        if (!rows.TakesAny(row)) return true;
        expiry = Math.Min(expiry, Newest);
        foreach (var (series, tiles) in _layout.Frozen)
        {
            if (offsets[series] < 0) continue;
            var start = tiles.StartOf(rows.Times[row]);
            if (tiles.Accepts(start, watermark) || !tiles.Accepts(start, expiry)) continue;
            var id = new FrozenId(series, tiles.Retention, start);
            if (FindFrozen(id) >= 0) continue;
            DropFrozen(expiry);
            if (!TryFreeze(id, offsets, out shortfall)) return false;
        }
        return true;
    }

    private bool TryFreeze(FrozenId id, Span<int> offsets, out int shortfall)
    {
        shortfall = FrozenGrowth + _layout.FrozenBytes;
        foreach (var slot in _layout.Slots)
        {
            if (slot.Aggregate.UsesHeap) shortfall += (int)HeapReference.Read(_bytes[(offsets[(int)id.Series] + slot.Offset)..]).Length;
        }
        if (shortfall > Free) return false;
        shortfall = 0;
        var moved = MakeFrozenCount();
        foreach (ref var offset in offsets)
        {
            if (offset >= 0) offset += moved;
        }
        var frozen = AddFrozen(~FindFrozen(id), id);
        _bytes.Slice(offsets[(int)id.Series], _layout.SlotBytes).CopyTo(frozen);
        if (!_layout.HasHeap) return true;
        var heapOffset = HeapOffset;
        var heap = new Heap(_bytes[heapOffset..], ref HeapUsed, ref HeapGarbage);
        foreach (var slot in _layout.Slots)
        {
            if (!slot.Aggregate.UsesHeap) continue;
            ref var reference = ref HeapReference.Of(frozen[slot.Offset..]);
            var block = reference;
            reference = default;
            if (block.Length > 0) heap.Get(block).CopyTo(heap.Replace(ref reference, (int)block.Length));
        }
        Used = (uint)heapOffset + HeapUsed;
        return true;
    }

    /// <summary>Bytes that <see cref="MakeFrozenCount"/> takes.</summary>
    internal int FrozenGrowth => _bytes[7] > _layout.Series.Length ? 0 : KeyOffset(_bytes[7] + 1) - KeyOffset(_bytes[7]);

    /// <summary>Makes a place for the number of frozen tiles, if there is none; by as many bytes all that comes after it has moved. The caller has seen to the room.</summary>
    private int MakeFrozenCount()
    {
        if (_bytes[7] > _layout.Series.Length) return 0;
        var (growth, key) = (FrozenGrowth, KeyOffset(_bytes[7]));
        _bytes[key..(int)Used].CopyTo(_bytes[(key + growth)..]);
        _bytes[7]++;
        Counts[^1] = 0;
        _bytes[(CountsOffset + _bytes[7] * sizeof(uint))..(key + growth)].Clear();
        Used += (uint)growth;
        return growth;
    }

    /// <summary>Adds a frozen tile that holds nothing. The caller has seen to the room, and to the place for its count.</summary>
    /// <returns>Its accumulators.</returns>
    private Span<byte> AddFrozen(int index, FrozenId id)
    {
        var size = _layout.FrozenBytes;
        var offset = FrozenOffset + index * size;
        _bytes[offset..(int)Used].CopyTo(_bytes[(offset + size)..]);
        var frozen = _bytes.Slice(offset, size);
        frozen.Clear();
        id.Write(frozen);
        Counts[^1]++;
        Used += (uint)size;
        return frozen[^_layout.SlotBytes..];
    }

    /// <summary>Finds the frozen tiles that a row belongs to: those of windows that still take it.</summary>
    /// <param name="offsets">Where the row's tiles are; gets where its frozen tiles are, -1 for none.</param>
    private void FindFrozen(long time, long watermark, Span<int> offsets)
    {
        for (var f = 0; f < _layout.Frozen.Length; f++)
        {
            var (series, tiles) = _layout.Frozen[f];
            ref var offset = ref offsets[_layout.Series.Length + 1 + f];
            offset = -1;
            var start = tiles.StartOf(time);
            if (offsets[series] < 0 || FrozenCount == 0 || !tiles.Accepts(start, watermark)) continue;
            var index = FindFrozen(new FrozenId(series, tiles.Retention, start));
            if (index >= 0) offset = FrozenOffset + (index + 1) * _layout.FrozenBytes - _layout.SlotBytes;
        }
    }

    /// <summary>Drops frozen tiles that no read can need any more.</summary>
    private void DropFrozen(long watermark)
    {
        for (var i = FrozenCount - 1; i >= 0; i--)
        {
            var size = _layout.FrozenBytes;
            var offset = FrozenOffset + i * size;
            var id = FrozenId.Read(_bytes[offset..]);
            if (_layout.Series[(int)id.Series].Accepts(id.Start, id.Retention, watermark)) continue;
            if (_layout.HasHeap) GiveHeapBack(offset + size - _layout.SlotBytes);
            _bytes[(offset + size)..(int)Used].CopyTo(_bytes[offset..]);
            Counts[^1]--;
            Used -= (uint)size;
        }
    }
}
