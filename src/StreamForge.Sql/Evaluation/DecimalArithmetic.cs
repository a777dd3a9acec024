using System.Numerics;
using StreamForge.Core;

namespace StreamForge.Sql.Evaluation;

/// <summary>
/// + - * / % of decimals: the exact result rounded once, half away from zero, to the scale of the result type.
/// What does not fit the type, and division by zero, fail the row.
/// </summary>
internal sealed class DecimalArithmetic(ArithmeticKind kind, Expression left, Expression right, DataType type, string source) : Expression(type)
{
    public override Column Evaluate(Frame frame, Selection rows)
    {
        var a = (DecimalColumn)left.Evaluate(frame, rows);
        var b = (DecimalColumn)right.Evaluate(frame, rows);
        var result = new DecimalColumn(Type, frame.Count);
        result.SetLength(frame.Count);
        Nulls.Combine(result, a, b);
        if (!TryUnchecked(a, b, result)) Checked(frame, rows, a, b, result);
        a.Release();
        b.Release();
        return result;
    }

    /// <summary>Sums and products whose type has room for every operand of these types: nothing can fail or is rounded.</summary>
    private bool TryUnchecked(DecimalColumn a, DecimalColumn b, DecimalColumn result)
    {
        DataType x = a.Type, y = b.Type;
        ReadOnlySpan<Int128> first = a.Values, second = b.Values;
        var values = result.WritableValues;
        var common = Math.Max(x.Scale, y.Scale);
        var digits = Math.Max(x.Precision - x.Scale, y.Precision - y.Scale) + common + 1;
        switch (kind)
        {
            case ArithmeticKind.Multiply when x.Precision + y.Precision <= DataType.MaxPrecision && Type.Scale == x.Scale + y.Scale:
                for (var i = 0; i < values.Length; i++) values[i] = unchecked(first[i] * second[i]);
                return true;
            case ArithmeticKind.Add or ArithmeticKind.Subtract when digits <= DataType.MaxPrecision && Type.Scale == common:
                Int128 xPower = Decimal128.Power(common - x.Scale), yPower = Decimal128.Power(common - y.Scale);
                if (kind == ArithmeticKind.Subtract) yPower = -yPower;
                if (xPower == 1 && yPower == 1)
                {
                    for (var i = 0; i < values.Length; i++) values[i] = unchecked(first[i] + second[i]);
                }
                else
                {
                    for (var i = 0; i < values.Length; i++) values[i] = unchecked(first[i] * xPower + second[i] * yPower);
                }
                return true;
            default:
                return false;
        }
    }

    private void Checked(Frame frame, Selection rows, DecimalColumn a, DecimalColumn b, DecimalColumn result)
    {
        var values = result.WritableValues;
        var valid = result.WritableValid;
        ReadOnlySpan<Int128> x = a.Values, y = b.Values;
        int xScale = a.Type.Scale, yScale = b.Type.Scale;
        var failed = false;
        for (var i = 0; i < values.Length; i++)
        {
            if (valid[i] == 0) continue;
            var zero = y[i] == 0 && kind is ArithmeticKind.Divide or ArithmeticKind.Modulo;
            if (!zero && TryCompute(kind, x[i], xScale, y[i], yScale, Type.Scale, out values[i]) && Decimal128.Fits(values[i], Type.Precision)) continue;
            valid[i] = 0;
            values[i] = 0;
            failed = true;
            if (rows.Contains(i)) frame.Fail(i, $"{(zero ? "division by zero" : $"{Type} overflow")} in {source}");
        }
        if (failed) result.MarkNulls();
    }

    /// <returns>false when the result does not fit 38 digits; the divisor is not zero.</returns>
    public static bool TryCompute(ArithmeticKind kind, Int128 a, int aScale, Int128 b, int bScale, int scale, out Int128 result)
    {
        switch (kind)
        {
            case ArithmeticKind.Multiply:
                if (Decimal128.TryMultiply(a, b, out result)) return Decimal128.TryRescale(result, aScale + bScale, scale, out result);
                break;
            case ArithmeticKind.Divide:
                var shift = scale - aScale + bScale;
                if (shift <= 18 && a == (long)a && b == (long)b && b > -(1L << 62) && b < 1L << 62)
                {
                    var high = Math.BigMul((long)a, (long)Decimal128.Power(shift), out var low);
                    if (high == low >> 63 && low != long.MinValue)
                    {
                        result = RoundedDivide(low, (long)b);
                        return true;
                    }
                }
                if (shift <= 38 && Decimal128.TryMultiply(a, Decimal128.Power(shift), out var dividend))
                {
                    result = Decimal128.RoundedDivide(dividend, b);
                    return true;
                }
                break;
            default:
                var common = Math.Max(aScale, bScale);
                if (!Decimal128.TryRescale(a, aScale, common, out var x) || !Decimal128.TryRescale(b, bScale, common, out var y)) break;
                if (kind == ArithmeticKind.Modulo)
                {
                    result = x % y;
                    return Decimal128.TryRescale(result, common, scale, out result);
                }
                if (Decimal128.TryAdd(x, kind == ArithmeticKind.Add ? y : -y, out result)) return Decimal128.TryRescale(result, common, scale, out result);
                break;
        }
        return TryComputeWide(kind, a, aScale, b, bScale, scale, out result);
    }

    private static Int128 RoundedDivide(long value, long divisor)
    {
        var (quotient, remainder) = Math.DivRem(value, divisor);
        if (Math.Abs(remainder) * 2 < Math.Abs(divisor)) return quotient;
        return (value < 0) ^ (divisor < 0) ? quotient - 1 : quotient + 1;
    }

    /// <summary>The same where an intermediate value passes 128 bits, which takes operands of about 38 digits.</summary>
    private static bool TryComputeWide(ArithmeticKind kind, Int128 a, int aScale, Int128 b, int bScale, int scale, out Int128 result)
    {
        BigInteger x = a, y = b;
        var common = Math.Max(aScale, bScale);
        if (kind is not (ArithmeticKind.Multiply or ArithmeticKind.Divide))
        {
            x *= BigInteger.Pow(10, common - aScale);
            y *= BigInteger.Pow(10, common - bScale);
        }
        var (numerator, denominator) = kind switch
        {
            ArithmeticKind.Add => (x + y, BigInteger.Pow(10, common - scale)),
            ArithmeticKind.Subtract => (x - y, BigInteger.Pow(10, common - scale)),
            ArithmeticKind.Modulo => (BigInteger.Remainder(x, y), BigInteger.Pow(10, common - scale)),
            ArithmeticKind.Multiply => (x * y, BigInteger.Pow(10, aScale + bScale - scale)),
            _ => (x * BigInteger.Pow(10, scale - aScale + bScale), y),
        };
        var quotient = BigInteger.DivRem(numerator, denominator, out var remainder);
        if (BigInteger.Abs(remainder) * 2 >= BigInteger.Abs(denominator)) quotient += numerator.Sign * denominator.Sign;
        var fits = BigInteger.Abs(quotient) < (BigInteger)Decimal128.Limit;
        result = fits ? (Int128)quotient : 0;
        return fits;
    }
}
