using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using StreamForge.Core;
using StreamForge.Formats.Values;

namespace StreamForge.Formats.Debezium;

/// <summary>Decimals as the JSON converter writes them: base64 of the unscaled number in big-endian two's complement, as short as it can be (Apache Kafka, <c>org.apache.kafka.connect.data.Decimal</c>). The scale is known from elsewhere.</summary>
internal static class Unscaled
{
    private const int LongestText = 1024;

    /// <summary>Appends the number to a column: exactly, or, to a double, the nearest one.</summary>
    /// <param name="text">The base64.</param>
    /// <param name="scale">Digits after the point; negative for zeros before it.</param>
    /// <returns>null, or why it does not fit.</returns>
    public static string? Append(ColumnWriter writer, ReadOnlySpan<byte> text, int scale)
    {
        Span<byte> bytes = stackalloc byte[LongestText];
        if (text.Length > LongestText || Base64.DecodeFromUtf8(text, bytes, out _, out var length) != OperationStatus.Done || length == 0) return writer.Misfit(text, "it is no decimal in base64");
        bytes = bytes[..length];
        // A sign that is written out longer than it must be says nothing.
        while (bytes.Length > 16 && (bytes[0] == 0 ? bytes[1] < 0x80 : bytes[0] == 0xff && bytes[1] >= 0x80)) bytes = bytes[1..];
        if (bytes.Length > 16) return AppendLarge(writer, text, new BigInteger(bytes, isUnsigned: false, isBigEndian: true), scale);
        Int128 unscaled = bytes[0] >= 0x80 ? -1 : 0;
        foreach (var b in bytes) unscaled = (unscaled << 8) | b;
        switch (writer.Column)
        {
            case DecimalColumn column:
                if (!TryRescale(unscaled, scale, column.Type.Scale, out var rescaled)) return writer.Misfit(text, $"{Format(unscaled, scale)} has more digits after the point, or is out of range");
                if (!Decimal128.Fits(rescaled, column.Type.Precision)) return writer.Misfit(text, $"{Format(unscaled, scale)} is out of range");
                column.Append(rescaled);
                return null;
            case Int64Column column when column.Type.IsInteger:
                var (low, high) = column.Type.Kind == TypeKind.Int ? (int.MinValue, int.MaxValue) : (long.MinValue, long.MaxValue);
                if (!TryRescale(unscaled, scale, 0, out var whole) || whole < low || whole > high) return writer.Misfit(text, $"{Format(unscaled, scale)} has a fraction, or is out of range");
                column.Append((long)whole);
                return null;
            case DoubleColumn column:
                column.Append(scale is >= 0 and <= 38 ? Decimal128.ToDouble(unscaled, scale) : double.Parse(Format(unscaled, scale), CultureInfo.InvariantCulture));
                return null;
            case BytesColumn column when column.Type.Kind == TypeKind.String:
                column.Append(Format(unscaled, scale));
                return null;
            default:
                return writer.Misfit(text, "the schema says that it is a decimal");
        }
    }

    /// <summary>A number of more than 38 digits fits a double and a text.</summary>
    private static string? AppendLarge(ColumnWriter writer, ReadOnlySpan<byte> text, BigInteger unscaled, int scale)
    {
        var digits = Format(unscaled, scale);
        switch (writer.Column)
        {
            case DoubleColumn column:
                column.Append(double.Parse(digits, CultureInfo.InvariantCulture));
                return null;
            case BytesColumn column when column.Type.Kind == TypeKind.String:
                column.Append(digits);
                return null;
            default:
                return writer.Misfit(text, $"{digits} is out of range");
        }
    }

    /// <summary>The number with another scale, if that loses nothing.</summary>
    private static bool TryRescale(Int128 unscaled, int from, int to, out Int128 result)
    {
        result = unscaled;
        if (from == to || unscaled == 0) return true;
        if (to > from) return to - from <= DataType.MaxPrecision && Decimal128.TryMultiply(unscaled, Decimal128.Power(to - from), out result);
        if (from - to > DataType.MaxPrecision) return false;
        (result, var rest) = Int128.DivRem(unscaled, Decimal128.Power(from - to));
        return rest == 0;
    }

    /// <summary>Plain digits with <paramref name="scale"/> of them after the point.</summary>
    private static string Format(BigInteger unscaled, int scale)
    {
        var digits = BigInteger.Abs(unscaled).ToString(CultureInfo.InvariantCulture);
        if (scale < 0 && !unscaled.IsZero) digits += new string('0', -scale);
        if (scale > 0)
        {
            digits = digits.PadLeft(scale + 1, '0');
            digits = $"{digits.AsSpan(0, digits.Length - scale)}.{digits.AsSpan(digits.Length - scale)}";
        }
        return unscaled.Sign < 0 ? "-" + digits : digits;
    }
}
