using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Features.KeyState;

/// <content>Adding rows and taking them out.</content>
public readonly ref partial struct KeyState
{
    /// <summary>Adds one row to every tile that still takes it, and to the lifetime accumulators when the coarsest tile does not.</summary>
    /// <param name="rows">The batch.</param>
    /// <param name="row">The row.</param>
    /// <param name="shortfall">When false is returned: bytes that must be free before it is tried again.</param>
    /// <param name="expiry">Tiles are dropped by this watermark at most, when somebody still needs those that the row's own would drop.</param>
    /// <returns>false when the region is too small; nothing has been counted then.</returns>
    public bool TryAdd(ViewRows rows, int row, out int shortfall, long expiry = EventTime.MaxValue)
    {
        var time = rows.Times[row];
        var watermark = rows.Watermarks[row];
        var series = _layout.Series;
        Span<int> offsets = stackalloc int[series.Length + 1 + _layout.Frozen.Length];
        expiry = Math.Min(watermark, expiry);
        if (!TryPrepareTiles(rows, row, time, watermark, expiry, offsets, out shortfall)) return false;
        if (!ConcernsFrozen(time, watermark)) offsets = offsets[..(series.Length + 1)];
        else if (!TryFreeze(rows, row, watermark, expiry, offsets, out shortfall)) return false;
        else FindFrozen(time, watermark, offsets);
        offsets[series.Length] = _layout.HasLifetime && IsForLifetime(time, watermark) ? LifetimeOffset : -1;

        if (_layout.HasHeap)
        {
            shortfall = HeapNeed(rows, row, time, offsets);
            if (shortfall > Free) return false;
        }
        var heapOffset = HeapOffset;
        var heap = new Heap(_bytes[heapOffset..], ref HeapUsed, ref HeapGarbage);
        for (var place = 0; place < offsets.Length; place++)
        {
            var offset = offsets[place];
            if (offset < 0) continue;
            var slots = SlotsAt(place);
            for (var i = 0; i < slots; i++)
            {
                if (!rows.Takes(i, row)) continue;
                var slot = _layout.Slots[i];
                slot.Aggregate.Accumulate(_bytes.Slice(offset + slot.Offset, slot.Aggregate.Size), ref heap, rows.Input(i, row, time));
            }
        }
        if (_layout.HasHeap) Used = (uint)heapOffset + HeapUsed;
        Applied(time);
        shortfall = 0;
        return true;
    }

    private void Applied(long time)
    {
        if (time > Newest) Newest = time;
        if (time < Oldest) Oldest = time;
    }

    private bool TryPrepareTiles(ViewRows rows, int row, long time, long watermark, long expiry, Span<int> offsets, out int shortfall)
    {
        shortfall = 0;
        var series = _layout.Series;
        for (var s = 0; s < series.Length; s++)
        {
            offsets[s] = -1;
            var start = series[s].StartOf(time);
            if (!Accepts(s, start, watermark)) continue;
            var index = Find(s, start);
            if (index < 0)
            {
                if (!rows.TakesAny(row)) continue;
                // The view's time may lie behind the watermark (its rows are a part of the source's), and reads go by the view's time.
                if (!TryDropExpired(s, Math.Min(expiry, Newest), out shortfall)) return false;
                index = ~Find(s, start);
                shortfall = _layout.TileBytes;
                if (shortfall > Free) return false;
                Insert(s, index, start);
            }
            offsets[s] = TilesOffset(s) + index * _layout.TileBytes + sizeof(long);
        }
        return true;
    }

    /// <summary>Whether a series takes a row into the tile that begins at <paramref name="start"/>. With several partitions a watermark may be behind that by which the tile was dropped; a dropped tile takes nothing.</summary>
    private bool Accepts(int series, long start, long watermark) =>
        _layout.Series[series].Accepts(start, watermark) && !(_layout.Retracts && start < Marks[series]);

    /// <summary>Whether a row changes the lifetime accumulators: the lifetime window counts it, and its tile of the coarsest series takes it no more, or has been folded into them already.</summary>
    private bool IsForLifetime(long time, long watermark)
    {
        if (time < _layout.LifetimeFloor) return false;
        if (_layout.Series.IsEmpty) return true;
        var start = _layout.Series[0].StartOf(time);
        return start < Folded || !Accepts(0, start, watermark);
    }

    private int HeapNeed(ViewRows rows, int row, long time, ReadOnlySpan<int> offsets)
    {
        var need = 0;
        for (var place = 0; place < offsets.Length; place++)
        {
            var offset = offsets[place];
            if (offset < 0) continue;
            var slots = SlotsAt(place);
            for (var i = 0; i < slots; i++)
            {
                var slot = _layout.Slots[i];
                if (slot.Aggregate.UsesHeap && rows.Takes(i, row))
                    need += slot.Aggregate.HeapNeed(_bytes.Slice(offset + slot.Offset, slot.Aggregate.Size), rows.Input(i, row, time));
            }
        }
        return need;
    }

    /// <summary>
    /// Takes one row out of every tile that still takes it, and of the lifetime accumulators when the coarsest tile does not. All or nothing: when one of them does not hold the row it is an orphan, and changes none.
    /// A tile that is empty then is gone. A key stays known when all its rows have been taken out.
    /// </summary>
    /// <param name="rows">The batch.</param>
    /// <param name="row">The row: the image that was added.</param>
    /// <param name="shortfall">When false is returned: bytes that must be free before it is tried again.</param>
    /// <param name="orphan">What the row would take out has not been added.</param>
    /// <param name="expiry">As for <see cref="TryAdd"/>.</param>
    /// <returns>false when the region is too small; no answer has changed then.</returns>
    public bool TryRetract(ViewRows rows, int row, out int shortfall, out bool orphan, long expiry = EventTime.MaxValue)
    {
        shortfall = 0;
        orphan = false;
        if (!rows.TakesAny(row)) return true;
        var time = rows.Times[row];
        var watermark = rows.Watermarks[row];
        var series = _layout.Series;
        Span<int> offsets = stackalloc int[series.Length + 1 + _layout.Frozen.Length];
        for (var s = 0; s < series.Length; s++)
        {
            offsets[s] = -1;
            var start = series[s].StartOf(time);
            if (!Accepts(s, start, watermark)) continue;
            var index = Find(s, start);
            if (orphan = index < 0) return true;
            offsets[s] = TilesOffset(s) + index * _layout.TileBytes + sizeof(long);
        }
        offsets[series.Length] = -1;
        if (_layout.HasLifetime && IsForLifetime(time, watermark))
        {
            // The row may be in a tile that is still there for readers, though it takes nothing any more.
            if (!series.IsEmpty && !TryFoldUpTo(series[0].StartOf(time), out shortfall)) return false;
            offsets[series.Length] = LifetimeOffset;
        }
        var concernsFrozen = ConcernsFrozen(time, watermark);
        if (concernsFrozen) FindFrozen(time, watermark, offsets);
        else offsets = offsets[..(series.Length + 1)];
        if (orphan = !Hold(rows, row, time, offsets)) return true;
        if (concernsFrozen)
        {
            if (!TryFreeze(rows, row, watermark, Math.Min(watermark, expiry), offsets, out shortfall)) return false;
            FindFrozen(time, watermark, offsets);
        }
        if (_layout.HasHeap)
        {
            shortfall = RetractNeed(rows, row, time, offsets);
            if (shortfall > Free) return false;
        }
        var heapOffset = HeapOffset;
        var heap = new Heap(_bytes[heapOffset..], ref HeapUsed, ref HeapGarbage);
        for (var place = 0; place < offsets.Length; place++)
        {
            var offset = offsets[place];
            if (offset < 0) continue;
            var slots = SlotsAt(place);
            for (var i = 0; i < slots; i++)
            {
                if (rows.Takes(i, row)) _layout.Retractable[i].Retract(SlotAt(offset, i), ref heap, rows.Input(i, row, time));
            }
        }
        if (_layout.HasHeap) Used = (uint)heapOffset + HeapUsed;
        // From the last on, so that the offsets of those before stay right.
        for (var s = series.Length - 1; s >= 0; s--)
        {
            if (offsets[s] >= 0 && !_bytes.Slice(offsets[s], _layout.SlotBytes).ContainsAnyExcept((byte)0)) RemoveAt(s, offsets[s] - sizeof(long), 1);
        }
        Applied(time);
        shortfall = 0;
        return true;
    }

    /// <summary>How many slots a place has. The places are a tile of each series, then the lifetime accumulators, which have only the slots of aggregates, then frozen tiles.</summary>
    private int SlotsAt(int place) => place == _layout.Series.Length ? _layout.AggregateSlots : _layout.Slots.Length;

    private Span<byte> SlotAt(int offset, int slot) => _bytes.Slice(offset + _layout.Slots[slot].Offset, _layout.Slots[slot].Aggregate.Size);

    /// <summary>Whether each of the places at <paramref name="offsets"/> holds the row in every slot that takes it.</summary>
    private bool Hold(ViewRows rows, int row, long time, ReadOnlySpan<int> offsets)
    {
        for (var place = 0; place < offsets.Length; place++)
        {
            var offset = offsets[place];
            if (offset < 0) continue;
            var slots = SlotsAt(place);
            for (var i = 0; i < slots; i++)
            {
                if (rows.Takes(i, row) && _layout.Retractable[i].Holds(SlotAt(offset, i), HeapBytes, rows.Input(i, row, time)) <= 0) return false;
            }
        }
        return true;
    }

    private int RetractNeed(ViewRows rows, int row, long time, ReadOnlySpan<int> offsets)
    {
        var need = 0;
        for (var place = 0; place < offsets.Length; place++)
        {
            var offset = offsets[place];
            if (offset < 0) continue;
            var slots = SlotsAt(place);
            for (var i = 0; i < slots; i++)
            {
                if (_layout.Slots[i].Aggregate.UsesHeap && rows.Takes(i, row)) need += _layout.Retractable[i].RetractNeed(SlotAt(offset, i), rows.Input(i, row, time));
            }
        }
        return need;
    }
}
