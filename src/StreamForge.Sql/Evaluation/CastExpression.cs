using System.Globalization;
using System.Text;
using StreamForge.Core;
using StreamForge.Sql.Ranges;

namespace StreamForge.Sql.Evaluation;

/// <summary>CAST and TRY_CAST, and the conversions that operators ask for.</summary>
/// <param name="isTry">A value that does not convert is null; otherwise it fails the row.</param>
/// <param name="source">As written, for messages.</param>
internal sealed class CastExpression(Expression operand, DataType type, bool isTry, string source) : Expression(type)
{
    public override Column Evaluate(Frame frame, Selection rows)
    {
        var from = operand.Evaluate(frame, rows);
        if (from.Type == Type) return from;
        var result = Column.Create(Type, frame.Count);
        if (!TryWhole(from, result))
        {
            for (var i = 0; i < frame.Count; i++)
            {
                if (from.IsNull(i) || !rows.Contains(i))
                {
                    result.AppendNull();
                    continue;
                }
                if (Conversions.TryAppend(result, from, i)) continue;
                result.AppendNull();
                if (!isTry) frame.Fail(i, $"{Show(from, i)} is no {Type} in {source}");
            }
        }
        from.Release();
        return result;
    }

    /// <summary>Conversions between numbers, and between dates and times, keep the order, so that bounds convert like values; a bound that does not convert is not known.</summary>
    public override ColumnRange Range(RangeFrame frame)
    {
        var range = operand.Range(frame);
        if (range.AlwaysNull) return new ColumnRange(null, AlwaysNull: true);
        if (range.Bounds is null || !KeepsOrder(operand.Type, Type)) return ColumnRange.Unknown;
        if (operand.Type == Type) return range;
        var bounds = Column.Create(Type, 2);
        for (var row = 0; row < 2; row++)
        {
            if (!range.Knows(row) || !Conversions.TryAppend(bounds, range.Bounds, row)) bounds.AppendNull();
        }
        return new ColumnRange(bounds, NeverNaN: operand.Type.Kind != TypeKind.Double || range.NeverNaN);
    }

    private static bool KeepsOrder(DataType from, DataType to) => from == to || (from.IsNumeric && to.IsNumeric) || ((from.IsTimestamp || from.Kind == TypeKind.Date) && (to.IsTimestamp || to.Kind == TypeKind.Date));

    /// <summary>Conversions that cannot fail, in one loop.</summary>
    private static bool TryWhole(Column from, Column to)
    {
        if (from is not Int64Column integers) return false;
        if (to is DoubleColumn doubles && from.Type.IsInteger)
        {
            to.SetLength(from.Count);
            var x = integers.Values;
            var y = doubles.WritableValues;
            for (var i = 0; i < y.Length; i++) y[i] = x[i];
        }
        else if (to is Int64Column same && ((from.Type.Kind, to.Type.Kind) is (TypeKind.Int, TypeKind.BigInt) || (from.Type.IsTimestamp && to.Type.IsTimestamp)))
        {
            to.SetLength(from.Count);
            integers.Values.CopyTo(same.WritableValues);
        }
        else if (to is DecimalColumn decimals && from.Type.IsInteger && to.Type.Precision - to.Type.Scale >= 19)
        {
            to.SetLength(from.Count);
            var x = integers.Values;
            var y = decimals.WritableValues;
            var power = Decimal128.Power(to.Type.Scale);
            for (var i = 0; i < y.Length; i++) y[i] = x[i] * power;
        }
        else
        {
            return false;
        }
        to.CopyValidity(from);
        return true;
    }

    private static string Show(Column column, int row)
    {
        var text = new BytesColumn(DataType.String, 1);
        TextConversion.Append(text, column, row);
        var shown = Encoding.UTF8.GetString(text[0][..Functions.Utf8.Offset(text[0], 40)]);
        if (shown.Length < Encoding.UTF8.GetCharCount(text[0])) shown += "…";
        text.Release();
        return column is BytesColumn ? $"'{shown}'" : shown;
    }
}

