using System.Globalization;
using System.Runtime.CompilerServices;
using StreamForge.Core;
using StreamForge.Formats.Values;

namespace StreamForge.Formats.Debezium;

/// <summary>Appends values whose schema says what they mean. Times become text as ISO 8601 where the column is a string; to other columns than those of time they go as the numbers that they are.</summary>
internal static class LogicalValues
{
    public static string? Text(Logical logical, ColumnWriter writer, ReadOnlySpan<byte> text) => logical.Kind switch
    {
        LogicalKind.Decimal => Unscaled.Append(writer, text, logical.Scale),
        LogicalKind.NumberText when writer is ImageDecimalWriter decimals => decimals.NumberText(text),
        _ => writer.Text(text),
    };

    public static string? Number(Logical logical, ColumnWriter writer, in Number number, ReadOnlySpan<byte> text)
    {
        if (logical.Kind is not (LogicalKind.Date or LogicalKind.Timestamp or LogicalKind.Time) || writer.Column.Type.Kind is not (TypeKind.Timestamp or TypeKind.TimestampTz or TypeKind.String))
            return writer.Number(number, text);
        if (number.TryScale(text, 0, out var whole) != NumberFit.Fits) return writer.Misfit(text, "it has a fraction");
        var micros = logical.Kind == LogicalKind.Date ? whole * EventTime.Day : logical.Unit > 0 ? whole * logical.Unit : FloorDivide(whole, -logical.Unit);
        if (logical.Kind == LogicalKind.Time) return Time(writer, number, text, micros);
        if (micros < EventTime.Earliest || micros > EventTime.Latest) return writer.Misfit(text, "it lies outside the years 1 to 9999");
        if (writer.Column is Int64Column times) times.Append((long)micros);
        else Iso(Unsafe.As<BytesColumn>(writer.Column), (long)micros, logical.Kind == LogicalKind.Date);
        return null;
    }

    private static Int128 FloorDivide(Int128 value, Int128 divisor)
    {
        var (quotient, rest) = Int128.DivRem(value, divisor);
        return rest < 0 ? quotient - 1 : quotient;
    }

    private static void Iso(BytesColumn column, long micros, bool date)
    {
        Span<byte> text = stackalloc byte[Rfc3339.MaxLength];
        var length = Rfc3339.Write(micros, text);
        // A local time has no offset.
        column.Append(date ? text[..10] : text[..(length - 1)]);
    }

    /// <summary><c>-838:59:59.999999</c>; to a timestamp a time of day says too little.</summary>
    private static string? Time(ColumnWriter writer, in Number number, ReadOnlySpan<byte> text, Int128 micros)
    {
        if (writer.Column is not BytesColumn column) return writer.Number(number, text);
        var size = Int128.Abs(micros);
        var fraction = (long)(size % EventTime.Second);
        var seconds = size / EventTime.Second;
        var digits = fraction == 0 ? "" : (fraction % 1000 == 0 ? $".{fraction / 1000:000}" : $".{fraction:000000}");
        column.Append(string.Create(CultureInfo.InvariantCulture, $"{(micros < 0 ? "-" : "")}{seconds / 3600:00}:{(long)(seconds / 60 % 60):00}:{(long)(seconds % 60):00}{digits}"));
        return null;
    }
}
