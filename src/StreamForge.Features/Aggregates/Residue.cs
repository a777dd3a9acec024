namespace StreamForge.Features.Aggregates;

/// <summary>
/// What is left of a sum out of which as many values have been taken as were added. It is not always nothing: an accumulator may hold one value and owe another. What rounding leaves is smaller by far than
/// the difference of two doubles of the sum's size.
/// </summary>
internal static class Residue
{
    private const double Rounding = 1.0 / (1L << 40) / (1L << 40);

    /// <summary>Whether a sum whose magnitude has been up to <paramref name="peak"/> is nothing but rounding.</summary>
    public static bool IsNothing(DoubleDouble sum, double peak) => Math.Abs(sum.High) <= peak * Rounding;
}
