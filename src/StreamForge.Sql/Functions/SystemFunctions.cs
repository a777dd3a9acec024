using System.Globalization;
using StreamForge.Core;
using StreamForge.Sql.Evaluation;

namespace StreamForge.Sql.Functions;

/// <summary>Functions whose result is not decided by their arguments. What now is, a batch learns once.</summary>
internal static class SystemFunctions
{
    public static IEnumerable<Function> All =>
    [
        .. Now("NOW", DataType.TimestampTz, 1).Also("CURRENT_TIMESTAMP", "CURRENT_ROW_TIMESTAMP"),
        Now("LOCALTIMESTAMP", DataType.Timestamp, 1),
        Now("CURRENT_DATE", DataType.Date, EventTime.Day),
        Unfolded("RAND", DataType.Double, row => row.Return(row.Frame.Context.Random.NextDouble())),
        Unfolded("UUID", DataType.String, row => row.Return(Guid.NewGuid().ToString("D", CultureInfo.InvariantCulture))),
    ];

    private static Function Now(string name, DataType type, long unit) =>
        Unfolded(name, type, row => row.Return(EventTime.FloorDivide(row.Frame.Now, unit)));

    /// <summary>UNIX_TIMESTAMP(): now, in seconds.</summary>
    public static Expression UnixTimestamp(CallSite call)
    {
        call.Binder.IsDeterministic = false;
        return new RowExpression([], DataType.BigInt, row => row.Return(EventTime.FloorDivide(row.Frame.Now, EventTime.Second)), seesNulls: false, call.Source);
    }

    private static Function Unfolded(string name, DataType type, RowKernel kernel) =>
        new(name, "", call => new RowExpression([], type, kernel, seesNulls: false, call.Source), IsDeterministic: false);
}
