using System.Buffers.Text;
using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Server.Lookup;

/// <summary>Values of the engine as JSON values: one form for the HTTP answers and the command line.</summary>
public static class JsonValues
{
    private const long LargestExactInteger = 1L << 53;

    /// <summary>Text stands as UTF-8, escaped only where JSON demands it.</summary>
    public static JsonWriterOptions WriterOptions { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    internal static JsonEncodedText Name(string text) => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);

    /// <summary>Writes a feature's value; null when there is none. Allocates nothing for scalars.</summary>
    public static void Write(Utf8JsonWriter json, in FeatureValue value, NumberStyle numbers)
    {
        if (value.Status != FeatureStatus.Present)
        {
            json.WriteNullValue();
            return;
        }
        switch (value.Type.Kind)
        {
            case TypeKind.Boolean: json.WriteBooleanValue(value.Boolean); break;
            case TypeKind.Int or TypeKind.BigInt: WriteInteger(json, value.Int64, numbers); break;
            case TypeKind.Double: json.WriteNumberValue(value.Double); break;
            case TypeKind.Decimal: WriteDecimal(json, value.Unscaled, value.Type.Scale, numbers); break;
            case TypeKind.Date: WriteDate(json, value.Int64); break;
            case TypeKind.Timestamp or TypeKind.TimestampTz: WriteTime(json, value.Int64); break;
            case TypeKind.Array or TypeKind.Map or TypeKind.Row: json.WriteRawValue(value.Text); break;
            default: json.WriteStringValue(value.Text); break;
        }
    }

    /// <summary>The most bytes that <see cref="TryFormat"/> writes.</summary>
    internal const int MaxScalarBytes = 64;

    /// <summary>A value's JSON text, the same as <see cref="Write(Utf8JsonWriter, in FeatureValue, NumberStyle)"/> writes.</summary>
    /// <param name="target">At least <see cref="MaxScalarBytes"/>.</param>
    /// <returns>false for what has no bounded text, and for numbers that JSON cannot say.</returns>
    internal static bool TryFormat(in FeatureValue value, NumberStyle numbers, Span<byte> target, out int length)
    {
        if (value.Status != FeatureStatus.Present)
        {
            length = Put("null"u8, target);
            return true;
        }
        switch (value.Type.Kind)
        {
            case TypeKind.Boolean:
                length = Put(value.Boolean ? "true"u8 : "false"u8, target);
                return true;
            case TypeKind.Int or TypeKind.BigInt:
                if (numbers == NumberStyle.Number || value.Int64 is >= -LargestExactInteger and <= LargestExactInteger) return Utf8Formatter.TryFormat(value.Int64, target, out length);
                break;
            case TypeKind.Double:
                if (double.IsFinite(value.Double)) return Utf8Formatter.TryFormat(value.Double, target, out length);
                break;
            case TypeKind.Decimal:
                if (numbers == NumberStyle.String) break;
                length = FormatDecimal(value.Unscaled, value.Type.Scale, target);
                return true;
            case TypeKind.Timestamp or TypeKind.TimestampTz:
                length = FormatTime(value.Int64, target);
                return true;
        }
        length = 0;
        return false;
    }

    /// <summary>An instant's JSON text, the same as <see cref="WriteTime"/> writes.</summary>
    internal static int FormatTime(long micros, Span<byte> target)
    {
        if (micros == EventTime.MinValue) return Put("null"u8, target);
        target[0] = (byte)'"';
        var length = Rfc3339.Write(micros, target[1..]);
        target[length + 1] = (byte)'"';
        return length + 2;
    }

    private static int Put(ReadOnlySpan<byte> text, Span<byte> target)
    {
        text.CopyTo(target);
        return text.Length;
    }

    /// <summary>An instant as RFC 3339 text; null for <see cref="EventTime.MinValue"/>.</summary>
    public static void WriteTime(Utf8JsonWriter json, long micros)
    {
        if (micros == EventTime.MinValue)
        {
            json.WriteNullValue();
            return;
        }
        Span<byte> text = stackalloc byte[Rfc3339.MaxLength];
        json.WriteStringValue(text[..Rfc3339.Write(micros, text)]);
    }

