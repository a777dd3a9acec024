using StreamForge.Core;

namespace StreamForge.Features.Windows;

public enum WindowShape : byte
{
    /// <summary>[floor((t-W)/r)·r, t): Chronon's sawtooth, up to one tile longer than W at the tail; an exact one [t-W, t).</summary>
    Sliding,

    /// <summary>[floor(t/W)·W, t): a hopping window whose hop is its length.</summary>
    Tumbling,

    /// <summary>Everything before t.</summary>
    Lifetime,

    /// <summary>[floor(t/h)·h + h - W, t): of the windows of length W that begin every h, the earliest-begun that has not ended at t.</summary>
    Hopping,

    /// <summary>The events before t that follow one another by less than the gap, up to one that lies less than the gap before t; else nothing.</summary>
    Session,
}

/// <summary>A window of a view and the tiles that it reads.</summary>
/// <param name="Size">W in microseconds; the gap of a session; 0 for lifetime.</param>
/// <param name="Series">Index of the tile series that it reads; -1 for a lifetime window of a view without tiles.</param>
/// <param name="Resolution">The series' tile length; 0 without a series.</param>
public sealed record WindowPlan(string Name, WindowShape Shape, long Size, int Series, long Resolution)
{
    /// <summary>h, microseconds from one instance to the next: the length of a tumbling window; 0 for shapes without instances at fixed times.</summary>
    public long Every { get; init; } = Shape == WindowShape.Tumbling ? Size : 0;

    /// <summary>Index of the series of single moments that an exact sliding window reads at its ends, where no tile of <see cref="Series"/> fits; -1 for windows that consist of tiles.</summary>
    public int Moments { get; init; } = -1;

    /// <summary>Whether the window begins and ends at any moment rather than between tiles.</summary>
    public bool IsExact => Moments >= 0;

    /// <summary>Where the window that ends at <paramref name="to"/> begins; for a session, which depends on the events, <paramref name="to"/>: it is empty.</summary>
    public long From(long to) => Shape switch
    {
        WindowShape.Sliding when IsExact => EventTime.SaturatingSubtract(to, Size),
        WindowShape.Sliding => EventTime.Floor(EventTime.SaturatingSubtract(to, Size), Resolution),
        WindowShape.Tumbling or WindowShape.Hopping => EventTime.SaturatingAdd(EventTime.Floor(to, Every), Every - Size),
        WindowShape.Session => to,
        _ => EventTime.MinValue,
    };

    /// <summary>
    /// Where a read at <paramref name="at"/> ends: there, while no event lies at or after it; else at the tile boundary at or before it, so that no tile is used that holds a later event.
    /// </summary>
    /// <param name="allBefore">Whether every event of the view lies before <paramref name="at"/>.</param>
    public long EndAt(long at, bool allBefore) => allBefore || IsExact || Resolution == 0 ? at : EventTime.Floor(at, Resolution);

    /// <summary>Whether instances of the window come to an end and are emitted then: tumbling and hopping ones and sessions do, sliding and lifetime ones end at whatever moment they are read.</summary>
    public bool Closes => Shape is WindowShape.Tumbling or WindowShape.Hopping or WindowShape.Session;

    /// <summary>Where the first instance that takes an event begins; of a tumbling or hopping window. The others begin every <see cref="Every"/>, up to <see cref="LastStartOf"/>.</summary>
    public long FirstStartOf(long time) => EventTime.Floor(time, Every) + Every - Size;

    /// <summary>Where the last instance that takes an event begins; of a tumbling or hopping window.</summary>
    public long LastStartOf(long time) => EventTime.Floor(time + Size, Every) - Size;

    /// <summary>Where the instance that begins at <paramref name="start"/> ends; of a session, which ends a gap after its last event, where it ends when its first event is its only one: at the earliest.</summary>
    public long EndOf(long start) => EventTime.SaturatingAdd(start, Size);

