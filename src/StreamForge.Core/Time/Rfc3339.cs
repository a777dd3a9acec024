using System.Buffers.Text;

namespace StreamForge.Core;

/// <summary>Instants and dates as RFC 3339 text in UTF-8, without allocating; the same text as <see cref="EventTime.Format"/>.</summary>
public static class Rfc3339
{
    /// <summary>Room that any instant needs.</summary>
    public const int MaxLength = 27;

    private static readonly int UnixEpochDay = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    /// <summary>Writes <c>2011-12-09T12:50:00Z</c>, with three or six digits of a second where they are not zero.</summary>
    /// <param name="micros">Microseconds since 1970 UTC; outside the years 1 to 9999 it is written as digits and <c>us</c>.</param>
    /// <param name="target">At least <see cref="MaxLength"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(long micros, Span<byte> target)
    {
        if (micros is < EventTime.Earliest or > EventTime.Latest)
        {
            Utf8Formatter.TryFormat(micros, target, out var digits);
            "us"u8.CopyTo(target[digits..]);
            return digits + 2;
        }
        var day = EventTime.FloorDivide(micros, EventTime.Day);
        var rest = micros - day * EventTime.Day;
        WriteDate((int)day, target);
        target[10] = (byte)'T';
        var seconds = (int)(rest / EventTime.Second);
        Two(seconds / 3600, target[11..]);
        target[13] = (byte)':';
        Two(seconds / 60 % 60, target[14..]);
        target[16] = (byte)':';
        Two(seconds % 60, target[17..]);
        var length = 19;
        var fraction = (int)(rest % EventTime.Second);
        if (fraction != 0)
        {
            target[19] = (byte)'.';
            Three(fraction / 1000, target[20..]);
            length = 23;
            if (fraction % 1000 != 0)
            {
                Three(fraction % 1000, target[23..]);
                length = 26;
            }
        }
        target[length] = (byte)'Z';
        return length + 1;
    }

    /// <summary>Writes <c>yyyy-MM-dd</c>: 10 bytes.</summary>
    /// <param name="day">Days since 1970-01-01, within the years 1 to 9999.</param>
    public static void WriteDate(int day, Span<byte> target)
    {
        var (year, month, dayOfMonth) = DateOnly.FromDayNumber(UnixEpochDay + day);
        Two(year / 100, target);
        Two(year % 100, target[2..]);
        target[4] = (byte)'-';
        Two(month, target[5..]);
        target[7] = (byte)'-';
        Two(dayOfMonth, target[8..]);
    }

    private static void Two(int value, Span<byte> target)
    {
        target[1] = (byte)('0' + value % 10);
        target[0] = (byte)('0' + value / 10);
    }

    private static void Three(int value, Span<byte> target)
    {
        target[0] = (byte)('0' + value / 100);
        Two(value % 100, target[1..]);
    }
}
