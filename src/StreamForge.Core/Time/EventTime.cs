using System.Globalization;

namespace StreamForge.Core;

/// <summary>
/// Instants as the engine keeps them: signed microseconds since 1970-01-01T00:00:00Z. Division is towards minus infinity, so that
/// windows before 1970 are cut like those after it. Text covers the years 1 to 9999; anything beyond is no instant.
/// </summary>
public static class EventTime
{
    /// <summary>Before every event: the watermark of a partition that has seen nothing.</summary>
    public const long MinValue = long.MinValue;

    /// <summary>After every event: the oldest event of a key that has none.</summary>
    public const long MaxValue = long.MaxValue;

    /// <summary>0001-01-01T00:00:00Z.</summary>
    public const long Earliest = -62_135_596_800_000_000;

    /// <summary>The last microsecond of the year 9999.</summary>
    public const long Latest = 253_402_300_799_999_999;

    public const long Second = 1_000_000;
    public const long Minute = 60 * Second;
    public const long Hour = 60 * Minute;
    public const long Day = 24 * Hour;

    /// <summary>The largest multiple of <paramref name="step"/> that is not above <paramref name="time"/>.</summary>
    public static long Floor(long time, long step) => FloorDivide(time, step) * step;

    /// <summary>Quotient towards minus infinity; <paramref name="step"/> is positive.</summary>
    public static long FloorDivide(long time, long step)
    {
        var quotient = time / step;
        return time % step < 0 ? quotient - 1 : quotient;
    }

    /// <summary>a - b that stays at the ends of the range instead of wrapping; for watermarks, which may be <see cref="MinValue"/>.</summary>
    public static long SaturatingSubtract(long a, long b)
    {
        var result = unchecked(a - b);
        return ((a ^ b) & (a ^ result)) < 0 ? (a < 0 ? long.MinValue : long.MaxValue) : result;
    }

    /// <summary>a + b that stays at the ends of the range instead of wrapping.</summary>
    public static long SaturatingAdd(long a, long b)
    {
        var result = unchecked(a + b);
        return ((a ^ result) & (b ^ result)) < 0 ? (a < 0 ? long.MinValue : long.MaxValue) : result;
    }

    public static long FromDateTime(DateTime utc) => FloorDivide(utc.Ticks - DateTime.UnixEpoch.Ticks, TimeSpan.TicksPerMicrosecond);

    public static long FromDateTimeOffset(DateTimeOffset time) => FromDateTime(time.UtcDateTime);

    /// <summary>Now, by <paramref name="clock"/>.</summary>
    public static long Now(TimeProvider clock) => FromDateTimeOffset(clock.GetUtcNow());

    /// <summary>The instant as a <see cref="DateTime"/> of kind UTC; <paramref name="micros"/> lies between <see cref="Earliest"/> and <see cref="Latest"/>.</summary>
    public static DateTime ToDateTime(long micros) => new(checked(DateTime.UnixEpoch.Ticks + micros * TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc);

    /// <summary>RFC 3339 in UTC, with three or six digits of a second where they are not zero: <c>2011-12-09T12:50:00Z</c>.</summary>
    public static string Format(long micros)
    {
        if (micros < Earliest || micros > Latest) return micros.ToString(CultureInfo.InvariantCulture) + "us";
        var format = (micros % Second) switch
        {
            0 => "yyyy-MM-dd'T'HH:mm:ss'Z'",
            var rest when rest % 1000 == 0 => "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
            _ => "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'",
        };
        return ToDateTime(micros).ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>RFC 3339, or null for <see cref="MinValue"/>.</summary>
    public static string? FormatOrNull(long micros) => micros == MinValue ? null : Format(micros);
}
