using System.Globalization;
using System.Numerics;

namespace StreamForge.Features.Aggregates;

/// <summary>A number as it was written: <paramref name="Unscaled"/> x 10^-<paramref name="Scale"/>.</summary>
/// <param name="Scale">Digits after the point; not below 0.</param>
public readonly record struct ExactNumber(BigInteger Unscaled, int Scale) : IComparable<ExactNumber>
{
    /// <summary>Beyond this no double has a digit.</summary>
    private const int LargestExponent = 400;

    /// <summary>Reads digits with an optional sign, point and exponent.</summary>
    public static bool TryParse(string text, out ExactNumber number)
    {
        ArgumentNullException.ThrowIfNull(text);
        number = default;
        var exponentAt = text.AsSpan().IndexOfAny('e', 'E');
        var digits = exponentAt < 0 ? text : text[..exponentAt];
        var exponent = 0;
        if (exponentAt >= 0 && !int.TryParse(text.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)) return false;
        if (Math.Abs((long)exponent) > LargestExponent || digits.Length > LargestExponent) return false;
        var point = digits.IndexOf('.', StringComparison.Ordinal);
        var scale = point < 0 ? 0 : digits.Length - point - 1;
        if (point >= 0) digits = digits.Remove(point, 1);
        if (!BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var unscaled)) return false;
        scale -= exponent;
        number = scale >= 0 ? new ExactNumber(unscaled, scale) : new ExactNumber(unscaled * BigInteger.Pow(10, -scale), 0);
        return true;
    }

    /// <summary>The least whole number of 10^-<paramref name="scale"/> that is not below this one.</summary>
    public BigInteger Ceiling(int scale)
    {
        if (scale >= Scale) return Unscaled * BigInteger.Pow(10, scale - Scale);
        var quotient = BigInteger.DivRem(Unscaled, BigInteger.Pow(10, Scale - scale), out var remainder);
        return remainder.Sign > 0 ? quotient + 1 : quotient;
    }

    public double ToDouble() => ExactRatio.Divide(Unscaled, BigInteger.Pow(10, Scale));

    public int CompareTo(ExactNumber other)
    {
        var scale = Math.Max(Scale, other.Scale);
        return Ceiling(scale).CompareTo(other.Ceiling(scale));
    }

    public override string ToString() => ToDouble().ToString("R", CultureInfo.InvariantCulture);
}
