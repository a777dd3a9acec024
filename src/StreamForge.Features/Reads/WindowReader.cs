using System.Runtime.InteropServices;
using StreamForge.Core;
using StreamForge.Features.Aggregates;
using StreamForge.Features.KeyState;
using StreamForge.Features.Windows;

namespace StreamForge.Features.Reads;

/// <summary>
/// Computes a view's stored features from a key's state at a moment t. Holds scratch memory, so one thread uses one reader at a time; the state is only read.
/// <para>
/// A read at t sees events before t and nothing else. While all of the view's events lie before t, tiles can be used up to t; when some lie at or after it,
/// the windows are served at the tile boundary at or before t, and the effective interval says so. A lifetime window's tiles are those of the coarsest series.
/// </para>
/// </summary>
public sealed class WindowReader
{
    private byte[] _slots = [];
    private byte[] _heap = new byte[256];
    private uint _heapUsed;
    private uint _heapGarbage;

    /// <summary>The interval that a window covers for a key that is unknown.</summary>
    /// <param name="newest">The newest event time applied to the view.</param>
    public static (long From, long To) Interval(WindowPlan window, long at, long newest)
    {
        var to = newest < at || window.Resolution == 0 ? at : EventTime.Floor(at, window.Resolution);
        return (window.From(window.Shape == WindowShape.Tumbling ? at : to), to);
    }

    /// <summary>Fills values and effective intervals; the state's key is known.</summary>
    /// <param name="layout">The view's layout.</param>
    /// <param name="region">A copy of the key's state that nobody writes.</param>
    /// <param name="at">The moment to read, microseconds.</param>
    /// <param name="newest">The newest event time applied to the view, at most what it was when the state was copied.</param>
    /// <param name="values">One a stored feature.</param>
    /// <param name="effective">One a window.</param>
    /// <exception cref="StreamForgeException">
    /// OutOfRange when a lifetime window is read at a moment that its tiles no longer tell apart, or a sum does not fit its type.
    /// </exception>
    public void Read(ViewLayout layout, Span<byte> region, long at, long newest, Span<FeatureValue> values, Span<(long From, long To)> effective)
    {
        var state = new KeyState.KeyState(region, layout);
        var allBefore = Math.Max(newest, state.Newest) < at;
        if (_slots.Length < layout.SlotBytes) _slots = new byte[layout.SlotBytes];
        for (var w = 0; w < layout.Windows.Length; w++)
        {
            var window = layout.Windows[w];
            var to = allBefore ? at : Boundary(window, state.Newest, at);
            var from = window.From(window.Shape == WindowShape.Tumbling ? at : to);
            effective[w] = (from, to);
            Combine(layout, state, window, from, to);
            Finish(layout, w, values);
        }
    }

    /// <summary>The tiles that a feature is computed from when it is read: those that <see cref="Read"/> merges, each finished alone.</summary>
    /// <param name="feature">Index into the layout's features.</param>
    /// <param name="effective">The window's interval, as <see cref="Read"/> gave it.</param>
    /// <param name="tiles">Gets the tiles, ascending.</param>
    public static void ReadTiles(ViewLayout layout, Span<byte> region, int feature, (long From, long To) effective, ICollection<FeatureTile> tiles)
    {
        var state = new KeyState.KeyState(region, layout);
        var plan = layout.Features[feature];
        var window = layout.Windows[plan.Window];
        var kept = window.Series < 0 ? default : Between(state.Tiles(window.Series), layout.TileBytes, FirstTile(state, window, effective.From), effective.To);
        if (window.Shape == WindowShape.Lifetime && state.LifetimeSlots.ContainsAnyExcept((byte)0))
        {
            var end = kept.IsEmpty ? effective.To : MemoryMarshal.Read<long>(kept);
            var value = plan.Finish(layout, state.LifetimeSlots, state.HeapBytes);
            tiles.Add(new FeatureTile(EventTime.MinValue, end, value) { Rows = RowsOf(layout, state.LifetimeSlots) });
        }
        for (; !kept.IsEmpty; kept = kept[layout.TileBytes..])
        {
            var start = MemoryMarshal.Read<long>(kept);
            var value = plan.Finish(layout, kept.Slice(sizeof(long), layout.SlotBytes), state.HeapBytes);
            tiles.Add(new FeatureTile(start, start + window.Resolution, value) { Rows = RowsOf(layout, kept[sizeof(long)..]) });
        }
    }

    private static long? RowsOf(ViewLayout layout, ReadOnlySpan<byte> slots) => layout.RowsSlot < 0 ? null : MemoryMarshal.Read<long>(slots[layout.Slots[layout.RowsSlot].Offset..]);

