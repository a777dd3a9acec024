using System.Globalization;
using StreamForge.Core;

namespace StreamForge.Embedded.Trials;

/// <summary>Compares a feature with what a test expects: by value, whatever digits it is written with.</summary>
internal static class ExpectedValue
{
    /// <summary>Doubles that differ by less than this share are equal: tests are written by hand.</summary>
    private const double Tolerance = 1e-9;

    /// <param name="expected">A scalar's text as JSON would write it, strings without quotes; null for no value.</param>
    public static bool Matches(in FeatureValue value, string? expected)
    {
        if (expected is null || value.Status != FeatureStatus.Present) return expected is null && value.Status != FeatureStatus.Present;
        if (value.Type.Kind == TypeKind.Double)
        {
            return double.TryParse(expected, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                && Math.Abs(number - value.Double) <= Tolerance * Math.Max(Math.Abs(number), Math.Abs(value.Double));
        }
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
}
