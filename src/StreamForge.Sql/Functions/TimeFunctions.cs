using StreamForge.Core;
using StreamForge.Sql.Binding;
using StreamForge.Sql.Evaluation;
using StreamForge.Sql.Parsing;

namespace StreamForge.Sql.Functions;

/// <summary>Fields of dates and times, and arithmetic on them. All in UTC.</summary>
internal static class TimeFunctions
{
    public static IEnumerable<Function> All =>
    [
        new("EXTRACT", "ut", call => Extract(call, call.Unit(0), 1)),
        Field("YEAR", TimeUnit.Year), Field("QUARTER", TimeUnit.Quarter), Field("MONTH", TimeUnit.Month), Field("WEEK", TimeUnit.Week),
        Field("DAYOFMONTH", TimeUnit.Day), Field("DAYOFWEEK", TimeUnit.Dow), Field("DAYOFYEAR", TimeUnit.Doy),
        Field("HOUR", TimeUnit.Hour), Field("MINUTE", TimeUnit.Minute), Field("SECOND", TimeUnit.Second),
        new("TIMESTAMPADD", "uia", TimestampAdd),
        new("TIMESTAMPDIFF", "utt", TimestampDiff),
    ];

    private static Function Field(string name, TimeUnit unit) => new(name, "t", call => Extract(call, unit, 0));

    private static Expression Extract(CallSite call, TimeUnit unit, int argument) =>
        call.Row([call.Arguments[argument]], DataType.BigInt, row => row.Return(Part(row.Integer(0), unit)));

    /// <summary>A field of a time. Seconds are whole; milliseconds and microseconds include the seconds of the minute. Weeks and ISOYEAR are ISO 8601's, DOW is 1 for Sunday.</summary>
    private static long Part(long micros, TimeUnit unit)
    {
        var day = EventTime.FloorDivide(micros, EventTime.Day);
        var time = micros - day * EventTime.Day;
        switch (unit)
        {
            case TimeUnit.Microsecond: return time % EventTime.Minute;
            case TimeUnit.Millisecond: return time % EventTime.Minute / 1000;
            case TimeUnit.Second: return time / EventTime.Second % 60;
            case TimeUnit.Minute: return time / EventTime.Minute % 60;
            case TimeUnit.Hour: return time / EventTime.Hour;
            case TimeUnit.Epoch: return EventTime.FloorDivide(micros, EventTime.Second);
            case TimeUnit.Dow: return CivilCalendar.IsoDayOfWeek(day) % 7 + 1;
            case TimeUnit.IsoDow: return CivilCalendar.IsoDayOfWeek(day);
            case TimeUnit.Doy: return CivilCalendar.DayOfYear(day);
            case TimeUnit.Week: return CivilCalendar.IsoWeek(day).Week;
            case TimeUnit.IsoYear: return CivilCalendar.IsoWeek(day).Year;
        }
        var (year, month, dayOfMonth) = CivilCalendar.Civil(day);
        return unit switch
        {
            TimeUnit.Day => dayOfMonth,
            TimeUnit.Month => month,
            TimeUnit.Quarter => (month + 2) / 3,
            TimeUnit.Decade => EventTime.FloorDivide(year, 10),
            TimeUnit.Century => year > 0 ? (year + 99) / 100 : EventTime.FloorDivide(year, 100),
            TimeUnit.Millennium => year > 0 ? (year + 999) / 1000 : EventTime.FloorDivide(year, 1000),
            _ => year,
        };
    }

    private static Expression? TimestampAdd(CallSite call)
    {
        var (count, time) = (call.Arguments[1], call.Arguments[2]);
        if (time is ConstantExpression { Untyped: true }) return ConstantExpression.Null(DataType.Timestamp);
        if (!TypeRules.IsTime(time.Type)) return call.Fail(2, $"TIMESTAMPADD expects a date or timestamp here, {call.Binder.Quote(call.Syntax.Arguments[2])} is {time.Type}");
        var (months, micros) = TimeArithmetic.Length(call.Unit(0));
        return call.Binder.AddTime(call.Syntax, time, call.Syntax.Arguments[2], count, months, micros);
    }

    private static Expression TimestampDiff(CallSite call)
    {
        var unit = call.Unit(0);
        return call.Row([call.Arguments[1], call.Arguments[2]], DataType.BigInt, row => row.Return(TimeArithmetic.Difference(row.Integer(0), row.Integer(1), unit)));
    }

    /// <summary>FLOOR and CEIL of a time to a unit.</summary>
    public static Expression? RoundTo(CallSite call, bool ceiling)
    {
        var time = call.Arguments[0];
        var unit = call.Unit(1);
        if (!TypeRules.IsTime(time.Type)) return call.Fail(0, $"{call.Syntax.Name} TO expects a date or timestamp, {call.Binder.Quote(call.Syntax.Arguments[0])} is {time.Type}");
        if (!TimeUnits.IsLength(unit)) return call.Fail(1, "expected a unit from MICROSECOND to YEAR");
        var scale = time.Type.Kind == TypeKind.Date ? EventTime.Day : 1;
        var (months, length) = TimeArithmetic.Length(unit);
        return call.Row([time], time.Type, row =>
        {
            var micros = row.Integer(0) * scale;
            var floor = TimeArithmetic.Floor(micros, unit);
            if (ceiling && floor != micros)
            {
                if (months == 0) floor += length;
                else if (CivilCalendar.TryAddMonths(EventTime.FloorDivide(floor, EventTime.Day), months, out var days)) floor = days * EventTime.Day;
            }
            row.Return(EventTime.FloorDivide(floor, scale));
        });
    }
}
