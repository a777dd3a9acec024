using System.Numerics;

namespace StreamForge.Features.Aggregates;

/// <summary>Division of exact sums by counts, rounded once to the nearest double.</summary>
public static class ExactRatio
{
    /// <summary>sum / (count x 10^scale), the double nearest to the exact quotient.</summary>
    public static double Divide(BigInteger sum, long count, int scale) => Divide(sum, BigInteger.Pow(10, scale) * count);

    /// <summary>sum / divisor, the double nearest to the exact quotient.</summary>
    /// <param name="divisor">Above 0.</param>
    public static double Divide(BigInteger sum, BigInteger divisor)
    {
        if (sum > -(1L << 53) && sum < 1L << 53 && divisor < 1L << 53) return (double)(long)sum / (double)(long)divisor;
        var numerator = BigInteger.Abs(sum);
        if (numerator.IsZero) return 0;
        // Scale so that the integer quotient has 63 or 64 bits; its lowest bit is sticky, so the one rounding to 53 bits, that of the 64-bit integer, is right.
        // A big integer would be cut instead of rounded when it becomes a double.
        var shift = 63 - (int)(numerator.GetBitLength() - divisor.GetBitLength());
        var quotient = (ulong)BigInteger.DivRem(shift >= 0 ? numerator << shift : numerator, shift >= 0 ? divisor : divisor << -shift, out var remainder);
        if (!remainder.IsZero) quotient |= 1;
        var result = Math.ScaleB((double)quotient, -shift);
        return sum < 0 ? -result : result;
    }
}
