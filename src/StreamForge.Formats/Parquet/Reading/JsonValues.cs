using System.Globalization;
using System.Text;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Formats.Parquet.Reading;

/// <summary>Single values inside nested ones, as JSON.</summary>
internal static class JsonValues
{
    /// <summary>The leaf whose levels say where a nested value begins and ends.</summary>
    public static int FirstLeaf(ParquetColumn node)
    {
        while (node.Storage is null) node = node.Children[0];
        return node.Leaf;
    }

    public static void Write(Column values, int row, Utf8JsonWriter json)
    {
        switch (values)
        {
            case BooleanColumn flags:
                json.WriteBooleanValue(flags[row] != 0);
                break;
            case DoubleColumn numbers when !double.IsFinite(numbers[row]):
                json.WriteNullValue();
                break;
            case DoubleColumn numbers:
                json.WriteNumberValue(numbers[row]);
                break;
            case Int64Column integers when values.Type.IsInteger:
                json.WriteNumberValue(integers[row]);
                break;
            case DecimalColumn decimals:
                json.WriteRawValue(Decimal128.Format(decimals[row], values.Type.Scale), skipInputValidation: true);
                break;
            case BytesColumn bytes when values.Type.Kind == TypeKind.Bytes:
                json.WriteBase64StringValue(bytes[row]);
                break;
            case BytesColumn text:
                json.WriteStringValue(text[row]);
                break;
            default:
                json.WriteStringValue(Text(values, row));
                break;
        }
    }

    /// <summary>A value as text: how a map's key is written.</summary>
    public static string Text(Column values, int row) => values switch
    {
        BooleanColumn flags => flags[row] != 0 ? "true" : "false",
        DoubleColumn numbers => numbers[row].ToString("R", CultureInfo.InvariantCulture),
        DecimalColumn decimals => Decimal128.Format(decimals[row], values.Type.Scale),
        Int64Column dates when values.Type.Kind == TypeKind.Date => Date(dates[row]),
        Int64Column instants when values.Type.Kind == TypeKind.TimestampTz => EventTime.Format(instants[row]),
        Int64Column times when values.Type.Kind == TypeKind.Timestamp => EventTime.Format(times[row]).TrimEnd('Z'),
        Int64Column integers => integers[row].ToString(CultureInfo.InvariantCulture),
        BytesColumn bytes when values.Type.Kind == TypeKind.Bytes => Convert.ToBase64String(bytes[row]),
        _ => Encoding.UTF8.GetString(((BytesColumn)values)[row]),
    };

    private static string Date(long days) => days is >= EventTime.Earliest / EventTime.Day and <= EventTime.Latest / EventTime.Day
        ? DateOnly.FromDateTime(DateTime.UnixEpoch.AddDays(days)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
        : days.ToString(CultureInfo.InvariantCulture) + "d";
}