    /// <summary>Fills the stored features of one window over an interval of whole tiles; the other values stay as they are. A sum that does not fit its type is <see cref="FeatureStatus.NullValue"/>.</summary>
    /// <param name="region">The key's state, which nobody writes meanwhile.</param>
    public void ReadInstance(ViewLayout layout, Span<byte> region, int window, long from, long to, Span<FeatureValue> values)
    {
        if (_slots.Length < layout.SlotBytes) _slots = new byte[layout.SlotBytes];
        Combine(layout, new KeyState.KeyState(region, layout), layout.Windows[window], from, to);
        for (var f = 0; f < layout.Features.Length; f++)
        {
            var feature = layout.Features[f];
            if (feature.Window != window) continue;
            try
            {
                values[f] = feature.Finish(layout, _slots, _heap);
            }
            catch (StreamForgeException error) when (error.Kind == ErrorKind.OutOfRange)
            {
                values[f] = FeatureValue.Missing(feature.Type, FeatureStatus.NullValue);
            }
        }
    }

    private static long Boundary(WindowPlan window, long newestOfKey, long at)
    {
        if (window.Resolution > 0) return EventTime.Floor(at, window.Resolution);
        return newestOfKey < at ? at : throw new StreamForgeException(
            ErrorKind.OutOfRange,
            $"the lifetime window keeps no history, and this key has an event at {EventTime.Format(newestOfKey)}; the earliest possible time is {EventTime.Format(newestOfKey + 1)}");
    }

    private void Combine(ViewLayout layout, KeyState.KeyState state, WindowPlan window, long from, long to)
    {
        _slots.AsSpan(0, layout.SlotBytes).Clear();
        _heapUsed = _heapGarbage = 0;
        var heap = state.HeapBytes;
        if (window.Shape == WindowShape.Lifetime) Merge(layout, state.LifetimeSlots, heap);
        if (window.Series < 0) return;
        var tiles = Between(state.Tiles(window.Series), layout.TileBytes, FirstTile(state, window, from), to);
        foreach (var slot in layout.Slots)
        {
            if (slot.Aggregate is IFixedAggregate aggregate)
            {
                aggregate.MergeAll(Scratch(slot), tiles, sizeof(long) + slot.Offset, layout.TileBytes);
                continue;
            }
            for (var tile = 0; tile < tiles.Length; tile += layout.TileBytes)
                Merge(slot, tiles.Slice(tile + sizeof(long) + slot.Offset, slot.Aggregate.Size), heap);
        }
    }

    /// <summary>Where the tiles begin that a window is computed from; a lifetime window has those before in its accumulators.</summary>
    private static long FirstTile(KeyState.KeyState state, WindowPlan window, long from) => window.Shape == WindowShape.Lifetime ? state.Folded : from;

    /// <summary>The tiles that begin in [from, to).</summary>
    private static ReadOnlySpan<byte> Between(ReadOnlySpan<byte> tiles, int stride, long from, long to)
    {
        var first = FirstAtOrAfter(tiles, stride, from);
        return tiles[(first * stride)..(Math.Max(first, FirstAtOrAfter(tiles, stride, to)) * stride)];
    }

    private static int FirstAtOrAfter(ReadOnlySpan<byte> tiles, int stride, long start)
    {
        int low = 0, high = tiles.Length / stride;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (MemoryMarshal.Read<long>(tiles[(middle * stride)..]) < start) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private Span<byte> Scratch(Slot slot) => _slots.AsSpan(slot.Offset, slot.Aggregate.Size);

    private void Merge(ViewLayout layout, ReadOnlySpan<byte> tile, ReadOnlySpan<byte> tileHeap)
    {
        foreach (var slot in layout.Slots) Merge(slot, tile.Slice(slot.Offset, slot.Aggregate.Size), tileHeap);
    }

    private void Merge(Slot slot, ReadOnlySpan<byte> from, ReadOnlySpan<byte> tileHeap)
    {
        var into = Scratch(slot);
        if (slot.Aggregate.UsesHeap)
        {
            var need = slot.Aggregate is IReadInPart inPart ? inPart.MergeEndsNeed(into, from) : slot.Aggregate.MergeNeed(into, from, tileHeap);
            if (_heap.Length - _heapUsed < need) Array.Resize(ref _heap, Math.Max(_heap.Length * 2, (int)_heapUsed + need));
        }
        var heap = new Heap(_heap, ref _heapUsed, ref _heapGarbage);
        if (slot.Aggregate is IReadInPart part) part.MergeEnds(into, ref heap, from, tileHeap);
        else slot.Aggregate.Merge(into, ref heap, from, tileHeap);
    }

    private void Finish(ViewLayout layout, int window, Span<FeatureValue> values)
    {
        for (var f = 0; f < layout.Features.Length; f++)
        {
            var feature = layout.Features[f];
            if (feature.Window != window) continue;
            values[f] = feature.Finish(layout, _slots, _heap);
        }
    }
}
