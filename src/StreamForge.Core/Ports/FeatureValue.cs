using System.Globalization;

namespace StreamForge.Core;

/// <summary>Whether a feature has a value, and if not why; the words are Feast's.</summary>
public enum FeatureStatus : byte
{
    /// <summary>There is a value.</summary>
    Present,

    /// <summary>The key is known, but its window holds nothing to compute the value from.</summary>
    NullValue,

    /// <summary>The key is unknown.</summary>
    NotFound,

    /// <summary>The key's newest event is older than the view's ttl.</summary>
    OutsideMaxAge,
}

/// <summary>One feature's value, unboxed. Text and lists carry a string (lists as JSON).</summary>
public readonly struct FeatureValue
{
    private readonly Int128 _bits;
    private readonly string? _text;

    private FeatureValue(FeatureStatus status, DataType type, Int128 bits, string? text)
    {
        Status = status;
        Type = type;
        _bits = bits;
        _text = text;
    }

    public FeatureStatus Status { get; }

    public DataType Type { get; }

    public long Int64 => (long)_bits;

    public double Double => BitConverter.Int64BitsToDouble((long)_bits);

    public bool Boolean => _bits != 0;

    /// <summary>The unscaled decimal; its scale is the type's.</summary>
    public Int128 Unscaled => _bits;

    /// <summary>Text, base64 for bytes, JSON for lists.</summary>
    public string Text => _text ?? "";

    public static FeatureValue Missing(DataType type, FeatureStatus status) => new(status, type, 0, null);

    public static FeatureValue OfInt64(DataType type, long value) => new(FeatureStatus.Present, type, value, null);

    /// <summary>A double; NaN and infinities have no JSON form and become <see cref="FeatureStatus.NullValue"/>.</summary>
    public static FeatureValue OfDouble(double value) => double.IsFinite(value)
        ? new(FeatureStatus.Present, DataType.Double, BitConverter.DoubleToInt64Bits(value), null)
        : Missing(DataType.Double, FeatureStatus.NullValue);

    public static FeatureValue OfDecimal(DataType type, Int128 unscaled) => new(FeatureStatus.Present, type, unscaled, null);

    public static FeatureValue OfBoolean(bool value) => new(FeatureStatus.Present, DataType.Boolean, value ? 1 : 0, null);

    public static FeatureValue OfText(DataType type, string text) => new(FeatureStatus.Present, type, 0, text);

    /// <summary>The value of one row of a column.</summary>
    public static FeatureValue From(Column column, int row)
    {
        if (column.IsNull(row)) return Missing(column.Type, FeatureStatus.NullValue);
        return column switch
        {
            Int64Column integers => OfInt64(column.Type, integers[row]),
            DoubleColumn doubles => OfDouble(doubles[row]),
            DecimalColumn decimals => OfDecimal(column.Type, decimals[row]),
            BooleanColumn booleans => OfBoolean(booleans[row] != 0),
            BytesColumn bytes when column.Type.Kind == TypeKind.Bytes => OfText(column.Type, Convert.ToBase64String(bytes[row])),
            BytesColumn bytes => OfText(column.Type, bytes.GetString(row)!),
            _ => throw new ArgumentException("Unknown column storage.", nameof(column)),
        };
    }

    /// <summary>Appends the value, or null when there is none, to a column of the same type.</summary>
    public void AppendTo(Column column)
    {
        if (Status != FeatureStatus.Present)
        {
            column.AppendNull();
            return;
        }
        switch (column)
        {
            case Int64Column integers: integers.Append(Int64); break;
            case DoubleColumn doubles: doubles.Append(Double); break;
            case DecimalColumn decimals: decimals.Append(Unscaled); break;
            case BooleanColumn booleans: booleans.Append(Boolean ? (byte)1 : (byte)0); break;
            case BytesColumn bytes when column.Type.Kind == TypeKind.Bytes: bytes.Append(Convert.FromBase64String(Text)); break;
            case BytesColumn texts: texts.Append(Text); break;
        }
    }

    /// <summary>The value as people read it; <c>null</c> when there is none.</summary>
    public override string ToString()
    {
        if (Status != FeatureStatus.Present) return "null";
        return Type.Kind switch
        {
            TypeKind.Boolean => Boolean ? "true" : "false",
            TypeKind.Int or TypeKind.BigInt => Int64.ToString(CultureInfo.InvariantCulture),
            TypeKind.Double => Double.ToString("R", CultureInfo.InvariantCulture),
            TypeKind.Decimal => Decimal128.Format(Unscaled, Type.Scale),
            TypeKind.Date => DateOnly.FromDayNumber((int)Int64 + DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            TypeKind.Timestamp or TypeKind.TimestampTz => EventTime.Format(Int64),
            _ => Text,
        };
    }
}
