using System.Runtime.InteropServices;

namespace StreamForge.Features.Aggregates;

/// <summary>
/// A number as the unevaluated sum of two doubles, about 106 bits of it: the error-free transformations of T. J. Dekker ("A floating-point technique for extending the available precision", 1971) and D. E. Knuth,
/// put together as in Y. Hida, X. Li and D. Bailey, "Library for double-double and quad-double arithmetic" (2007).
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct DoubleDouble(double high, double low)
{
    public double High { get; } = high;

    public double Low { get; } = low;

    public double Value => High + Low;

    public static implicit operator DoubleDouble(double value) => new(value, 0);

    /// <summary>a + b without error.</summary>
    public static DoubleDouble Exact(double a, double b)
    {
        var sum = a + b;
        var part = sum - a;
        return new(sum, a - (sum - part) + (b - part));
    }

    private static DoubleDouble Ordered(double larger, double smaller)
    {
        var sum = larger + smaller;
        return new(sum, smaller - (sum - larger));
    }

    public static DoubleDouble operator +(DoubleDouble a, DoubleDouble b)
    {
        var high = Exact(a.High, b.High);
        var low = Exact(a.Low, b.Low);
        var sum = Ordered(high.High, high.Low + low.High);
        return Ordered(sum.High, sum.Low + low.Low);
    }

    public static DoubleDouble operator -(DoubleDouble a) => new(-a.High, -a.Low);

    public static DoubleDouble operator -(DoubleDouble a, DoubleDouble b) => a + -b;

    public static DoubleDouble operator *(DoubleDouble a, DoubleDouble b)
    {
        var product = a.High * b.High;
        var error = Math.FusedMultiplyAdd(a.High, b.High, -product);
        return Ordered(product, error + (a.High * b.Low + a.Low * b.High));
    }

    public static DoubleDouble operator /(DoubleDouble a, double divisor)
    {
        var quotient = a.High / divisor;
        var rest = a - (DoubleDouble)quotient * divisor;
        return Ordered(quotient, rest.High / divisor);
    }
}
