using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Tests.Formats;

internal static class Values
{
    /// <summary>One value as text: null, numbers, times in RFC 3339, the text of strings.</summary>
    public static string Show(Column column, int row) => column.IsNull(row) ? "null" : column switch
    {
        Int64Column times when column.Type.IsTimestamp => EventTime.Format(times[row]),
        Int64Column integers => integers[row].ToString(),
        DoubleColumn doubles => doubles[row].ToString("R"),
        DecimalColumn decimals => Decimal128.Format(decimals[row], column.Type.Scale),
        BooleanColumn flags => flags[row].ToString(),
        _ => ((BytesColumn)column).GetString(row)!,
    };

    /// <summary>What the base library says.</summary>
    public static bool IsJsonObject(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read())
            {
            }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
