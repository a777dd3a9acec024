using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Runtime.CompilerServices;
using StreamForge.Core;
using StreamForge.Formats.Json;
using StreamForge.Formats.Values;

namespace StreamForge.Formats.Debezium;

/// <summary>Writers for the values of row images, which know more forms of some types than JSON Lines do.</summary>
internal static class ImageWriters
{
    /// <param name="unit">As for <see cref="ColumnWriter.Create"/>.</param>
    /// <param name="form">What all decimals of the source have shown of their form.</param>
    public static ColumnWriter Create(Field field, long unit, LocalTime time, DecimalForm form) => field.Type.Kind switch
    {
        TypeKind.Boolean => new ImageBooleanWriter(field),
        TypeKind.Double => new ImageDoubleWriter(field),
        TypeKind.Decimal => new ImageDecimalWriter(field, form),
        TypeKind.Bytes => new ImageBytesWriter(field),
        TypeKind.Date => new ImageDateWriter(field),
        TypeKind.Array or TypeKind.Map or TypeKind.Row => new ImageNestedWriter(field),
        _ => ColumnWriter.Create(field, unit, time),
    };
}

/// <summary>boolean: true and false, also as text; 1 and 0, as MySQL has them.</summary>
internal sealed class ImageBooleanWriter(Field field) : ColumnWriter(field)
{
    public override string? Text(ReadOnlySpan<byte> text) => text.SequenceEqual("true"u8) ? Boolean(value: true) : text.SequenceEqual("false"u8) ? Boolean(value: false) : Misfit(text);

    public override string? Number(in Number number, ReadOnlySpan<byte> text) =>
        number.TryScale(text, 0, out var value) == NumberFit.Fits && value >= 0 && value <= 1 ? Boolean(value == 1) : Misfit(text, "it is neither 0 nor 1");

    public override string? Boolean(bool value)
    {
        Unsafe.As<BooleanColumn>(Column).Append(value ? (byte)1 : (byte)0);
        return null;
    }
}

/// <summary>double: numbers, also as text; NaN and the infinities, which JSON has as text only; a decimal beside its scale.</summary>
internal sealed class ImageDoubleWriter(Field field) : ColumnWriter(field)
{
    private DoubleColumn Target => Unsafe.As<DoubleColumn>(Column);

    public override string? Text(ReadOnlySpan<byte> text)
    {
        if (Values.Number.TryParse(text, out var number)) return Number(number, text);
        double? special = text switch
        {
            [(byte)'N', (byte)'a', (byte)'N'] or [(byte)'N', (byte)'A', (byte)'N'] => double.NaN,
            _ when text.SequenceEqual("Infinity"u8) || text.SequenceEqual("POSITIVE_INFINITY"u8) => double.PositiveInfinity,
            _ when text.SequenceEqual("-Infinity"u8) || text.SequenceEqual("NEGATIVE_INFINITY"u8) => double.NegativeInfinity,
            _ => null,
        };
        if (special is null) return Misfit(text);
        Target.Append(special.Value);
        return null;
    }

    public override string? Number(in Number number, ReadOnlySpan<byte> text)
    {
        if (!number.TryDouble(out var value) && (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) || !double.IsFinite(value))) return FitSentence(NumberFit.TooLarge, text);
        Target.Append(value);
        return null;
    }

    public override string? Nested(ReadOnlySpan<byte> json) => VariableScale.Append(this, json);
}

/// <summary>What the decimals of a source have shown of their form, which is one for all (<c>decimal.handling.mode</c>).</summary>
internal sealed class DecimalForm
{
    /// <summary>Whether one was base64 and could not have been a number.</summary>
    public bool IsBase64 { get; set; }
}

/// <summary>
/// decimal(p,s): a number, also as text; base64 of the unscaled number, whose scale is the declared one; or such beside its own scale. Exact or not at all.
/// <para>
/// Without a schema, text of digits alone whose length base64 could have (<c>"1234"</c>) may be either: it is a number unless another decimal of the source was base64 beyond doubt before it.
/// </para>
/// </summary>
internal sealed class ImageDecimalWriter(Field field, DecimalForm form) : ColumnWriter(field)
{
    public override string? Text(ReadOnlySpan<byte> text)
    {
        var isNumber = Values.Number.TryParse(text, out var number);
        if (isNumber && !(form.IsBase64 && IsPossible(text))) return Number(number, text);
        if (!isNumber && !IsPossible(text)) return Misfit(text, "it is neither a number nor one in base64");
        if (Unscaled.Append(this, text, Field.Type.Scale) is { } wrong) return wrong;
        form.IsBase64 = true;
        return null;
    }

