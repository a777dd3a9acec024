using StreamForge.Core;

namespace StreamForge.Iceberg.Spec;

/// <summary>The proleptic Gregorian calendar, for any day that a number can name.</summary>
internal static class Calendar
{
    /// <summary>The date that lies <paramref name="days"/> after 1970-01-01 (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days).</summary>
    public static (long Year, int Month, int Day) FromDays(long days)
    {
        days += 719_468;
        var era = EventTime.FloorDivide(days, 146_097);
        var dayOfEra = days - era * 146_097;
        var yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        var dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        var shifted = (5 * dayOfYear + 2) / 153;
        var day = (int)(dayOfYear - (153 * shifted + 2) / 5 + 1);
        var month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day);
    }
}
