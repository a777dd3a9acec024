using System.Runtime.InteropServices;
using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Features.Windows;

namespace StreamForge.Features.Reads;

/// <summary>Which instances of a closing window hold events, by the tiles of a key.</summary>
public static class WindowInstances
{
    /// <summary>The instance that begins at <paramref name="start"/>, when it holds an event that an aggregate counts, or of a session any.</summary>
    public static bool TryFind(ViewLayout layout, Span<byte> region, WindowPlan window, long start, out WindowInstance instance)
    {
        var state = new KeyState.KeyState(region, layout);
        instance = new WindowInstance(start, window.EndOf(start));
        if (window.Shape == WindowShape.Session)
        {
            var tiles = state.Tiles(window.Series);
            var at = WindowTiles.FirstAtOrAfter(tiles, layout.TileBytes, EventTime.Floor(start, window.Resolution));
            var sessions = new SessionWalk(layout, tiles, state.HeapBytes, window.Size);
            if (!sessions.MoveTo(at) || sessions.First != start) return false;
            instance = sessions.Current;
            return true;
        }
        foreach (var neighbours in new WindowTiles(state, layout, window, window.Series, start, instance.End))
        {
            for (var run = neighbours; !run.IsEmpty; run = run[layout.TileBytes..])
            {
                if (IsCounted(layout, run[..layout.TileBytes])) return true;
            }
        }
        return false;
    }

    /// <summary>All that hold events, ascending.</summary>
    public static IEnumerable<WindowInstance> All(ViewLayout layout, Span<byte> region, WindowPlan window)
    {
        var found = new SortedSet<WindowInstance>(Comparer<WindowInstance>.Create((a, b) => a.Start.CompareTo(b.Start)));
        var state = new KeyState.KeyState(region, layout);
        if (window.Shape == WindowShape.Session)
        {
            var sessions = new SessionWalk(layout, state.Tiles(window.Series), state.HeapBytes, window.Size);
            for (var at = 0; sessions.MoveTo(at); at = sessions.Next) found.Add(sessions.Current);
            return found;
        }
        foreach (var neighbours in new WindowTiles(state, layout, window, window.Series, EventTime.MinValue, EventTime.MaxValue))
        {
            for (var run = neighbours; !run.IsEmpty; run = run[layout.TileBytes..])
            {
                if (!IsCounted(layout, run[..layout.TileBytes])) continue;
                var time = MemoryMarshal.Read<long>(run);
                for (var start = window.FirstStartOf(time); start <= window.LastStartOf(time); start += window.Every) found.Add(new WindowInstance(start, window.EndOf(start)));
            }
        }
        return found;
    }

    /// <summary>
    /// Tells what the rows that were added or taken out at a moment have done to a key's sessions, by what the sessions are now. Every row of a batch is told of, after all of them have been applied.
    /// <para>
    /// A row at t changes the sessions that it lies in or less than a gap away from. A session is known by its start: one that begins at or after t, and less than a gap after it, may have been joined to an earlier one, and
    /// the one that began at t may begin later or be no more. Within a session no other begins.
    /// </para>
    /// </summary>
    /// <param name="known">What is known of the key's sessions.</param>
    /// <returns>The session that holds <paramref name="time"/>, so that other rows in it need not be told of; an empty interval when none does.</returns>
    public static (long First, long Last) Note<TKnown>(ViewLayout layout, Span<byte> region, WindowPlan window, long time, TKnown known) where TKnown : IKnownSessions, allows ref struct
    {
        var state = new KeyState.KeyState(region, layout);
        var tiles = state.Tiles(window.Series);
        var gap = window.Size;
        var sessions = new SessionWalk(layout, tiles, state.HeapBytes, gap);
        var (from, to) = (time, time + gap);
        (long First, long Last) holding = (time, time - 1);
        for (var at = WindowTiles.FirstAtOrAfter(tiles, layout.TileBytes, EventTime.Floor(time - gap, window.Resolution)); sessions.MoveTo(at) && sessions.First < to; at = sessions.Next)
        {
            if (sessions.Last <= time - gap) continue;
            if (sessions.First > from) known.Gone(from, sessions.First);
            known.Changed(sessions.Current);
            known.Gone(sessions.First + 1, sessions.Last + 1);
            from = Math.Max(from, sessions.Last + 1);
            if (sessions.First <= time && time <= sessions.Last) holding = (sessions.First, sessions.Last);
        }
        if (from < to) known.Gone(from, to);
        return holding;
    }

    /// <summary>Whether an aggregate counts anything in a tile: a view with sessions has tiles of rows that none counts.</summary>
    private static bool IsCounted(ViewLayout layout, ReadOnlySpan<byte> tile) =>
        layout.AggregateSlots == layout.Slots.Length || tile[sizeof(long)..(sizeof(long) + layout.Slots[^1].Offset)].ContainsAnyExcept((byte)0);

    /// <summary>The sessions that tiles make up: events of one tile lie less than the gap apart, and neighbours belong together when the times of their last and first event do.</summary>
    private ref struct SessionWalk(ViewLayout layout, ReadOnlySpan<byte> tiles, ReadOnlySpan<byte> heap, long gap)
    {
        private readonly ReadOnlySpan<byte> _tiles = tiles;
        private readonly ReadOnlySpan<byte> _heap = heap;

        public long First { get; private set; }

        public long Last { get; private set; }

        /// <summary>The tile after the session.</summary>
        public int Next { get; private set; }

        public readonly WindowInstance Current => new(First, EventTime.SaturatingAdd(Last, gap));

        private readonly (long First, long Last) Times(int tile) => layout.Times(_tiles[(tile * layout.TileBytes)..], _heap);

        /// <summary>Goes to the session that has a tile.</summary>
        /// <returns>false when there is no such tile.</returns>
        public bool MoveTo(int tile)
        {
            if (tile * layout.TileBytes >= _tiles.Length) return false;
            (First, Last) = Times(tile);
            for (var before = tile - 1; before >= 0 && Times(before) is var times && First - times.Last < gap; before--) First = times.First;
            for (Next = tile + 1; Next * layout.TileBytes < _tiles.Length && Times(Next) is var times && times.First - Last < gap; Next++) Last = times.Last;
            return true;
        }
    }
}

/// <summary>Somebody who remembers the sessions of one key by their starts.</summary>
public interface IKnownSessions
{
    /// <summary>There is this session, and it may not be what it was.</summary>
    void Changed(WindowInstance session);

    /// <summary>No session begins in [from, to).</summary>
    void Gone(long from, long to);
}
