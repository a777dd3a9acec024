using StreamForge.Core;
using StreamForge.Sql.Evaluation;
using StreamForge.Sql.Parsing;

namespace StreamForge.Sql.Functions;

/// <summary>Times moved by months and microseconds, and cut to units. Years 1 to 9999.</summary>
internal static class TimeArithmetic
{
    /// <summary>Argument 0, a time, plus argument 1 times so much.</summary>
    public static RowKernel Add(DataType type, long months, long micros)
    {
        var isDate = type.Kind == TypeKind.Date;
        return call =>
        {
            var time = call.Integer(0);
            var count = call.Integer(1);
            var moved = (Int128)time;
            if (months != 0)
            {
                var day = isDate ? time : EventTime.FloorDivide(time, EventTime.Day);
                var total = (Int128)months * count;
                if (Int128.Abs(total) > 200_000 || !CivilCalendar.TryAddMonths(day, (long)total, out var days))
                {
                    call.Fail("a time outside the years 1 to 9999");
                    return;
                }
                moved = isDate ? days : days * EventTime.Day + (time - day * EventTime.Day);
            }
            moved += (Int128)micros * count / (isDate ? EventTime.Day : 1);
            var (first, last) = isDate ? (EventTime.Earliest / EventTime.Day, EventTime.Latest / EventTime.Day) : (EventTime.Earliest, EventTime.Latest);
            if (moved < first || moved > last) call.Fail("a time outside the years 1 to 9999");
            else call.Return((long)moved);
        };
    }

    /// <summary>To so many digits of a second, 0 to 5.</summary>
    public static RowKernel CutFraction(int digits)
    {
        var step = (long)Decimal128.Power(6 - digits);
        return call => call.Return(EventTime.Floor(call.Integer(0), step));
    }

    /// <summary>Microseconds of a unit that has a fixed length, months of one that has not.</summary>
    public static (long Months, long Micros) Length(TimeUnit unit) => unit switch
    {
        TimeUnit.Microsecond => (0, 1),
        TimeUnit.Millisecond => (0, 1000),
        TimeUnit.Second => (0, EventTime.Second),
        TimeUnit.Minute => (0, EventTime.Minute),
        TimeUnit.Hour => (0, EventTime.Hour),
        TimeUnit.Day => (0, EventTime.Day),
        TimeUnit.Week => (0, 7 * EventTime.Day),
        TimeUnit.Month => (1, 0),
        TimeUnit.Quarter => (3, 0),
        _ => (12, 0),
    };

    /// <summary>The last beginning of a unit at or before <paramref name="micros"/>; weeks begin on Sunday, as in Flink.</summary>
    public static long Floor(long micros, TimeUnit unit)
    {
        var (months, length) = Length(unit);
        var day = EventTime.FloorDivide(micros, EventTime.Day);
        if (unit == TimeUnit.Week) return (day - CivilCalendar.IsoDayOfWeek(day) % 7) * EventTime.Day;
        if (months == 0) return EventTime.Floor(micros, length);
        var (year, month, _) = CivilCalendar.Civil(day);
        return CivilCalendar.Days(year, (month - 1) / (int)months * (int)months + 1, 1) * EventTime.Day;
    }

    /// <summary>Whole units from <paramref name="from"/> to <paramref name="to"/>, cut towards zero; a month is whole when its day and time are reached again.</summary>
    public static long Difference(long from, long to, TimeUnit unit)
    {
        var (months, length) = Length(unit);
        if (months == 0) return (to - from) / length;
        if (to < from) return -Difference(to, from, unit);
        long fromDay = EventTime.FloorDivide(from, EventTime.Day), toDay = EventTime.FloorDivide(to, EventTime.Day);
        var a = CivilCalendar.Civil(fromDay);
        var b = CivilCalendar.Civil(toDay);
        var whole = (b.Year - a.Year) * 12 + b.Month - a.Month;
        if (b.Day < a.Day || (b.Day == a.Day && to - toDay * EventTime.Day < from - fromDay * EventTime.Day)) whole--;
        return whole / months;
    }
}
