using System.Globalization;
using System.Text;

namespace StreamForge.Core;

/// <summary>Values given as text, by a URL, a command line or a test in a pipeline file, read by a column's type.</summary>
public static class TextValue
{
    /// <summary>
    /// Appends <paramref name="text"/> to <paramref name="column"/>. Numbers match by value (<c>161</c> and <c>161.0</c> are bigint 161 and double 161.0) and are never rounded to fit an integer or a decimal;
    /// times are ISO 8601 with T or a space, taken as UTC when they have no offset; bytes are base64.
    /// </summary>
    /// <returns>false, and nothing appended, when the text is not of the column's type.</returns>
    public static bool TryAppend(Column column, string text)
    {
        switch (column)
        {
            case Int64Column target when column.Type.IsInteger:
                if (!Decimal128.TryParseExact(Encoding.UTF8.GetBytes(text), 38, 0, out var whole)) return false;
                var (low, high) = column.Type.Kind == TypeKind.Int ? (int.MinValue, int.MaxValue) : (long.MinValue, long.MaxValue);
                if (whole < low || whole > high) return false;
                target.Append((long)whole);
                return true;
            case Int64Column target when column.Type.Kind == TypeKind.Date:
                if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)) return false;
                target.Append(date.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber);
                return true;
            case Int64Column target:
                if (!Iso8601.TryParse(Encoding.UTF8.GetBytes(text), out var micros, out _)) return false;
                target.Append(micros);
                return true;
            case DoubleColumn target:
                if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number) || text.EndsWith('\0')) return false;
                target.Append(number);
                return true;
            case DecimalColumn target:
                if (!Decimal128.TryParseExact(Encoding.UTF8.GetBytes(text), column.Type.Precision, column.Type.Scale, out var unscaled)) return false;
                target.Append(unscaled);
                return true;
            case BooleanColumn target:
                if (!bool.TryParse(text, out var flag)) return false;
                target.Append(flag ? (byte)1 : (byte)0);
                return true;
            case BytesColumn target when column.Type.Kind == TypeKind.Bytes:
                var bytes = new byte[text.Length];
                if (!Convert.TryFromBase64String(text, bytes, out var written)) return false;
                target.Append(bytes.AsSpan(0, written));
                return true;
            case BytesColumn target:
                target.Append(text);
                return true;
            default:
                return false;
        }
    }
}
