namespace StreamForge.Core;

/// <summary>The proleptic Gregorian calendar over days and microseconds since 1970.</summary>
public static class CivilCalendar
{
    /// <summary>Year, month and day of a day since 1970-01-01 (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days).</summary>
    public static (long Year, int Month, int Day) Civil(long days)
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

    /// <summary>Days since 1970-01-01.</summary>
    public static long Days(long year, int month, int day) => Iso8601.DaysFromCivil((int)year, month, day);

    public static bool IsLeap(long year) => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    public static int DaysInMonth(long year, int month) => month switch
    {
        2 => IsLeap(year) ? 29 : 28,
        4 or 6 or 9 or 11 => 30,
        _ => 31,
    };

    public static int DayOfYear(long days) => (int)(days - Days(Civil(days).Year, 1, 1)) + 1;

    /// <summary>1 for Monday to 7 for Sunday.</summary>
    public static int IsoDayOfWeek(long days) => (int)(EventTime.FloorDivide(days + 3, 7) is var weeks ? days + 3 - weeks * 7 : 0) + 1;

    /// <summary>ISO 8601 week and the year it belongs to.</summary>
    public static (long Year, int Week) IsoWeek(long days)
    {
        var thursday = days - IsoDayOfWeek(days) + 4;
        var year = Civil(thursday).Year;
        return (year, (int)((thursday - Days(year, 1, 1)) / 7) + 1);
    }

    /// <summary>The date <paramref name="months"/> later, its day cut to the length of the month; false outside the years 1 to 9999.</summary>
    public static bool TryAddMonths(long days, long months, out long result)
    {
        var (year, month, day) = Civil(days);
        result = 0;
        if (months is > 200_000 or < -200_000) return false;
        var total = year * 12 + month - 1 + months;
        var newYear = EventTime.FloorDivide(total, 12);
        if (newYear is < 1 or > 9999) return false;
        var newMonth = (int)(total - newYear * 12) + 1;
        result = Days(newYear, newMonth, Math.Min(day, DaysInMonth(newYear, newMonth)));
        return true;
    }
}