    /// <summary>Text that a schema says is none of base64.</summary>
    public string? NumberText(ReadOnlySpan<byte> text) => Values.Number.TryParse(text, out var number) ? Number(number, text) : Misfit(text);

    public override string? Number(in Number number, ReadOnlySpan<byte> text)
    {
        var fit = number.TryScale(text, Field.Type.Scale, out var value);
        if (fit != NumberFit.Fits) return FitSentence(fit, text);
        if (!Decimal128.Fits(value, Field.Type.Precision)) return FitSentence(NumberFit.TooLarge, text);
        Unsafe.As<DecimalColumn>(Column).Append(value);
        return null;
    }

    public override string? Nested(ReadOnlySpan<byte> json) => VariableScale.Append(this, json);

    private static bool IsPossible(ReadOnlySpan<byte> text) => !text.IsEmpty && text.Length % 4 == 0 && Base64.IsValid(text);
}

/// <summary>bytes: base64 in either alphabet. Hexadecimal cannot be told from it: such a column is to be read as a string.</summary>
internal sealed class ImageBytesWriter(Field field) : ColumnWriter(field)
{
    private byte[] _plain = [];

    private BytesColumn Target => Unsafe.As<BytesColumn>(Column);

    public override string? Text(ReadOnlySpan<byte> text)
    {
        var base64 = text;
        if (text.IndexOfAny((byte)'-', (byte)'_') >= 0)
        {
            if (_plain.Length < text.Length) _plain = new byte[text.Length];
            text.CopyTo(_plain);
            var plain = _plain.AsSpan(0, text.Length);
            plain.Replace((byte)'-', (byte)'+');
            plain.Replace((byte)'_', (byte)'/');
            base64 = plain;
        }
        var target = Target.BeginAppend(Base64.GetMaxDecodedFromUtf8Length(text.Length) + 3);
        if (Base64.DecodeFromUtf8(base64, target, out _, out var written) != OperationStatus.Done) return Misfit(text, "it is not base64");
        Target.CommitAppend(written);
        return null;
    }

    public override string? Number(in Number number, ReadOnlySpan<byte> text) => Misfit(text);
}

/// <summary>date: days since 1970; <c>yyyy-MM-dd</c>, also with a Z.</summary>
internal sealed class ImageDateWriter(Field field) : ColumnWriter(field)
{
    private const long FirstDay = EventTime.Earliest / EventTime.Day;
    private const long LastDay = EventTime.Latest / EventTime.Day;

    private Int64Column Target => Unsafe.As<Int64Column>(Column);

    public override string? Text(ReadOnlySpan<byte> text)
    {
        var date = text is [.., (byte)'Z'] ? text[..^1] : text;
        if (date.Length != 10 || !Iso8601.TryParseDate(date, out var days)) return Misfit(text, "expected yyyy-MM-dd, or days since 1970");
        Target.Append(days);
        return null;
    }

    public override string? Number(in Number number, ReadOnlySpan<byte> text)
    {
        if (number.TryScale(text, 0, out var days) != NumberFit.Fits) return Misfit(text, "it has a fraction");
        if (days < FirstDay || days > LastDay) return Misfit(text, "it lies outside the years 1 to 9999");
        Target.Append((long)days);
        return null;
    }
}

/// <summary>array, map and row: nested JSON, or a text that holds it, as that of a json column does.</summary>
internal sealed class ImageNestedWriter(Field field) : ColumnWriter(field)
{
    public override string? Text(ReadOnlySpan<byte> text)
    {
        var position = JsonScanner.SkipBlanks(text, 0, text.Length);
        var start = position;
        var isWhole = start < text.Length && text[start] is (byte)'{' or (byte)'[' && JsonScanner.SkipValue(text, ref position, text.Length, depth: 0) is null;
        return isWhole && JsonScanner.SkipBlanks(text, position, text.Length) == text.Length ? Nested(text[start..position]) : Misfit(text);
    }

    public override string? Number(in Number number, ReadOnlySpan<byte> text) => Misfit(text);

    public override string? Nested(ReadOnlySpan<byte> json)
    {
        if (json[0] == '[' != (Field.Type.Kind == TypeKind.Array)) return Misfit(json);
        Unsafe.As<BytesColumn>(Column).Append(json);
        return null;
    }
}