    /// <summary>The watermark from which on the instance that ends at <paramref name="end"/> takes no event any more, in none of its tiles; of a session, whose end an event may move, in none that an event before its end would fall into.</summary>
    public long FinalAt(long end, long allowedLateness) =>
        EventTime.SaturatingAdd(Shape == WindowShape.Session ? EventTime.Floor(end - 1, Resolution) + Resolution : end, Size + allowedLateness);

    /// <summary>
    /// The earliest moment at which the window needs no tile that begins before <paramref name="kept"/>. A moment up to <paramref name="newest"/> is served at the tile boundary
    /// before it, which must lie late enough itself. A session that is still going on has all its tiles.
    /// </summary>
    public long EarliestEnd(long kept, long newest) => kept == EventTime.MinValue ? kept : Shape switch
    {
        WindowShape.Sliding when IsExact || kept + Size > newest => kept + Size,
        WindowShape.Sliding => Math.Min(EventTime.Ceiling(kept + Size, Resolution), newest + 1),
        WindowShape.Tumbling or WindowShape.Hopping => EventTime.Ceiling(kept + Size - Every, Every),
        _ => kept,
    };

    /// <summary>
    /// Whether the window still takes an event: until the watermark reaches its tile's end plus W (a session's gap) plus <paramref name="allowedLateness"/>. Lifetime takes every event.
    /// </summary>
    public bool Accepts(long time, long watermark, long allowedLateness) =>
        Shape == WindowShape.Lifetime || watermark < EventTime.SaturatingAdd(EventTime.Floor(time, Resolution) + Resolution, Size + allowedLateness);
}

/// <summary>All tiles of one length that a key keeps, shared by the windows that read them; what the shorter of these see otherwise, <see cref="FrozenSeries"/> tells.</summary>
/// <param name="Resolution">The tile's length r in microseconds; a tile is [n·r, (n+1)·r).</param>
/// <param name="Retention">The longest window that reads them plus the allowed lateness: a tile takes events until the watermark reaches its end plus this.</param>
public sealed record TileSeries(long Resolution, long Retention)
{
    /// <summary>The tile length by which lateness is judged, microseconds: that of the tiles besides which a series of single moments is kept, so that both take the same events; else <see cref="Resolution"/>.</summary>
    public long Grain { get; init; } = Resolution;

    /// <summary>The gap of the session window that reads the tiles; 0 for windows of other shapes. Tiles of a session are kept as long as an event that is taken could still belong to it.</summary>
    public long Gap { get; init; }

    public long StartOf(long time) => EventTime.Floor(time, Resolution);

    /// <summary>The start of the first tile that begins at <paramref name="time"/> or after it; <see cref="EventTime.MinValue"/> as it is.</summary>
    public long FirstFrom(long time) => time == EventTime.MinValue ? time : EventTime.Ceiling(time, Resolution);

    /// <summary>Whether the tile that begins at <paramref name="start"/> still takes events; once false it stays false, as watermarks only grow.</summary>
    public bool Accepts(long start, long watermark) => Accepts(start, Retention, watermark);

    /// <summary>Whether the tile that begins at <paramref name="start"/> still takes events of windows that would keep it for <paramref name="retention"/>, microseconds.</summary>
    internal bool Accepts(long start, long retention, long watermark) =>
        watermark < EventTime.SaturatingAdd((Grain == Resolution ? start : EventTime.Floor(start, Grain)) + Grain, retention);

    /// <summary>The start of the earliest tile that still takes events under <paramref name="watermark"/>; <see cref="EventTime.MinValue"/> while all do.</summary>
    public long EarliestKept(long watermark)
    {
        var expired = EventTime.SaturatingSubtract(watermark, Retention);
        return watermark == EventTime.MinValue || expired < EventTime.Earliest ? EventTime.MinValue : EventTime.Floor(expired - Grain, Grain) + Grain;
    }
}
