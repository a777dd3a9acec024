using StreamForge.Core;

namespace StreamForge.Formats.Values;

/// <summary>
/// Turns local date-times into UTC by one time zone, remembering the offset of each quarter of an hour that it met. A local time that a clock change
/// skipped counts as if the clock had not been changed yet; one that it repeats counts as the later one (standard time). For one thread.
/// </summary>
internal sealed class LocalTime(TimeZoneInfo zone)
{
    private const long Quarter = 15 * EventTime.Minute;
    private const int Slots = 256;

    private readonly bool _utc = zone.BaseUtcOffset == TimeSpan.Zero && !zone.SupportsDaylightSavingTime && zone.HasSameRules(TimeZoneInfo.Utc);
    private readonly long[] _quarters = NewSlots();
    private readonly long[] _offsets = new long[Slots];

    /// <summary>The instant of a local date-time between <see cref="EventTime.Earliest"/> and <see cref="EventTime.Latest"/>; both in microseconds.</summary>
    public long ToUtc(long local)
    {
        if (_utc) return local;
        var quarter = EventTime.FloorDivide(local, Quarter);
        var slot = (int)(quarter & (Slots - 1));
        if (_quarters[slot] == quarter) return local - _offsets[slot];
        var offset = OffsetAt(local);
        if (OffsetAt(quarter * Quarter) == offset && OffsetAt(quarter * Quarter + Quarter - 1) == offset)
        {
            _quarters[slot] = quarter;
            _offsets[slot] = offset;
        }
        return local - offset;
    }

    private long OffsetAt(long local)
    {
        var clamped = Math.Clamp(local, EventTime.Earliest, EventTime.Latest);
        return zone.GetUtcOffset(DateTime.SpecifyKind(EventTime.ToDateTime(clamped), DateTimeKind.Unspecified)).Ticks / TimeSpan.TicksPerMicrosecond;
    }

    private static long[] NewSlots()
    {
        var slots = new long[Slots];
        Array.Fill(slots, long.MinValue);
        return slots;
    }
}
