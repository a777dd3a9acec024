using StreamForge.Core;

namespace StreamForge.Features.Aggregates;

/// <summary>Numbers of any column as doubles.</summary>
internal static class Numbers
{
    /// <summary>The value of a row, within one rounding of it; the column is numeric.</summary>
    public static double ToDouble(Column values, int row) => values switch
    {
        DoubleColumn doubles => doubles[row],
        DecimalColumn decimals => Decimal128.ToDouble(decimals[row], decimals.Type.Scale),
        _ => ((Int64Column)values)[row],
    };
}
