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
/// 32  u32  number of tiles of each series, then, where the state has had any, of frozen tiles; padded to 8
///     key bytes, padded to 8
///     marks, where rows may be taken out: i64 for each series, below which its tiles have been dropped; with a lifetime window one more, below which the coarsest series' tiles have been folded
///     lifetime accumulators, where the view has a lifetime window: the sum of the tiles that the coarsest series has folded into them
///     tiles of series 0, then of series 1, …: each the tile's start (i64) and its accumulators, ascending by start
///     frozen tiles: each i64 retention, i64 series and a tile, ascending by series, retention and start
///     heap
/// </code>
/// Growing is the owner's work: a method that needs more room changes nothing that can be seen and says so; the owner then moves the state to a larger region with
/// <see cref="CopyTo"/>, which also squeezes the heap's garbage out. A region is written by one thread at a time; reading while writing is the owner's concern.
/// </summary>
public readonly ref partial struct KeyState
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
        KeyOffset(layout.Series.Length) + Pad(keyLength) + layout.MarkBytes + (layout.HasLifetime ? layout.SlotBytes : 0);

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
        layout.FirstMarks.CopyTo(state.Marks);
        key.CopyTo(region[KeyOffset(layout.Series.Length)..]);
    }

    /// <summary>Bytes in use, of a region whose layout is not known.</summary>
    public static int UsedBytes(ReadOnlySpan<byte> region) => (int)MemoryMarshal.Read<uint>(region);

    /// <summary>The newest event time applied, of a region whose layout is not known.</summary>
    public static long NewestOf(ReadOnlySpan<byte> region) => MemoryMarshal.Read<long>(region[8..]);

    /// <summary>The key within a region.</summary>
    public static ReadOnlySpan<byte> KeyOf(ReadOnlySpan<byte> region) =>
        region.Slice(KeyOffset(region[7]), MemoryMarshal.Read<ushort>(region[4..]));

    private static int Pad(int length) => (length + 7) & ~7;

    /// <summary>Where the key begins, by the number of counts before it.</summary>
    private static int KeyOffset(int counts) => CountsOffset + Pad(counts * sizeof(uint));

    private ref uint Used => ref MemoryMarshal.AsRef<uint>(_bytes);

    /// <summary>The newest event time applied, of a row that was added or taken out; <see cref="EventTime.MinValue"/> before the first.</summary>
    public ref long Newest => ref MemoryMarshal.AsRef<long>(_bytes[8..]);

    /// <summary>The oldest event time applied, of a row that was added or taken out; a read at or before it does not know the key.</summary>
    public ref long Oldest => ref MemoryMarshal.AsRef<long>(_bytes[16..]);

    private ref uint HeapUsed => ref MemoryMarshal.AsRef<uint>(_bytes[24..]);

    private ref uint HeapGarbage => ref MemoryMarshal.AsRef<uint>(_bytes[28..]);

    private Span<uint> Counts => MemoryMarshal.Cast<byte, uint>(_bytes.Slice(CountsOffset, _bytes[7] * sizeof(uint)));

    public ReadOnlySpan<byte> Key => KeyOf(_bytes);

    private int MarksOffset => KeyOffset(_bytes[7]) + Pad(MemoryMarshal.Read<ushort>(_bytes[4..]));

    private Span<long> Marks => MemoryMarshal.Cast<byte, long>(_bytes.Slice(MarksOffset, _layout.MarkBytes));

    /// <summary>Tiles of the coarsest series that begin before this are in <see cref="LifetimeSlots"/>, also those that are still there; <see cref="EventTime.MinValue"/> while none that is there is.</summary>
    public long Folded => _layout.Retracts && _layout.HasLifetime ? Marks[^1] : EventTime.MinValue;

    private int LifetimeOffset => MarksOffset + _layout.MarkBytes;

    private Span<byte> Lifetime => _bytes.Slice(LifetimeOffset, _layout.HasLifetime ? _layout.SlotBytes : 0);

    /// <summary>The accumulators of everything that the coarsest series no longer holds; empty without a lifetime window.</summary>
    public ReadOnlySpan<byte> LifetimeSlots => Lifetime;

    private int TilesOffset(int series)
    {
        var offset = LifetimeOffset + (_layout.HasLifetime ? _layout.SlotBytes : 0);
        for (var i = 0; i < series; i++) offset += (int)Counts[i] * _layout.TileBytes;
        return offset;
    }

    private int HeapOffset => FrozenOffset + FrozenCount * _layout.FrozenBytes;

    /// <summary>All tiles of a series, one after another.</summary>
    public ReadOnlySpan<byte> Tiles(int series) => _bytes.Slice(TilesOffset(series), (int)Counts[series] * _layout.TileBytes);

    /// <summary>The heap that accumulators point into.</summary>
    public ReadOnlySpan<byte> HeapBytes => _bytes.Slice(HeapOffset, (int)HeapUsed);

    private int Free => _bytes.Length - (int)Used;

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
        var frozen = FrozenOffset;
        for (var offset = TilesOffset(0) + sizeof(long); offset < frozen; offset += stride) copy.MoveHeap(offset, heap, target, ref used);
        for (var offset = frozen + _layout.FrozenBytes - _layout.SlotBytes; offset < heapOffset; offset += _layout.FrozenBytes) copy.MoveHeap(offset, heap, target, ref used);
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
            // An empty accumulator stays all zeros.
            if (reference.Length == 0) continue;
            reference.In(from).CopyTo(to[(int)used..]);
            // An accumulator without bytes of its own stays all zero: that is how an empty tile is known.
            reference.Offset = reference.Length == 0 ? 0 : used;
            used += reference.Length;
        }
    }
}
