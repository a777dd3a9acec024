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
/// <para>
/// A window is made of up to three runs of tiles (<see cref="Runs"/>): one, but for an exact window, whose two ends come from the series of single moments; in each of them it sees what <see cref="WindowTiles"/> says. A session is found by walking
/// from its end towards its beginning, tile by tile: events within a tile lie less than the gap apart, and the times of two neighbours' last and first event say whether they belong together.
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
        var to = window.EndAt(at, newest < at);
        return (window.From(to), to);
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
            if (!allBefore && window.Resolution == 0 && state.Newest >= at) throw NoHistory(state.Newest);
            var to = window.EndAt(at, allBefore);
            var from = window.Shape == WindowShape.Session ? SessionStart(layout, state, window, to) : window.From(to);
            effective[w] = (from, to);
            Combine(layout, state, window, from, to);
            Finish(layout, w, values);
        }
    }

    /// <summary>The tiles that a feature is computed from when it is read: those that <see cref="Read"/> merges, each finished alone.</summary>
    /// <param name="feature">Index into the layout's features.</param>
    /// <param name="effective">The window's interval, as <see cref="Read"/> gave it.</param>
    /// <param name="tiles">Gets the tiles, ascending.</param>
    /// <param name="counted">Rows of tiles that begin before it have not all been counted.</param>
    public static void ReadTiles(ViewLayout layout, Span<byte> region, int feature, (long From, long To) effective, ICollection<FeatureTile> tiles, long counted = EventTime.MinValue)
    {
        var state = new KeyState.KeyState(region, layout);
        var plan = layout.Features[feature];
        var window = layout.Windows[plan.Window];
        var runs = window.Series < 0 ? default : Runs.Of(layout, state, window, effective.From, effective.To);
        if (window.Shape == WindowShape.Lifetime && state.LifetimeSlots.ContainsAnyExcept((byte)0))
        {
            var body = runs.Body;
            var end = body.MoveNext() ? MemoryMarshal.Read<long>(body.Current) : effective.To;
            var value = plan.Finish(layout, state.LifetimeSlots, state.HeapBytes);
            tiles.Add(new FeatureTile(EventTime.MinValue, end, value) { Rows = counted > EventTime.MinValue ? null : RowsOf(layout, state.LifetimeSlots) });
        }
        Add(runs.Head, 1, state.HeapBytes);
        Add(runs.Body, window.Resolution, state.HeapBytes);
        Add(runs.Tail, 1, state.HeapBytes);

        void Add(WindowTiles part, long length, ReadOnlySpan<byte> heap)
        {
            foreach (var neighbours in part)
            {
                for (var run = neighbours; !run.IsEmpty; run = run[layout.TileBytes..])
                {
                    var start = MemoryMarshal.Read<long>(run);
                    var value = plan.Finish(layout, run.Slice(sizeof(long), layout.SlotBytes), heap);
                    tiles.Add(new FeatureTile(Math.Max(start, effective.From), start + length, value) { Rows = start < counted ? null : RowsOf(layout, run[sizeof(long)..]) });
                }
            }
        }
    }

    private static long? RowsOf(ViewLayout layout, ReadOnlySpan<byte> slots) => layout.RowsSlot < 0 ? null : MemoryMarshal.Read<long>(slots[layout.Slots[layout.RowsSlot].Offset..]);

    /// <summary>Fills the stored features of one window over an interval of whole tiles, or of a session from its first event on; the other values stay as they are. A sum that does not fit its type is <see cref="FeatureStatus.NullValue"/>.</summary>
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

    private static StreamForgeException NoHistory(long newestOfKey) => new(
        ErrorKind.OutOfRange,
        $"the lifetime window keeps no history, and this key has an event at {EventTime.Format(newestOfKey)}; the earliest possible time is {EventTime.Format(newestOfKey + 1)}");

    /// <summary>The first event of the session that goes on at <paramref name="to"/>, or <paramref name="to"/> when none does.</summary>
    private static long SessionStart(ViewLayout layout, KeyState.KeyState state, WindowPlan window, long to)
    {
        var tiles = state.Tiles(window.Series);
        var heap = state.HeapBytes;
        var next = to;
        for (var end = WindowTiles.FirstAtOrAfter(tiles, layout.TileBytes, to) * layout.TileBytes; end > 0; end -= layout.TileBytes)
        {
            var (first, last) = layout.Times(tiles[(end - layout.TileBytes)..], heap);
            if (next - last >= window.Size) break;
            next = first;
        }
        return next;
    }

    private void Combine(ViewLayout layout, KeyState.KeyState state, WindowPlan window, long from, long to)
    {
        _slots.AsSpan(0, layout.SlotBytes).Clear();
        _heapUsed = _heapGarbage = 0;
        var heap = state.HeapBytes;
        if (window.Shape == WindowShape.Lifetime)
        {
            foreach (var slot in layout.Slots.AsSpan()[..layout.AggregateSlots]) Merge(slot, state.LifetimeSlots.Slice(slot.Offset, slot.Aggregate.Size), heap);
        }
        if (window.Series < 0) return;
        var runs = Runs.Of(layout, state, window, from, to);
        Merge(layout, runs.Body, heap);
        if (!window.IsExact) return;
        Merge(layout, runs.Head, heap);
        Merge(layout, runs.Tail, heap);
    }

    /// <summary>The tiles that a window is made of: those of its series and, at the ends of an exact window, single moments.</summary>
    private readonly ref struct Runs
    {
        public WindowTiles Head { get; private init; }

        public WindowTiles Body { get; private init; }

        public WindowTiles Tail { get; private init; }

        public static Runs Of(ViewLayout layout, KeyState.KeyState state, WindowPlan window, long from, long to)
        {
            // A lifetime window has earlier tiles in its accumulators, and a session begins within a tile.
            if (window.Shape == WindowShape.Lifetime) from = state.Folded;
            if (window.Shape == WindowShape.Session) from = EventTime.Floor(from, window.Resolution);
            if (!window.IsExact) return new Runs { Body = new WindowTiles(state, layout, window, window.Series, from, to) };
            var first = EventTime.Ceiling(from, window.Resolution);
            var last = EventTime.Floor(to, window.Resolution);
            if (first >= last) return new Runs { Head = new WindowTiles(state, layout, window, window.Moments, from, to) };
            return new Runs
            {
                Head = new WindowTiles(state, layout, window, window.Moments, from, first),
                Body = new WindowTiles(state, layout, window, window.Series, first, last),
                Tail = new WindowTiles(state, layout, window, window.Moments, last, to),
            };
        }
    }

    private Span<byte> Scratch(Slot slot) => _slots.AsSpan(slot.Offset, slot.Aggregate.Size);

    private void Merge(ViewLayout layout, WindowTiles tiles, ReadOnlySpan<byte> heap)
    {
        foreach (var run in tiles) Merge(layout, run, heap);
    }

    private void Merge(ViewLayout layout, ReadOnlySpan<byte> tiles, ReadOnlySpan<byte> heap)
    {
        foreach (var slot in layout.Slots.AsSpan()[..layout.AggregateSlots])
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
