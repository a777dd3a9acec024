using System.Globalization;
using StreamForge.Core;
using StreamForge.Sql.Evaluation;

namespace StreamForge.Sql.Functions;

/// <summary>FLOOR, CEIL, ROUND and TRUNCATE of numbers, and FLOOR and CEIL of times. Halves are rounded away from zero.</summary>
internal static class RoundingFunctions
{
    private enum Mode
    {
        Floor,
        Ceiling,
        Round,
        Truncate,
    }

    public static IEnumerable<Function> All =>
    [
        new("FLOOR", "a?a", call => Whole(call, Mode.Floor)),
        new("CEIL", "a?a", call => Whole(call, Mode.Ceiling)),
        new("ROUND", "n?i", call => Digits(call, Mode.Round)),
        new("TRUNCATE", "n?i", call => Digits(call, Mode.Truncate)),
    ];

    private static Expression? Whole(CallSite call, Mode mode)
    {
        var argument = call.Arguments[0];
        if (argument is ConstantExpression { Untyped: true }) return argument;
        if (call.IsUnit(1)) return TimeFunctions.RoundTo(call, ceiling: mode == Mode.Ceiling);
        if (call.Arguments.Length > 1) return call.Fail(1, $"expected a unit of time after TO, as in {call.Syntax.Name}(time TO HOUR)");
        var type = argument.Type;
        switch (type.Kind)
        {
            case TypeKind.Int or TypeKind.BigInt:
                return argument;
            case TypeKind.Double:
                return Binding.Binder.Fold(new DoubleFunction(argument, mode == Mode.Floor ? Math.Floor : Math.Ceiling), argument);
            case TypeKind.Decimal when type.Scale == 0:
                return argument;
            case TypeKind.Decimal:
                int scale = type.Scale;
                return call.Row(DataType.Decimal(Math.Max(type.Precision - scale + 1, 1), 0), row => row.Return(Divide(row.Decimal(0), Decimal128.Power(scale), mode)));
            default:
                return call.Fail(0, $"{call.Syntax.Name} expects a number, or a time and TO a unit; {call.Binder.Quote(call.Syntax.Arguments[0])} is {type}");
        }
    }

    private static Int128 Divide(Int128 value, Int128 power, Mode mode)
    {
        if (mode == Mode.Round) return Decimal128.RoundedDivide(value, power);
        var (quotient, remainder) = Int128.DivRem(value, power);
        if (mode == Mode.Floor && remainder < 0) return quotient - 1;
        return mode == Mode.Ceiling && remainder > 0 ? quotient + 1 : quotient;
    }

    /// <summary>To n digits after the point, by default 0; with a negative n, to tens, hundreds and so on.</summary>
    private static Expression Digits(CallSite call, Mode mode)
    {
        var argument = call.Arguments[0];
        var type = argument.Type;
        switch (type.Kind)
        {
            case TypeKind.Double:
                return call.Row(DataType.Double, row => row.Return(OfDouble(row.Double(0), Count(row), mode)));
            case TypeKind.Int or TypeKind.BigInt:
                if (call.Arguments.Length == 1) return argument;
                return call.Row(DataType.BigInt, row =>
                {
                    var digits = Count(row);
                    var result = OfDecimal(row.Integer(0), 0, 0, digits, mode);
                    if (result >= long.MinValue && result <= long.MaxValue) row.Return((long)result);
                    else row.Fail("bigint overflow");
                });
        }
        int scale = type.Scale;
        var known = call.Arguments.Length == 1 ? 0 : call.Constant(1)?.Integer;
        var kept = known is { } n ? (int)Math.Clamp(n, 0, scale) : scale;
        var target = known >= scale ? type : DataType.Decimal(Math.Min(type.Precision - scale + kept + 1, DataType.MaxPrecision), kept);
        return call.Row(target, row =>
        {
            var result = OfDecimal(row.Decimal(0), scale, kept, Count(row), mode);
            if (Decimal128.Fits(result, target.Precision)) row.Return(result);
            else row.Fail($"{target} overflow");
        });
    }

    private static long Count(RowCall row) => row.Count > 1 ? row.Integer(1) : 0;

    /// <summary>The unscaled value at scale <paramref name="kept"/>.</summary>
    private static Int128 OfDecimal(Int128 value, int scale, int kept, long digits, Mode mode)
    {
        digits = Math.Min(digits, kept);
        var drop = scale - digits;
        if (drop > 38) return 0;
        var quotient = drop <= 0 ? value : Divide(value, Decimal128.Power((int)drop), mode);
        return Decimal128.TryMultiply(quotient, Decimal128.Power((int)(kept - digits)), out var result) ? result : Decimal128.Limit;
    }

    /// <summary>Rounds the shortest decimal digits of the number, as Flink does, so that ROUND(1.005, 2) is 1.01.</summary>
    private static double OfDouble(double value, long digits, Mode mode)
    {
        if (!double.IsFinite(value) || digits > 20) return value;
        Span<byte> text = stackalloc byte[32];
        value.TryFormat(text, out var length, "R", CultureInfo.InvariantCulture);
        const int scale = 20;
        if (digits < -18) return 0;
        if (!Decimal128.TryParse(text[..length], 38, scale, out var unscaled))
        {
            // Past 10^18 a double has no digits after the point.
            if (digits >= 0) return value;
            var step = Math.Pow(10, -digits);
            return (mode == Mode.Round ? Math.Round(value / step, MidpointRounding.AwayFromZero) : Math.Truncate(value / step)) * step;
        }
        var kept = Divide(unscaled, Decimal128.Power((int)(scale - digits)), mode);
        return digits > 0 ? Decimal128.ToDouble(kept, (int)digits) : (double)kept * Math.Pow(10, -digits);
    }
}
