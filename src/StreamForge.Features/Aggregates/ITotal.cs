using System.Numerics;

namespace StreamForge.Features.Aggregates;

/// <summary>An aggregate that keeps a sum, or a count, which a ratio can be made of.</summary>
public interface ITotal : IAggregate
{
    Total TotalOf(ReadOnlySpan<byte> slot);
}

/// <summary>A sum: exact (<paramref name="Unscaled"/> x 10^-<paramref name="Scale"/>) or a double.</summary>
public readonly record struct Total(BigInteger Unscaled, int Scale, double Real, bool IsExact)
{
    public static Total Of(BigInteger unscaled, int scale) => new(unscaled, scale, 0, IsExact: true);

    public static Total Of(double real) => new(0, 0, real, IsExact: false);

    private double Value => IsExact ? ExactRatio.Divide(Unscaled, BigInteger.Pow(10, Scale)) : Real;

    /// <summary>The quotient, rounded once where both are exact; null over 0.</summary>
    public static double? Divide(in Total numerator, in Total denominator)
    {
        if (!numerator.IsExact || !denominator.IsExact) return denominator.Value == 0 ? null : numerator.Value / denominator.Value;
        if (denominator.Unscaled.IsZero) return null;
        var sign = denominator.Unscaled.Sign;
        return ExactRatio.Divide(numerator.Unscaled * BigInteger.Pow(10, denominator.Scale) * sign, denominator.Unscaled * BigInteger.Pow(10, numerator.Scale) * sign);
    }
}
