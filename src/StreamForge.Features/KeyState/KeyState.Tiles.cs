using System.Runtime.InteropServices;
using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Features.KeyState;

/// <content>Tiles: finding, making, dropping and folding them.</content>
public readonly ref partial struct KeyState
{
    private long StartOf(int tilesOffset, int index) => MemoryMarshal.Read<long>(_bytes[(tilesOffset + index * _layout.TileBytes)..]);

    /// <returns>The tile's index, or the complement of where it belongs.</returns>
    private int Find(int series, long start)
    {
        var offset = TilesOffset(series);
        var count = (int)Counts[series];
        // Most events belong to the newest tile or a newer one.
        if (count == 0) return ~0;
        var last = StartOf(offset, count - 1);
        if (last == start) return count - 1;
        if (last < start) return ~count;
        int low = 0, high = count - 2;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var found = StartOf(offset, middle);
            if (found == start) return middle;
            if (found < start) low = middle + 1;
            else high = middle - 1;
        }
        return ~low;
    }

    private void Insert(int series, int index, long start)
    {
        var size = _layout.TileBytes;
        var offset = TilesOffset(series) + index * size;
        _bytes[offset..(int)Used].CopyTo(_bytes[(offset + size)..]);
        MemoryMarshal.Write(_bytes[offset..], start);
        _bytes.Slice(offset + sizeof(long), _layout.SlotBytes).Clear();
        Counts[series]++;
        Used += (uint)size;
    }

    /// <summary>
    /// Drops the tiles of a series that no window can need any more; those of the coarsest go into the lifetime accumulators first.
    /// </summary>
    /// <returns>false when that needs more room; the tiles that fitted have been folded and dropped, which changes no answer.</returns>
    private bool TryDropExpired(int series, long watermark, out int shortfall)
    {
        shortfall = 0;
        var offset = TilesOffset(series);
        var expired = _layout.Series[series].Gap > 0 ? EndedSessions(series, watermark) : Expired(series, watermark);
        if (expired == 0) return true;
        var folded = _layout.HasLifetime && series == 0 ? Folded : EventTime.MaxValue;
        for (var i = 0; i < expired; i++)
        {
            var start = StartOf(offset, i);
            if (start >= folded && !TryFoldIntoLifetime(offset + i * _layout.TileBytes + sizeof(long), out shortfall))
            {
                Remove(series, i);
                return false;
            }
            if (_layout.HasHeap) GiveHeapBack(offset + i * _layout.TileBytes + sizeof(long));
            NoteGone(series, start + _layout.Series[series].Resolution, dropped: true);
        }
        Remove(series, expired);
        DropFrozen(watermark);
        return true;
    }

    /// <summary>Whether there are tiles of any series.</summary>
    public bool HasTiles => Counts.ContainsAnyExcept(0u);

    /// <summary>Drops all tiles that no window can need any more at a watermark, which the newest event of the view has passed too.</summary>
    /// <param name="shortfall">When false is returned: bytes that must be free before it is tried again.</param>
    /// <returns>false when the region is too small; no answer has changed then.</returns>
    public bool TryDropExpired(long watermark, out int shortfall)
    {
        shortfall = 0;
        for (var s = 0; s < _layout.Series.Length; s++)
        {
            if (!TryDropExpired(s, watermark, out shortfall)) return false;
        }
        DropFrozen(watermark);
        return true;
    }

    /// <summary>How many tiles of a series take nothing any more.</summary>
    private int Expired(int series, long watermark)
    {
        var offset = TilesOffset(series);
        var count = (int)Counts[series];
        var expired = 0;
        while (expired < count && !_layout.Series[series].Accepts(StartOf(offset, expired), watermark)) expired++;
        return expired;
    }

    /// <summary>How many tiles belong to sessions that no event which is still taken can belong to: it would lie a gap or more after their last. Those of a session stay together.</summary>
    private int EndedSessions(int series, long watermark)
    {
        var (gap, earliest) = (_layout.Series[series].Gap, _layout.Series[series].EarliestKept(watermark));
        var tiles = Tiles(series);
        var heap = HeapBytes;
        var ended = 0;
        var last = EventTime.MinValue;
        for (var i = 0; i * _layout.TileBytes < tiles.Length; i++)
        {
            var times = _layout.Times(tiles[(i * _layout.TileBytes)..], heap);
            if (i > 0 && times.First - last >= gap) ended = i;
            if (EventTime.SaturatingAdd(times.Last, gap) > earliest) return ended;
            last = times.Last;
        }
        return (int)Counts[series];
    }

    /// <summary>Adds the tiles of the coarsest series up to that which begins at <paramref name="start"/> to the lifetime accumulators, where rows are taken out from then on. They stay, for the windows that read them.</summary>
    /// <returns>false when that needs more room; the tiles that fitted have been folded, which changes no answer.</returns>
    private bool TryFoldUpTo(long start, out int shortfall)
    {
        shortfall = 0;
        var offset = TilesOffset(0);
        var folded = Folded;
        for (var i = 0; i < (int)Counts[0] && StartOf(offset, i) <= start; i++)
        {
            if (StartOf(offset, i) < folded) continue;
            if (!TryFoldIntoLifetime(offset + i * _layout.TileBytes + sizeof(long), out shortfall)) return false;
            NoteGone(0, StartOf(offset, i) + _layout.Series[0].Resolution, dropped: false);
        }
        return true;
    }

    /// <summary>Notes that tiles of a series that begin before <paramref name="end"/> are in the lifetime accumulators or, when <paramref name="dropped"/>, are not there any more.</summary>
    private void NoteGone(int series, long end, bool dropped)
    {
        if (!_layout.Retracts) return;
        var marks = Marks;
        if (dropped && end > marks[series]) marks[series] = end;
        if (_layout.HasLifetime && series == 0 && end > marks[^1]) marks[^1] = end;
    }

    /// <summary>Removes the first tiles of a series.</summary>
    private void Remove(int series, int tiles)
    {
        if (tiles > 0) RemoveAt(series, TilesOffset(series), tiles);
    }

    private void RemoveAt(int series, int offset, int tiles)
    {
        var size = tiles * _layout.TileBytes;
        _bytes[(offset + size)..(int)Used].CopyTo(_bytes[offset..]);
        Counts[series] -= (uint)tiles;
        Used -= (uint)size;
    }

    private bool TryFoldIntoLifetime(int tile, out int shortfall)
    {
        shortfall = 0;
        var aggregates = _layout.Slots.AsSpan()[.._layout.AggregateSlots];
        var heapOffset = HeapOffset;
        var heap = new Heap(_bytes[heapOffset..], ref HeapUsed, ref HeapGarbage);
        if (_layout.HasHeap)
        {
            foreach (var slot in aggregates)
            {
                if (slot.Aggregate.UsesHeap)
                    shortfall += slot.Aggregate.MergeNeed(LifetimeSlot(slot), _bytes.Slice(tile + slot.Offset, slot.Aggregate.Size), heap.Bytes);
            }
            if (shortfall > Free) return false;
        }
        foreach (var slot in aggregates)
            slot.Aggregate.Merge(LifetimeSlot(slot), ref heap, _bytes.Slice(tile + slot.Offset, slot.Aggregate.Size), heap.Bytes);
        if (_layout.HasHeap) Used = (uint)heapOffset + HeapUsed;
        shortfall = 0;
        return true;
    }

    private Span<byte> LifetimeSlot(Slot slot) => _bytes.Slice(LifetimeOffset + slot.Offset, slot.Aggregate.Size);

    private void GiveHeapBack(int tile)
    {
        foreach (var slot in _layout.Slots)
        {
            if (slot.Aggregate.UsesHeap) HeapGarbage += HeapReference.Read(_bytes[(tile + slot.Offset)..]).Length;
        }
    }
}