/// <summary>One value to another type.</summary>
internal static class Conversions
{
    /// <summary>Whether CAST knows the pair at all.</summary>
    public static bool Exists(DataType from, DataType to)
    {
        if (to.Kind is TypeKind.Array or TypeKind.Map or TypeKind.Row) return from.Kind == to.Kind;
        if (to.Kind == TypeKind.String || from.Kind == to.Kind) return true;
        if (from.Kind == TypeKind.String) return true;
        if (from.IsNumeric || from.Kind == TypeKind.Boolean) return to.IsNumeric || (to.Kind == TypeKind.Boolean && from.IsNumeric);
        return from.IsTimestamp || from.Kind == TypeKind.Date ? to.IsTimestamp || to.Kind == TypeKind.Date : from.Kind == TypeKind.String && to.Kind == TypeKind.Bytes;
    }

    /// <summary>Appends row <paramref name="row"/>, which is not null, converted; false, and nothing appended, when it has no such value.</summary>
    public static bool TryAppend(Column to, Column from, int row)
    {
        if (to is BytesColumn text)
        {
            TextConversion.Append(text, from, row);
            return true;
        }
        return from switch
        {
            BytesColumn bytes => TextConversion.TryAppend(to, bytes[row]),
            BooleanColumn booleans => TryInteger(to, booleans[row]),
            DoubleColumn doubles => TryDouble(to, doubles[row]),
            DecimalColumn decimals => TryDecimal(to, decimals[row], from.Type.Scale),
            Int64Column integers when from.Type.IsInteger => TryInteger(to, integers[row]),
            Int64Column times => TryTime((Int64Column)to, times[row], from.Type.Kind),
            _ => false,
        };
    }

    private static bool TryInteger(Column to, long value)
    {
        switch (to)
        {
            case BooleanColumn booleans: booleans.Append(value != 0 ? (byte)1 : (byte)0); return true;
            case DoubleColumn doubles: doubles.Append(value); return true;
            case DecimalColumn: return TryDecimal(to, value, 0);
            case Int64Column integers:
                if (to.Type.Kind == TypeKind.Int && value != (int)value) return false;
                integers.Append(value);
                return true;
            default: return false;
        }
    }

    private static bool TryDouble(Column to, double value)
    {
        switch (to)
        {
            case BooleanColumn booleans: booleans.Append(value != 0 ? (byte)1 : (byte)0); return true;
            case DecimalColumn decimals:
                Span<byte> digits = stackalloc byte[32];
                if (!value.TryFormat(digits, out var length, "R", CultureInfo.InvariantCulture)) return false;
                if (!Decimal128.TryParse(digits[..length], to.Type.Precision, to.Type.Scale, out var unscaled)) return false;
                decimals.Append(unscaled);
                return true;
            case Int64Column when value is >= -9223372036854775808.0 and < 9223372036854775808.0: return TryInteger(to, (long)value);
            default: return false;
        }
    }

    private static bool TryDecimal(Column to, Int128 value, int scale)
    {
        switch (to)
        {
            case BooleanColumn booleans: booleans.Append(value != 0 ? (byte)1 : (byte)0); return true;
            case DoubleColumn doubles: doubles.Append(Decimal128.ToDouble(value, scale)); return true;
            case DecimalColumn decimals:
                if (!Decimal128.TryRescale(value, scale, to.Type.Scale, out var rescaled) || !Decimal128.Fits(rescaled, to.Type.Precision)) return false;
                decimals.Append(rescaled);
                return true;
            default:
                var whole = value / Decimal128.Power(scale);
                return whole >= long.MinValue && whole <= long.MaxValue && TryInteger(to, (long)whole);
        }
    }

    private static bool TryTime(Int64Column to, long value, TypeKind from)
    {
        if (to.Type.Kind == from) to.Append(value);
        else if (from == TypeKind.Date)
        {
            if (Math.Abs(value) > long.MaxValue / EventTime.Day) return false;
            to.Append(value * EventTime.Day);
        }
        else to.Append(to.Type.Kind == TypeKind.Date ? EventTime.FloorDivide(value, EventTime.Day) : value);
        return true;
    }
}
