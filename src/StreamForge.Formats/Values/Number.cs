using StreamForge.Core;

namespace StreamForge.Formats.Values;

/// <summary>Why a number is not what a column needs.</summary>
internal enum NumberFit
{
    Fits,

    /// <summary>Digits that are not zero would be lost.</summary>
    TooFine,

    /// <summary>The magnitude is too large.</summary>
    TooLarge,
}

/// <summary>
/// A decimal number as it was written: ±<paramref name="Mantissa"/> × 10^<paramref name="Exponent"/>. More than 19 written digits leave
/// the mantissa unusable (<paramref name="Short"/> is false); the text is then read again.
/// </summary>
internal readonly record struct Number(bool Negative, ulong Mantissa, int Exponent, bool Short)
{
    private const int MaxExponent = 1_000_000;

    /// <summary>10^0 to 10^19.</summary>
    private static readonly ulong[] Powers = BuildPowers();

    /// <summary>Reads a number by JSON's grammar at <paramref name="position"/>, which ends after it.</summary>
    public static bool TryScan(ReadOnlySpan<byte> data, ref int position, int end, out Number number) =>
        TryScan(data, ref position, end, lenient: false, out number);

    /// <summary>Reads the whole of <paramref name="text"/>; also with a plus sign, leading zeros, or nothing on one side of the point.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out Number number)
    {
        var position = 0;
        return TryScan(text, ref position, text.Length, lenient: true, out number) && position == text.Length;
    }

    /// <summary>The number times 10^<paramref name="scale"/> as an integer of at most 38 digits, exactly.</summary>
    /// <param name="text">What the number was read from.</param>
    public NumberFit TryScale(ReadOnlySpan<byte> text, int scale, out Int128 value)
    {
        if (Short && Mantissa == 0)
        {
            value = 0;
            return NumberFit.Fits;
        }
        var shift = Exponent + scale;
        if (Short && shift is >= -19 and <= 18)
        {
            if (shift >= 0)
            {
                value = (Int128)Math.BigMul(Mantissa, Powers[shift]);
                if (value >= Decimal128.Limit) return NumberFit.TooLarge;
            }
            else
            {
                var (quotient, remainder) = Math.DivRem(Mantissa, Powers[-shift]);
                value = quotient;
                if (remainder != 0) return NumberFit.TooFine;
            }
            if (Negative) value = -value;
            return NumberFit.Fits;
        }
        return ScaleText(text, scale, out value);
    }

    /// <summary>The nearest double where one multiplication or division gives it (W. D. Clinger, "How to Read Floating Point Numbers Accurately").</summary>
    public bool TryDouble(out double value)
    {
        value = 0;
        if (!Short || Mantissa > 1UL << 53 || Exponent is < -22 or > 22) return false;
        value = Exponent < 0 ? Mantissa / DoublePowers[-Exponent] : Mantissa * DoublePowers[Exponent];
        if (Negative) value = -value;
        return true;
    }

    private static readonly double[] DoublePowers =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

    private static bool TryScan(ReadOnlySpan<byte> data, ref int position, int end, bool lenient, out Number number)
    {
        number = default;
        var i = position;
        var negative = i < end && data[i] == '-';
        if (negative || (lenient && i < end && data[i] == '+')) i++;
        var first = i;
        ulong mantissa = 0;
        for (uint digit; i < end && (digit = (uint)(data[i] - '0')) <= 9; i++) mantissa = mantissa * 10 + digit;
        var digits = i - first;
        if (!lenient && (digits == 0 || (digits > 1 && data[first] == '0'))) return false;
        var exponent = 0;
        if (i < end && data[i] == '.')
        {
            var point = i++;
            for (uint digit; i < end && (digit = (uint)(data[i] - '0')) <= 9; i++) mantissa = mantissa * 10 + digit;
            exponent = point + 1 - i;
            if (!lenient && exponent == 0) return false;
            digits -= exponent;
        }
        if (digits == 0) return false;
        if (i < end && (data[i] | 0x20) == 'e')
        {
            i++;
            var minus = i < end && data[i] == '-';
            if (minus || (i < end && data[i] == '+')) i++;
            var start = i;
            var written = 0;
            for (uint digit; i < end && (digit = (uint)(data[i] - '0')) <= 9; i++) written = Math.Min(written * 10 + (int)digit, MaxExponent);
            if (i == start) return false;
            exponent += minus ? -written : written;
        }
        position = i;
        number = new Number(negative, mantissa, exponent, digits <= 19);
        return true;
    }

    /// <summary>Collects up to 38 significant digits, leaving zeros at both ends out.</summary>
    private NumberFit ScaleText(ReadOnlySpan<byte> text, int scale, out Int128 value)
    {
        value = 0;
        int used = 0, zeros = 0;
        foreach (var c in text)
        {
            if ((c | 0x20) == 'e') break;
            var digit = c - '0';
            if ((uint)digit > 9) continue;
            if (digit == 0)
            {
                if (used > 0) zeros++;
                continue;
            }
            if (used + zeros + 1 > DataType.MaxPrecision) return Exponent + scale >= 0 ? NumberFit.TooLarge : NumberFit.TooFine;
            value = value * Decimal128.Power(zeros + 1) + digit;
            used += zeros + 1;
            zeros = 0;
        }
        if (used == 0) return NumberFit.Fits;
        var shift = Exponent + scale + zeros;
        if (shift < 0) return NumberFit.TooFine;
        if (shift + used > DataType.MaxPrecision) return NumberFit.TooLarge;
        value *= Decimal128.Power(shift);
        if (Negative) value = -value;
        return NumberFit.Fits;
    }

    private static ulong[] BuildPowers()
    {
        var powers = new ulong[20];
        powers[0] = 1;
        for (var i = 1; i < powers.Length; i++) powers[i] = powers[i - 1] * 10;
        return powers;
    }
}
