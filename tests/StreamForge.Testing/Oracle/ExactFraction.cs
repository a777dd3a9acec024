using System.Numerics;

namespace StreamForge.Testing.Oracle;

/// <summary>
/// A fraction of two whole numbers without bound. Every double, integer and decimal is one, so sums and averages are computed without any
/// rounding and are rounded once, to the nearest double, at the very end.
/// </summary>
public readonly record struct ExactFraction(BigInteger Numerator, BigInteger Denominator) : IComparable<ExactFraction>
{
    public static ExactFraction Zero { get; } = new(0, 1);

    /// <summary>The exact value of a number; text is refused.</summary>
    public static ExactFraction Of(OracleValue value) => value switch
    {
        OracleValue.Integer i => new(i.Value, 1),
        OracleValue.Decimal d => new(d.Unscaled, BigInteger.Pow(10, d.Scale)),
        OracleValue.Real r => Of(r.Value),
        _ => throw new ArgumentException($"'{value}' is no number", nameof(value)),
    };

    /// <summary>The exact value of a finite double: its 53-bit significand times a power of two (IEEE 754 binary64).</summary>
    public static ExactFraction Of(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7FF);
        var significand = bits & 0xFFFFFFFFFFFFF;
        if (exponent == 0) exponent = 1;
        else significand |= 1L << 52;
        exponent -= 1075;
        BigInteger signed = bits < 0 ? -significand : significand;
        return exponent >= 0 ? new(signed << exponent, 1) : new(signed, BigInteger.One << -exponent);
    }

    public static ExactFraction operator +(ExactFraction a, ExactFraction b) => a.Denominator == b.Denominator
        ? new(a.Numerator + b.Numerator, a.Denominator)
        : new(a.Numerator * b.Denominator + b.Numerator * a.Denominator, a.Denominator * b.Denominator);

    public static ExactFraction operator /(ExactFraction a, long b) => new(a.Numerator, a.Denominator * b);

    public static ExactFraction operator *(ExactFraction a, ExactFraction b) => new(a.Numerator * b.Numerator, a.Denominator * b.Denominator);

    public static ExactFraction operator -(ExactFraction a, ExactFraction b) => a + new ExactFraction(-b.Numerator, b.Denominator);

    /// <summary>The quotient; the divisor must not be zero.</summary>
    public static ExactFraction operator /(ExactFraction a, ExactFraction b) =>
        b.Numerator.Sign < 0 ? new(-a.Numerator * b.Denominator, -b.Numerator * a.Denominator) : new(a.Numerator * b.Denominator, a.Denominator * b.Numerator);

    /// <summary>The sum of numbers of one column: their denominators are powers of one number, so the largest is a multiple of all.</summary>
    public static ExactFraction Sum(IReadOnlyCollection<ExactFraction> values)
    {
        var common = values.Select(v => v.Denominator).DefaultIfEmpty(BigInteger.One).Max();
        var sum = BigInteger.Zero;
        foreach (var value in values) sum += value.Denominator == common ? value.Numerator : value.Numerator * (common / value.Denominator);
        return new(sum, common);
    }

    public int CompareTo(ExactFraction other) => (Numerator * other.Denominator).CompareTo(other.Numerator * Denominator);

    public ExactFraction Abs() => new(BigInteger.Abs(Numerator), Denominator);

    /// <summary>The same number in lowest terms.</summary>
    public ExactFraction Reduced()
    {
        var divisor = BigInteger.GreatestCommonDivisor(Numerator, Denominator);
        return new(Numerator / divisor, Denominator / divisor);
    }

    /// <summary>The nearest double, ties to even; an infinity where the magnitude is too large.</summary>
    public double ToDouble()
    {
        if (Numerator.IsZero) return 0;
        var magnitude = BigInteger.Abs(Numerator);
        // The exponent for which the quotient has 53 bits, never below that of the smallest subnormal.
        var exponent = Math.Max(-1074, (int)(magnitude.GetBitLength() - Denominator.GetBitLength()) - 53);
        var (quotient, remainder, divisor) = Divide(magnitude, exponent);
        while (quotient.GetBitLength() > 53) (quotient, remainder, divisor) = Divide(magnitude, ++exponent);
        var half = (remainder * 2).CompareTo(divisor);
        if (half > 0 || (half == 0 && !quotient.IsEven)) quotient++;
        var result = Math.ScaleB((double)quotient, exponent);
        return Numerator.Sign < 0 ? -result : result;
    }

    private (BigInteger Quotient, BigInteger Remainder, BigInteger Divisor) Divide(BigInteger magnitude, int exponent)
    {
        var dividend = exponent < 0 ? magnitude << -exponent : magnitude;
        var divisor = exponent < 0 ? Denominator : Denominator << exponent;
        var quotient = BigInteger.DivRem(dividend, divisor, out var remainder);
        return (quotient, remainder, divisor);
    }
}
