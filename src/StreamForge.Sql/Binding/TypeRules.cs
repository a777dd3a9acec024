using StreamForge.Core;
using StreamForge.Sql.Evaluation;

namespace StreamForge.Sql.Binding;

/// <summary>Result types, as Flink derives them (LogicalTypeMerging).</summary>
internal static class TypeRules
{
    private const int MinimalScale = 6;

    /// <summary>The decimal that holds every value of an integer type; a decimal itself.</summary>
    public static DataType AsDecimal(DataType type) => type.Kind switch
    {
        TypeKind.Int => DataType.Decimal(10, 0),
        TypeKind.BigInt => DataType.Decimal(19, 0),
        _ => type,
    };

    /// <summary>The result of arithmetic on two decimals.</summary>
    public static DataType Arithmetic(ArithmeticKind kind, DataType a, DataType b)
    {
        int p1 = a.Precision, s1 = a.Scale, p2 = b.Precision, s2 = b.Scale;
        int precision, scale;
        switch (kind)
        {
            case ArithmeticKind.Multiply:
                (precision, scale) = (p1 + p2, s1 + s2);
                break;
            case ArithmeticKind.Divide:
                scale = Math.Max(MinimalScale, s1 + p2 + 1);
                precision = p1 - s1 + s2 + scale;
                break;
            case ArithmeticKind.Modulo:
                scale = Math.Max(s1, s2);
                precision = Math.Min(p1 - s1, p2 - s2) + scale;
                break;
            default:
                scale = Math.Max(s1, s2);
                precision = Math.Max(p1 - s1, p2 - s2) + scale + 1;
                break;
        }
        return Bounded(Math.Max(precision, 1), scale);
    }

    /// <summary>A type of at most 38 digits: digits after the point give way to those before it, down to six.</summary>
    private static DataType Bounded(int precision, int scale)
    {
        if (precision <= DataType.MaxPrecision) return DataType.Decimal(precision, scale);
        var whole = precision - scale;
        return DataType.Decimal(DataType.MaxPrecision, Math.Max(DataType.MaxPrecision - whole, Math.Min(scale, MinimalScale)));
    }

    /// <summary>The type that values of both types are given as, by CASE, COALESCE and their kin; null when there is none.</summary>
    public static DataType? Common(DataType a, DataType b)
    {
        if (a == b) return a;
        if (a.IsNumeric && b.IsNumeric)
        {
            if (a.Kind == TypeKind.Double || b.Kind == TypeKind.Double) return DataType.Double;
            if (a.IsInteger && b.IsInteger) return DataType.BigInt;
            DataType x = AsDecimal(a), y = AsDecimal(b);
            var scale = Math.Max(x.Scale, y.Scale);
            return Bounded(Math.Max(x.Precision - x.Scale, y.Precision - y.Scale) + scale, scale);
        }
        if (IsTime(a) && IsTime(b))
            return a.Kind == TypeKind.TimestampTz || b.Kind == TypeKind.TimestampTz ? DataType.TimestampTz : DataType.Timestamp;
        return null;
    }

    /// <summary>date, timestamp or timestamptz.</summary>
    public static bool IsTime(DataType type) => type.IsTimestamp || type.Kind == TypeKind.Date;
}
