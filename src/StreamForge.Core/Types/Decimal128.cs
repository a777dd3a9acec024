using System.Globalization;
using System.Numerics;

namespace StreamForge.Core;

/// <summary>
/// Arithmetic and text of decimals as unscaled 128-bit integers with a scale. A magnitude of 10^38 or more does not fit;
/// the methods say so by returning false, never by wrapping.
/// </summary>
public static class Decimal128
{
    private static readonly Int128[] Powers = BuildPowers();

    /// <summary>10^38, the first magnitude that no decimal can hold.</summary>
    public static Int128 Limit { get; } = Powers[38];

    /// <summary>10^<paramref name="exponent"/>, for 0 to 38.</summary>
    public static Int128 Power(int exponent) => Powers[exponent];

    public static bool Fits(Int128 unscaled, int precision) => unscaled < Powers[precision] && -Powers[precision] < unscaled;

    /// <summary>The same number with another scale, rounded half away from zero where digits are lost.</summary>
    public static bool TryRescale(Int128 unscaled, int from, int to, out Int128 result)
    {
        if (to >= from)
        {
            result = 0;
            var shift = to - from;
            if (shift > 38) return unscaled == 0;
            return TryMultiply(unscaled, Powers[shift], out result);
        }
        var power = Powers[Math.Min(from - to, 38)];
        result = RoundedDivide(unscaled, power);
        return true;
    }

    public static bool TryAdd(Int128 a, Int128 b, out Int128 result)
    {
        result = unchecked(a + b);
        var wrapped = ((a ^ result) & (b ^ result)) < 0;
        return !wrapped && Fits(result, 38);
    }

    public static bool TryMultiply(Int128 a, Int128 b, out Int128 result)
    {
        if (long.MinValue < a && a <= long.MaxValue && long.MinValue < b && b <= long.MaxValue)
        {
            result = Math.BigMul((long)a, (long)b);
            return Fits(result, 38);
        }
        var product = (BigInteger)a * b;
        if (BigInteger.Abs(product) >= (BigInteger)Limit)
        {
            result = 0;
            return false;
        }
        result = (Int128)product;
        return true;
    }

    /// <summary>Quotient rounded half away from zero; <paramref name="divisor"/> is not zero.</summary>
    public static Int128 RoundedDivide(Int128 value, Int128 divisor)
    {
        var (quotient, remainder) = Int128.DivRem(value, divisor);
        // Not twice the remainder, which may pass 128 bits where the divisor has 38 digits.
        var magnitude = Int128.Abs(remainder);
        if (magnitude < Int128.Abs(divisor) - magnitude) return quotient;
        return (value < 0) ^ (divisor < 0) ? quotient - 1 : quotient + 1;
    }

    public static double ToDouble(Int128 unscaled, int scale)
    {
        // One division by a power that a double holds exactly is rounded once; the parser does the same for longer ones.
        if (Int128.Abs(unscaled) <= 1L << 53 && scale <= 22) return (double)(long)unscaled / Math.Pow(10, scale);
        return double.Parse(Format(unscaled, scale), CultureInfo.InvariantCulture);
    }

    /// <summary>Plain digits, with exactly <paramref name="scale"/> of them after the point: <c>-12.50</c>.</summary>
    public static string Format(Int128 unscaled, int scale)
    {
        var digits = Int128.Abs(unscaled).ToString(CultureInfo.InvariantCulture);
        if (scale > 0)
        {
            digits = digits.PadLeft(scale + 1, '0');
            digits = $"{digits.AsSpan(0, digits.Length - scale)}.{digits.AsSpan(digits.Length - scale)}";
        }
        return unscaled < 0 ? "-" + digits : digits;
    }

    /// <summary>
    /// Reads <c>[+-]digits[.digits][e[+-]digits]</c> as UTF-8 into the given scale. Digits beyond the scale are rounded half away from zero.
    /// </summary>
    /// <returns>false when the text is no number or does not fit <paramref name="precision"/>.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, int precision, int scale, out Int128 unscaled) => TryParse(text, precision, scale, out unscaled, out _);

    /// <summary>As <see cref="TryParse(ReadOnlySpan{byte}, int, int, out Int128)"/>, but false also where the scale cannot hold the number as it is.</summary>
    public static bool TryParseExact(ReadOnlySpan<byte> text, int precision, int scale, out Int128 unscaled) =>
        TryParse(text, precision, scale, out unscaled, out var exact) && exact;

    private static bool TryParse(ReadOnlySpan<byte> text, int precision, int scale, out Int128 unscaled, out bool exact)
    {
        unscaled = 0;
        exact = true;
        var i = 0;
        var negative = false;
        if (i < text.Length && text[i] is (byte)'-' or (byte)'+') negative = text[i++] == '-';
        Int128 digits = 0;
        int seen = 0, fraction = 0, dropped = 0;
        var roundUp = false;
        var point = false;
        for (; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '.' && !point)
            {
                point = true;
                continue;
            }
            if (!char.IsAsciiDigit((char)c)) break;
            seen++;
            if (digits < Powers[37])
            {
                digits = digits * 10 + (c - '0');
                if (point) fraction++;
            }
            else
            {
                if (dropped == 0) roundUp = c >= '5';
                exact &= c == '0';
                if (!point) dropped++;
                else if (dropped == 0) dropped = -1;
            }
        }
        if (seen == 0) return false;
        var exponent = 0;
        if (i != text.Length && (text[i] is not ((byte)'e' or (byte)'E') || !TryParseExponent(text[(i + 1)..], out exponent))) return false;
        if (digits == 0) return true;
        // The number is digits x 10^power, short of what was dropped after 38 significant digits.
        var power = (long)Math.Max(dropped, 0) + exponent - fraction + scale;
        if (power >= 0)
        {
            if (power > 38 || !TryMultiply(digits, Powers[(int)power], out digits)) return false;
            if (roundUp && power == 0) digits++;
        }
        else
        {
            exact &= -power <= 38 && digits % Powers[(int)-power] == 0;
            digits = -power > 38 ? 0 : RoundedDivide(digits, Powers[(int)-power]);
        }
        unscaled = negative ? -digits : digits;
        return Fits(unscaled, precision);
    }

    /// <summary>Reads <c>[+-]digits</c> to the end; an exponent beyond a million is as good as a million.</summary>
    private static bool TryParseExponent(ReadOnlySpan<byte> text, out int exponent)
    {
        exponent = 0;
        var negative = text is [(byte)'-', ..];
        if (text is [(byte)'-' or (byte)'+', ..]) text = text[1..];
        if (text.IsEmpty) return false;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit((char)c)) return false;
            exponent = Math.Min(exponent * 10 + (c - '0'), 1_000_000);
        }
        if (negative) exponent = -exponent;
        return true;
    }

    private static Int128[] BuildPowers()
    {
        var powers = new Int128[39];
        powers[0] = 1;
        for (var i = 1; i < powers.Length; i++) powers[i] = powers[i - 1] * 10;
        return powers;
    }
}
