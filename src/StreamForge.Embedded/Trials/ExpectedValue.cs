using System.Globalization;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Embedded.Trials;

/// <summary>Compares a feature with what a test expects: by value, whatever digits it is written with.</summary>
internal static class ExpectedValue
{
    /// <summary>Doubles that differ by less than this share are equal: tests are written by hand.</summary>
    private const double Tolerance = 1e-9;

    /// <param name="expected">A scalar's text as JSON would write it, strings without quotes, or a list's JSON; null for no value.</param>
    public static bool Matches(in FeatureValue value, string? expected)
    {
        if (expected is null || value.Status != FeatureStatus.Present) return expected is null && value.Status != FeatureStatus.Present;
        if (value.Type.Kind == TypeKind.Double)
        {
            return double.TryParse(expected, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                && Math.Abs(number - value.Double) <= Tolerance * Math.Max(Math.Abs(number), Math.Abs(value.Double));
        }
        if (value.Type.Kind is TypeKind.Array or TypeKind.Map or TypeKind.Row) return IsSameJson(value.Text, expected);
        var column = Column.Create(value.Type, 1);
        try
        {
            return TextValue.TryAppend(column, expected) && FeatureValue.From(column, 0).ToString() == value.ToString();
        }
        finally
        {
            column.Release();
        }
    }

    private static bool IsSameJson(string value, string expected)
    {
        try
        {
            using var actual = JsonDocument.Parse(value);
            using var wanted = JsonDocument.Parse(expected);
            return IsSame(actual.RootElement, wanted.RootElement);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsSame(JsonElement value, JsonElement expected)
    {
        if (value.ValueKind == JsonValueKind.Array && expected.ValueKind == JsonValueKind.Array)
            return value.GetArrayLength() == expected.GetArrayLength() && value.EnumerateArray().Zip(expected.EnumerateArray()).All(pair => IsSame(pair.First, pair.Second));
        if (value.ValueKind != JsonValueKind.Number || expected.ValueKind != JsonValueKind.Number) return JsonElement.DeepEquals(value, expected);
        // Whole numbers past 2^53 are compared by their digits.
        if (value.TryGetInt64(out var integer) && expected.TryGetInt64(out var wanted)) return integer == wanted;
        var (number, other) = (value.GetDouble(), expected.GetDouble());
        return Math.Abs(number - other) <= Tolerance * Math.Max(Math.Abs(number), Math.Abs(other));
    }
}