    /// <summary>Writes one component of a canonical key, the one that <paramref name="key"/> stands on.</summary>
    internal static void WriteKey(Utf8JsonWriter json, ref KeyReader key, DataType type, NumberStyle numbers)
    {
        switch (type.Kind)
        {
            case TypeKind.Boolean: json.WriteBooleanValue(key.Int64 != 0); break;
            case TypeKind.Int or TypeKind.BigInt: WriteInteger(json, key.Int64, numbers); break;
            case TypeKind.Double: json.WriteNumberValue(key.Double); break;
            case TypeKind.Decimal:
                Decimal128.TryRescale(key.Unscaled, key.Scale, type.Scale, out var unscaled);
                WriteDecimal(json, unscaled, type.Scale, numbers);
                break;
            case TypeKind.Date: WriteDate(json, key.Int64); break;
            case TypeKind.Timestamp or TypeKind.TimestampTz: WriteTime(json, key.Int64); break;
            case TypeKind.Bytes: json.WriteBase64StringValue(key.Bytes); break;
            default: json.WriteStringValue(key.Bytes); break;
        }
    }

    /// <summary>Writes an entity's columns as the properties of an object.</summary>
    internal static void WriteEntity(Utf8JsonWriter json, ImmutableArray<Field> entity, ReadOnlySpan<JsonEncodedText> names, ReadOnlySpan<byte> key, NumberStyle numbers)
    {
        var reader = new KeyReader(key);
        for (var i = 0; i < entity.Length && reader.Read(); i++)
        {
            json.WritePropertyName(names[i]);
            WriteKey(json, ref reader, entity[i].Type, numbers);
        }
    }

    private static void WriteInteger(Utf8JsonWriter json, long value, NumberStyle numbers)
    {
        if (numbers == NumberStyle.Number || value is >= -LargestExactInteger and <= LargestExactInteger)
        {
            json.WriteNumberValue(value);
            return;
        }
        Span<byte> text = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, text, out var length);
        json.WriteStringValue(text[..length]);
    }

    private static void WriteDecimal(Utf8JsonWriter json, Int128 unscaled, int scale, NumberStyle numbers)
    {
        Span<byte> text = stackalloc byte[48];
        var written = text[..FormatDecimal(unscaled, scale, text)];
        if (numbers == NumberStyle.String) json.WriteStringValue(written);
        else json.WriteRawValue(written, skipInputValidation: true);
    }

    /// <summary>Plain digits with exactly <paramref name="scale"/> of them after the point, as <see cref="Decimal128.Format"/> writes them.</summary>
    private static int FormatDecimal(Int128 unscaled, int scale, Span<byte> target)
    {
        Span<byte> digits = stackalloc byte[40];
        var magnitude = UInt128.CreateTruncating(unscaled < 0 ? -unscaled : unscaled);
        int count;
        if (magnitude <= ulong.MaxValue) Utf8Formatter.TryFormat((ulong)magnitude, digits, out count);
        else magnitude.TryFormat(digits, out count, default, null);
        var length = 0;
        if (unscaled < 0) target[length++] = (byte)'-';
        if (scale == 0)
        {
            digits[..count].CopyTo(target[length..]);
            return length + count;
        }
        var whole = count - scale;
        if (whole <= 0) target[length++] = (byte)'0';
        else
        {
            digits[..whole].CopyTo(target[length..]);
            length += whole;
        }
        target[length++] = (byte)'.';
        for (; whole < 0; whole++) target[length++] = (byte)'0';
        digits[whole..count].CopyTo(target[length..]);
        return length + count - whole;
    }

    private static void WriteDate(Utf8JsonWriter json, long day)
    {
        if (day is < EventTime.Earliest / EventTime.Day or > EventTime.Latest / EventTime.Day)
        {
            json.WriteNumberValue(day);
            return;
        }
        Span<byte> text = stackalloc byte[10];
        Rfc3339.WriteDate((int)day, text);
        json.WriteStringValue(text);
    }
}
