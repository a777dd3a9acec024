using System.Globalization;
using System.Runtime.CompilerServices;
using StreamForge.Core;

namespace StreamForge.Formats.Values;

/// <summary>int and bigint: integral numbers however written (<c>17850.0</c>, <c>1e3</c>).</summary>
internal sealed class IntegerWriter(Field field) : ColumnWriter(field)
{
    private readonly long _low = field.Type.Kind == TypeKind.Int ? int.MinValue : long.MinValue;
    private readonly long _high = field.Type.Kind == TypeKind.Int ? int.MaxValue : long.MaxValue;

    private Int64Column Target => Unsafe.As<Int64Column>(Column);

    public override string? Text(ReadOnlySpan<byte> text) =>
        Values.Number.TryParse(text, out var number) ? Number(number, text) : Misfit(text);

    public override string? Number(in Number number, ReadOnlySpan<byte> text)
    {
        Int128 value;
        if (number is { Short: true, Exponent: 0, Mantissa: <= long.MaxValue })
        {
            var magnitude = (long)number.Mantissa;
            var small = number.Negative ? -magnitude : magnitude;
            if (small < _low || small > _high) return FitSentence(NumberFit.TooLarge, text);
            Target.Append(small);
            return null;
        }
        var fit = number.TryScale(text, 0, out value);
        if (fit != NumberFit.Fits) return FitSentence(fit, text);
        if (value < _low || value > _high) return FitSentence(NumberFit.TooLarge, text);
        Target.Append((long)value);
        return null;
    }
}

/// <summary>double: the nearest one, correctly rounded.</summary>
internal sealed class DoubleWriter(Field field) : ColumnWriter(field)
{
    private DoubleColumn Target => Unsafe.As<DoubleColumn>(Column);

    public override string? Text(ReadOnlySpan<byte> text) =>
        Values.Number.TryParse(text, out var number) ? Number(number, text) : Misfit(text);

    public override string? Number(in Number number, ReadOnlySpan<byte> text)
    {
        if (!number.TryDouble(out var value))
        {
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)) return Misfit(text);
            if (!double.IsFinite(value)) return FitSentence(NumberFit.TooLarge, text);
        }
        Target.Append(value);
        return null;
    }
}

/// <summary>decimal(p,s): exact or not at all.</summary>
internal sealed class DecimalWriter(Field field) : ColumnWriter(field)
{
    private DecimalColumn Target => Unsafe.As<DecimalColumn>(Column);

    public override string? Text(ReadOnlySpan<byte> text) =>
        Values.Number.TryParse(text, out var number) ? Number(number, text) : Misfit(text);

    public override string? Number(in Number number, ReadOnlySpan<byte> text)
    {
        var fit = number.TryScale(text, Field.Type.Scale, out var value);
        if (fit != NumberFit.Fits) return FitSentence(fit, text);
        if (!Decimal128.Fits(value, Field.Type.Precision)) return FitSentence(NumberFit.TooLarge, text);
        Target.Append(value);
        return null;
    }
}

/// <summary>boolean: true and false; in any case where a format has nothing but text.</summary>
internal sealed class BooleanWriter(Field field) : ColumnWriter(field)
{
    private BooleanColumn Target => Unsafe.As<BooleanColumn>(Column);

    public override string? Text(ReadOnlySpan<byte> text) => Misfit(text);

    public override string? Plain(ReadOnlySpan<byte> text)
    {
        if (System.Text.Ascii.EqualsIgnoreCase(text, "true"u8)) return Boolean(value: true);
        return System.Text.Ascii.EqualsIgnoreCase(text, "false"u8) ? Boolean(value: false) : Misfit(text);
    }

    public override string? Number(in Number number, ReadOnlySpan<byte> text) => Misfit(text);

    public override string? Boolean(bool value)
    {
        Target.Append(value ? (byte)1 : (byte)0);
        return null;
    }
}
