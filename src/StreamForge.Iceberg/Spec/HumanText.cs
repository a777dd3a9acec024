using System.Globalization;
using System.Text;
using StreamForge.Core;

namespace StreamForge.Iceberg.Spec;

/// <summary>Values as partition paths and people see them: ISO 8601 dates and times, plain decimals, base64 of binary, <c>null</c>.</summary>
public static class HumanText
{
    public const string Null = "null";

    private const long NanosecondsPerDay = EventTime.Day * 1000;

    public static string Of(PrimitiveType type, Literal? value)
    {
        if (value is not { } present) return Null;
        return type.Kind switch
        {
            PrimitiveKind.Boolean => present.Number == 0 ? "false" : "true",
            PrimitiveKind.Float => ((float)present.Float).ToString(CultureInfo.InvariantCulture),
            PrimitiveKind.Double => present.Float.ToString(CultureInfo.InvariantCulture),
            PrimitiveKind.Decimal => Decimal128.Format(present.Number, type.Scale),
            PrimitiveKind.Date => Date((long)present.Number),
            PrimitiveKind.Time => TimeOfDay((long)present.Number * 1000, digits: 6),
            PrimitiveKind.Timestamp => DateTime((long)present.Number, EventTime.Day, 1000, 6),
            PrimitiveKind.TimestampTz => DateTime((long)present.Number, EventTime.Day, 1000, 6) + "+00:00",
            PrimitiveKind.TimestampNs => DateTime((long)present.Number, NanosecondsPerDay, 1, 9),
            PrimitiveKind.TimestampTzNs => DateTime((long)present.Number, NanosecondsPerDay, 1, 9) + "+00:00",
            PrimitiveKind.String => Encoding.UTF8.GetString(present.Bytes),
            PrimitiveKind.Uuid => new Guid(present.Bytes, bigEndian: true).ToString(),
            PrimitiveKind.Fixed or PrimitiveKind.Binary => Convert.ToBase64String(present.Bytes),
            _ => present.Number.ToString(CultureInfo.InvariantCulture),
        };
    }

    /// <summary><c>yyyy-MM-dd</c> of days since 1970.</summary>
    public static string Date(long days)
    {
        var (year, month, day) = CivilCalendar.Civil(days);
        return string.Create(CultureInfo.InvariantCulture, $"{year:0000}-{month:00}-{day:00}");
    }

    private static string DateTime(long time, long unitsPerDay, int nanosecondsPerUnit, int digits)
    {
        var days = EventTime.FloorDivide(time, unitsPerDay);
        return $"{Date(days)}T{TimeOfDay((time - days * unitsPerDay) * nanosecondsPerUnit, digits)}";
    }

    /// <summary><c>HH:mm:ss</c>, with the fraction where there is one.</summary>
    private static string TimeOfDay(long nanoseconds, int digits)
    {
        var (seconds, fraction) = Math.DivRem(nanoseconds, 1_000_000_000);
        var text = string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:00}:{seconds / 60 % 60:00}:{seconds % 60:00}");
        return fraction == 0 ? text : $"{text}.{fraction.ToString("000000000", CultureInfo.InvariantCulture).AsSpan(0, digits)}";
    }
}
