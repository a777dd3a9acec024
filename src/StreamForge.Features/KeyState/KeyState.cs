using System.Runtime.InteropServices;
using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Features.KeyState;

/// <summary>
/// One key's windowed state: a view over a region of memory that somebody else owns (a shard's slab, a checkpoint's buffer, a grain's array).
/// The bytes are the serialized form, little-endian, every part aligned to 8:
/// <code>
///  0  u32  bytes in use, header included        4  u16 key length    6  u8 format    7  u8 number of series
///  8  i64  newest event time applied to the key (EventTime.MinValue before the first)
/// 16  i64  oldest event time applied to the key (EventTime.MaxValue before the first)
/// 24  u32  heap bytes handed out                28  u32 of these, garbage
/// 32  u32  number of tiles of each series, padded to 8
///     key bytes, padded to 8
///     lifetime accumulators, where the view has a lifetime window: the sum of the tiles that the coarsest series has dropped
///     tiles of series 0, then of series 1, …: each the tile's start (i64) and its accumulators, ascending by start
///     heap
/// </code>
/// Growing is the owner's work: a method that needs more room changes nothing that can be seen and says so; the owner then moves the state to a larger region with
/// <see cref="CopyTo"/>, which also squeezes the heap's garbage out. A region is written by one thread at a time; reading while writing is the owner's concern.
/// </summary>
public readonly ref struct KeyState
{
    /// <summary>The version of this layout; stored in byte 6.</summary>
    public const byte Format = 1;

    /// <summary>The longest key.</summary>
    public const int MaxKeyBytes = ushort.MaxValue;

    private const int CountsOffset = 32;

    private readonly Span<byte> _bytes;
    private readonly ViewLayout _layout;

    public KeyState(Span<byte> region, ViewLayout layout)
    {
        _bytes = region;
        _layout = layout;
    }

    /// <summary>Bytes of a fresh key without tiles.</summary>
    public static int InitialSize(ViewLayout layout, int keyLength) =>
        KeyOffset(layout) + Pad(keyLength) + (layout.HasLifetime ? layout.SlotBytes : 0);

    /// <summary>Makes the region an empty state of <paramref name="key"/>.</summary>
    public static void Initialize(Span<byte> region, ViewLayout layout, ReadOnlySpan<byte> key)
    {
        var size = InitialSize(layout, key.Length);
        region[..size].Clear();
        var state = new KeyState(region, layout);
        state.Used = (uint)size;
        MemoryMarshal.Write(region[4..], (ushort)key.Length);
        region[6] = Format;
        region[7] = (byte)layout.Series.Length;
        state.Newest = EventTime.MinValue;
        state.Oldest = EventTime.MaxValue;
        key.CopyTo(region[KeyOffset(layout)..]);
    }

    /// <summary>Bytes in use, of a region whose layout is not known.</summary>
    public static int UsedBytes(ReadOnlySpan<byte> region) => (int)MemoryMarshal.Read<uint>(region);

    /// <summary>The newest event time applied, of a region whose layout is not known.</summary>
    public static long NewestOf(ReadOnlySpan<byte> region) => MemoryMarshal.Read<long>(region[8..]);

    /// <summary>The key within a region.</summary>
    public static ReadOnlySpan<byte> KeyOf(ReadOnlySpan<byte> region) =>
        region.Slice(CountsOffset + Pad(region[7] * sizeof(uint)), MemoryMarshal.Read<ushort>(region[4..]));

    private static int Pad(int length) => (length + 7) & ~7;

    private static int KeyOffset(ViewLayout layout) => CountsOffset + Pad(layout.Series.Length * sizeof(uint));

    private ref uint Used => ref MemoryMarshal.AsRef<uint>(_bytes);

    /// <summary>The newest event time applied; <see cref="EventTime.MinValue"/> before the first.</summary>
    public ref long Newest => ref MemoryMarshal.AsRef<long>(_bytes[8..]);

    /// <summary>The oldest event time applied; a read at or before it does not know the key.</summary>
    public ref long Oldest => ref MemoryMarshal.AsRef<long>(_bytes[16..]);

    private ref uint HeapUsed => ref MemoryMarshal.AsRef<uint>(_bytes[24..]);

    private ref uint HeapGarbage => ref MemoryMarshal.AsRef<uint>(_bytes[28..]);

    private Span<uint> Counts => MemoryMarshal.Cast<byte, uint>(_bytes.Slice(CountsOffset, _layout.Series.Length * sizeof(uint)));

    public ReadOnlySpan<byte> Key => KeyOf(_bytes);

    private int LifetimeOffset => KeyOffset(_layout) + Pad(MemoryMarshal.Read<ushort>(_bytes[4..]));

    private Span<byte> Lifetime => _bytes.Slice(LifetimeOffset, _layout.HasLifetime ? _layout.SlotBytes : 0);

    /// <summary>The accumulators of everything that the coarsest series no longer holds; empty without a lifetime window.</summary>
    public ReadOnlySpan<byte> LifetimeSlots => Lifetime;

    private int TilesOffset(int series)
    {
        var offset = LifetimeOffset + (_layout.HasLifetime ? _layout.SlotBytes : 0);
        for (var i = 0; i < series; i++) offset += (int)Counts[i] * _layout.TileBytes;
        return offset;
    }

    private int HeapOffset => TilesOffset(_layout.Series.Length);

    /// <summary>All tiles of a series, one after another.</summary>
    public ReadOnlySpan<byte> Tiles(int series) => _bytes.Slice(TilesOffset(series), (int)Counts[series] * _layout.TileBytes);

    /// <summary>The heap that accumulators point into.</summary>
    public ReadOnlySpan<byte> HeapBytes => _bytes.Slice(HeapOffset, (int)HeapUsed);

    private int Free => _bytes.Length - (int)Used;

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
        Span<int> offsets = stackalloc int[series.Length + 1];
        if (!TryPrepareTiles(rows, row, time, watermark, Math.Min(watermark, expiry), offsets, out shortfall)) return false;
        var tooOldForTiles = series.IsEmpty || !series[0].Accepts(series[0].StartOf(time), watermark);
        offsets[series.Length] = _layout.HasLifetime && tooOldForTiles ? LifetimeOffset : -1;

        if (_layout.HasHeap)
        {
            shortfall = HeapNeed(rows, row, time, offsets);
            if (shortfall > Free) return false;
        }
        var heapOffset = HeapOffset;
        var heap = new Heap(_bytes[heapOffset..], ref HeapUsed, ref HeapGarbage);
        foreach (var offset in offsets)
        {
            if (offset < 0) continue;
            for (var i = 0; i < _layout.Slots.Length; i++)
            {
                if (!rows.Takes(i, row)) continue;
                var slot = _layout.Slots[i];
                slot.Aggregate.Accumulate(_bytes.Slice(offset + slot.Offset, slot.Aggregate.Size), ref heap, rows.Input(i, row, time));
            }
        }
        if (_layout.HasHeap) Used = (uint)heapOffset + HeapUsed;
        if (time > Newest) Newest = time;
        if (time < Oldest) Oldest = time;
        shortfall = 0;
        return true;
    }

    private bool TryPrepareTiles(ViewRows rows, int row, long time, long watermark, long expiry, Span<int> offsets, out int shortfall)
    {
        shortfall = 0;
        var series = _layout.Series;
        for (var s = 0; s < series.Length; s++)
        {
            offsets[s] = -1;
            var start = series[s].StartOf(time);
            if (!series[s].Accepts(start, watermark)) continue;
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

    private int HeapNeed(ViewRows rows, int row, long time, ReadOnlySpan<int> offsets)
    {
        var need = 0;
        foreach (var offset in offsets)
        {
            if (offset < 0) continue;
            for (var i = 0; i < _layout.Slots.Length; i++)
            {
                var slot = _layout.Slots[i];
                if (slot.Aggregate.UsesHeap && rows.Takes(i, row))
                    need += slot.Aggregate.HeapNeed(_bytes.Slice(offset + slot.Offset, slot.Aggregate.Size), rows.Input(i, row, time));
            }
        }
        return need;
    }

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
        var count = (int)Counts[series];
        var expired = 0;
        while (expired < count && !_layout.Series[series].Accepts(StartOf(offset, expired), watermark)) expired++;
        if (expired == 0) return true;
        if (_layout.HasLifetime && series == 0)
        {
            for (var i = 0; i < expired; i++)
            {
                if (!TryFoldIntoLifetime(offset + i * _layout.TileBytes + sizeof(long), out shortfall))
                {
                    Remove(series, i);
                    return false;
                }
            }
        }
        else if (_layout.HasHeap)
        {
            for (var i = 0; i < expired; i++) GiveHeapBack(offset + i * _layout.TileBytes + sizeof(long));
        }
        Remove(series, expired);
        return true;
    }

    private void Remove(int series, int tiles)
    {
        if (tiles == 0) return;
        var offset = TilesOffset(series);
        var size = tiles * _layout.TileBytes;
        _bytes[(offset + size)..(int)Used].CopyTo(_bytes[offset..]);
        Counts[series] -= (uint)tiles;
        Used -= (uint)size;
    }

    private bool TryFoldIntoLifetime(int tile, out int shortfall)
    {
        shortfall = 0;
        var heapOffset = HeapOffset;
        var heap = new Heap(_bytes[heapOffset..], ref HeapUsed, ref HeapGarbage);
        if (_layout.HasHeap)
        {
            foreach (var slot in _layout.Slots)
            {
                if (slot.Aggregate.UsesHeap)
                    shortfall += slot.Aggregate.MergeNeed(LifetimeSlot(slot), _bytes.Slice(tile + slot.Offset, slot.Aggregate.Size), heap.Bytes);
            }
            if (shortfall > Free) return false;
        }
        foreach (var slot in _layout.Slots)
            slot.Aggregate.Merge(LifetimeSlot(slot), ref heap, _bytes.Slice(tile + slot.Offset, slot.Aggregate.Size), heap.Bytes);
        if (_layout.HasHeap)
        {
            GiveHeapBack(tile);
            Used = (uint)heapOffset + HeapUsed;
        }
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

    /// <summary>Bytes that <see cref="CopyTo"/> will use: all that is in use but the heap's garbage.</summary>
    public int CompactSize => (int)(Used - HeapGarbage);

    /// <summary>Writes the state into a larger region without the heap's garbage.</summary>
    public void CopyTo(Span<byte> region)
    {
        var heapOffset = HeapOffset;
        if (HeapGarbage == 0)
        {
            _bytes[..(int)Used].CopyTo(region);
            return;
        }
        _bytes[..heapOffset].CopyTo(region);
        var copy = new KeyState(region, _layout);
        var heap = _bytes[heapOffset..];
        uint used = 0;
        var target = region[heapOffset..];
        var stride = _layout.TileBytes;
        if (_layout.HasLifetime) copy.MoveHeap(LifetimeOffset, heap, target, ref used);
        for (var offset = TilesOffset(0) + sizeof(long); offset < heapOffset; offset += stride) copy.MoveHeap(offset, heap, target, ref used);
        copy.HeapUsed = used;
        copy.HeapGarbage = 0;
        copy.Used = (uint)heapOffset + used;
    }

    private void MoveHeap(int slots, ReadOnlySpan<byte> from, Span<byte> to, ref uint used)
    {
        foreach (var slot in _layout.Slots)
        {
            if (!slot.Aggregate.UsesHeap) continue;
            ref var reference = ref HeapReference.Of(_bytes[(slots + slot.Offset)..]);
            reference.In(from).CopyTo(to[(int)used..]);
            reference.Offset = used;
            used += reference.Length;
        }
    }
}
