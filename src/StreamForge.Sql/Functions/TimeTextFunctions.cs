using StreamForge.Core;
using StreamForge.Sql.Evaluation;

namespace StreamForge.Sql.Functions;

/// <summary>Times from and to text and numbers. All in UTC. A text that is no time gives null, as in Flink; CAST fails the row instead.</summary>
internal static class TimeTextFunctions
{
    private const string DefaultPattern = "yyyy-MM-dd HH:mm:ss";

    private delegate void PatternKernel(RowCall call, TimePattern pattern);

    public static IEnumerable<Function> All =>
    [
        new("DATE_FORMAT", "ts", call => WithPattern(call, 1, DataType.String, (row, pattern) => Format(row, pattern, row.Integer(0)))),
        new("TO_TIMESTAMP", "s?s", call => call.Arguments.Length == 1
            ? call.Row(DataType.Timestamp, row => ReturnTime(row, Iso8601.TryParse(row.Bytes(0).Trim((byte)' '), out var micros, out _), micros, 1))
            : WithPattern(call, 1, DataType.Timestamp, (row, pattern) => ReturnTime(row, pattern.TryParse(row.Bytes(0), out var micros), micros, 1))),
        new("TO_DATE", "s?s", call => call.Arguments.Length == 1
            ? call.Row(DataType.Date, row => ReturnTime(row, Iso8601.TryParse(row.Bytes(0).Trim((byte)' '), out var micros, out _), micros, EventTime.Day))
            : WithPattern(call, 1, DataType.Date, (row, pattern) => ReturnTime(row, pattern.TryParse(row.Bytes(0), out var micros), micros, EventTime.Day))),
        Function.Row("TO_TIMESTAMP_LTZ", "i?i", DataType.TimestampTz, FromNumber),
        new("FROM_UNIXTIME", "i?s", call => WithPattern(call, 1, DataType.String, FromUnixTime)),
        new("UNIX_TIMESTAMP", "?ss", call => call.Arguments.Length == 0 ? SystemFunctions.UnixTimestamp(call) : WithPattern(call, 1, DataType.BigInt, (row, pattern) => ReturnTime(row, pattern.TryParse(row.Bytes(0), out var micros), micros, EventTime.Second))),
    ];

    /// <summary>A function with a pattern, which is compiled and refused when the text is bound if it is a constant.</summary>
    private static Expression? WithPattern(CallSite call, int argument, DataType type, PatternKernel kernel)
    {
        TimePattern? known = null;
        if (call.Arguments.Length <= argument || call.Constant(argument) is not null)
        {
            known = TimePattern.Compile(call.Constant(argument)?.Text ?? DefaultPattern, out var problem);
            if (known is null) return call.Fail(argument, problem);
        }
        return call.Row(type, row =>
        {
            var pattern = known ?? TimePattern.Compile(row.Text(argument), out _);
            if (pattern is null) row.Fail($"'{row.Text(argument)}' is no date-time pattern");
            else kernel(row, pattern);
        });
    }

    private static void Format(RowCall row, TimePattern pattern, long micros)
    {
        if (micros < EventTime.Earliest || micros > EventTime.Latest)
        {
            row.Fail("a time outside the years 1 to 9999");
            return;
        }
        var target = row.Output.BeginAppend(pattern.MaxLength);
        row.Output.CommitAppend(pattern.Format(micros, target));
    }

    private static void ReturnTime(RowCall row, bool valid, long micros, long unit)
    {
        if (valid) row.Return(EventTime.FloorDivide(micros, unit));
        else row.ReturnNull();
    }

    /// <summary>A number of seconds (precision 0), milliseconds (3, the default), microseconds (6) or nanoseconds (9) since 1970.</summary>
    private static void FromNumber(RowCall row)
    {
        var precision = row.Count > 1 ? row.Integer(1) : 3;
        var number = row.Integer(0);
        if (precision is < 0 or > 9)
        {
            row.Fail("the precision must be 0 to 9");
            return;
        }
        var micros = precision <= 6
            ? number * Decimal128.Power((int)(6 - precision))
            : EventTime.FloorDivide(number, (long)Decimal128.Power((int)(precision - 6)));
        if (micros < EventTime.Earliest || micros > EventTime.Latest) row.Fail("a time outside the years 1 to 9999");
        else row.Return((long)micros);
    }

    private static void FromUnixTime(RowCall row, TimePattern pattern)
    {
        var seconds = row.Integer(0);
        Format(row, pattern, seconds is > 300_000_000_000 or < -300_000_000_000 ? long.MaxValue : seconds * EventTime.Second);
    }
}
