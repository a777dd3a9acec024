using StreamForge.Core;

namespace StreamForge.Features.Windows;

public enum WindowShape : byte
{
    /// <summary>[floor((t-W)/r)·r, t): Chronon's sawtooth, up to one tile longer than W at the tail.</summary>
    Sliding,

    /// <summary>[floor(t/W)·W, t).</summary>
    Tumbling,

    /// <summary>Everything before t.</summary>
    Lifetime,
}

/// <summary>A window of a view and the tiles that it reads.</summary>
/// <param name="Size">W in microseconds; 0 for lifetime.</param>
/// <param name="Series">Index of the tile series that it reads; -1 for a lifetime window of a view without tiles.</param>
/// <param name="Resolution">The series' tile length; 0 without a series.</param>
public sealed record WindowPlan(string Name, WindowShape Shape, long Size, int Series, long Resolution)
{
    /// <summary>Where the window that ends at <paramref name="to"/> begins.</summary>
    public long From(long to) => Shape switch
    {
        WindowShape.Sliding => EventTime.Floor(EventTime.SaturatingSubtract(to, Size), Resolution),
        WindowShape.Tumbling => EventTime.Floor(to, Size),
        _ => EventTime.MinValue,
    };

    /// <summary>Whether instances of the window come to an end and are emitted then: tumbling ones do, sliding and lifetime ones end at whatever moment they are read.</summary>
    public bool Closes => Shape == WindowShape.Tumbling;

    /// <summary>Where the instance that takes an event begins; of a window that closes.</summary>
    public long StartOf(long time) => EventTime.Floor(time, Size);

    /// <summary>Where the instance that begins at <paramref name="start"/> ends; of a window that closes.</summary>
    public long EndOf(long start) => EventTime.SaturatingAdd(start, Size);

    /// <summary>The watermark from which on the instance takes no event any more, in none of its tiles.</summary>
    public long FinalAt(long start, long allowedLateness) => EventTime.SaturatingAdd(EndOf(start), Size + allowedLateness);

    /// <summary>
    /// The earliest moment at which the window needs no tile that begins before <paramref name="kept"/>. A moment up to <paramref name="newest"/> is served at the tile boundary
    /// before it, which must lie late enough itself.
    /// </summary>
    public long EarliestEnd(long kept, long newest) => kept == EventTime.MinValue ? kept : Shape switch
    {
        WindowShape.Sliding when kept + Size > newest => kept + Size,
        WindowShape.Sliding => Math.Min(EventTime.Ceiling(kept + Size, Resolution), newest + 1),
        WindowShape.Tumbling => EventTime.Ceiling(kept, Size),
        _ => kept,
    };

    /// <summary>
    /// Whether the window still takes an event: until the watermark reaches its tile's end plus W plus <paramref name="allowedLateness"/>. Lifetime takes every event.
    /// </summary>
    public bool Accepts(long time, long watermark, long allowedLateness) =>
        Shape == WindowShape.Lifetime || watermark < EventTime.SaturatingAdd(EventTime.Floor(time, Resolution) + Resolution, Size + allowedLateness);
}

/// <summary>All tiles of one length that a key keeps, shared by the windows that read them.</summary>
/// <param name="Resolution">The tile's length r in microseconds; a tile is [n·r, (n+1)·r).</param>
/// <param name="Retention">The longest window that reads them plus the allowed lateness: a tile lives until the watermark reaches its end plus this.</param>
public sealed record TileSeries(long Resolution, long Retention)
{
    public long StartOf(long time) => EventTime.Floor(time, Resolution);

    /// <summary>Whether the tile that begins at <paramref name="start"/> still takes events; once false it stays false, as watermarks only grow.</summary>
    public bool Accepts(long start, long watermark) => watermark < EventTime.SaturatingAdd(start + Resolution, Retention);

    /// <summary>The start of the earliest tile that still lives under <paramref name="watermark"/>; <see cref="EventTime.MinValue"/> while all do.</summary>
    public long EarliestKept(long watermark)
    {
        var expired = EventTime.SaturatingSubtract(watermark, Retention);
        return watermark == EventTime.MinValue || expired < EventTime.Earliest ? EventTime.MinValue : EventTime.Floor(expired - Resolution, Resolution) + Resolution;
    }
}
