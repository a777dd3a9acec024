namespace StreamForge.Sql.Parsing;

/// <summary>Units of time and fields of a date, as EXTRACT, INTERVAL, FLOOR … TO and TIMESTAMPADD name them.</summary>
internal enum TimeUnit : byte
{
    Microsecond,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
    Decade,
    Century,
    Millennium,
    Epoch,

    /// <summary>Day of the week, 1 for Sunday to 7.</summary>
    Dow,

    /// <summary>Day of the week, 1 for Monday to 7.</summary>
    IsoDow,

    /// <summary>Day of the year, from 1.</summary>
    Doy,

    IsoYear,
}

internal static class TimeUnits
{
    private static readonly Dictionary<string, TimeUnit> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["MICROSECOND"] = TimeUnit.Microsecond,
        ["MILLISECOND"] = TimeUnit.Millisecond,
        ["SECOND"] = TimeUnit.Second,
        ["MINUTE"] = TimeUnit.Minute,
        ["HOUR"] = TimeUnit.Hour,
        ["DAY"] = TimeUnit.Day,
        ["WEEK"] = TimeUnit.Week,
        ["MONTH"] = TimeUnit.Month,
        ["QUARTER"] = TimeUnit.Quarter,
        ["YEAR"] = TimeUnit.Year,
        ["DECADE"] = TimeUnit.Decade,
        ["CENTURY"] = TimeUnit.Century,
        ["MILLENNIUM"] = TimeUnit.Millennium,
        ["EPOCH"] = TimeUnit.Epoch,
        ["DOW"] = TimeUnit.Dow,
        ["ISODOW"] = TimeUnit.IsoDow,
        ["DOY"] = TimeUnit.Doy,
        ["ISOYEAR"] = TimeUnit.IsoYear,
        ["MICROSECONDS"] = TimeUnit.Microsecond,
        ["MILLISECONDS"] = TimeUnit.Millisecond,
        ["SECONDS"] = TimeUnit.Second,
        ["MINUTES"] = TimeUnit.Minute,
        ["HOURS"] = TimeUnit.Hour,
        ["DAYS"] = TimeUnit.Day,
        ["WEEKS"] = TimeUnit.Week,
        ["MONTHS"] = TimeUnit.Month,
        ["QUARTERS"] = TimeUnit.Quarter,
        ["YEARS"] = TimeUnit.Year,
        ["SQL_TSI_SECOND"] = TimeUnit.Second,
        ["SQL_TSI_MINUTE"] = TimeUnit.Minute,
        ["SQL_TSI_HOUR"] = TimeUnit.Hour,
        ["SQL_TSI_DAY"] = TimeUnit.Day,
        ["SQL_TSI_WEEK"] = TimeUnit.Week,
        ["SQL_TSI_MONTH"] = TimeUnit.Month,
        ["SQL_TSI_QUARTER"] = TimeUnit.Quarter,
        ["SQL_TSI_YEAR"] = TimeUnit.Year,
    };

    public static bool TryParse(string name, out TimeUnit unit) => Names.TryGetValue(name, out unit);

    /// <summary>From microsecond to year: units that can be added to a time.</summary>
    public static bool IsLength(TimeUnit unit) => unit <= TimeUnit.Year;
}
