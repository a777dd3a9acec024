using StreamForge.Core;
using StreamForge.Formats.Avro.Schemas;

namespace StreamForge.Formats.Avro.Columns;

/// <summary>
/// Which Avro types columns become and come from. Writing follows Iceberg's specification, appendix A "Avro". Reading takes whatever a writer wrote: float is double; time, uuid and enum are text; fixed is bytes;
/// arrays, maps and records are JSON text; a union of null and one other type is that type, one of several numbers the widest of them, any other is text.
/// </summary>
public static class AvroTypes
{
    /// <summary>The type of column that holds every value of <paramref name="schema"/>.</summary>
    public static DataType ToColumn(AvroSchema schema)
    {
        switch (schema.Type)
        {
            case AvroType.Boolean: return DataType.Boolean;
            case AvroType.Int: return schema.LogicalType switch { "date" => DataType.Date, "time-millis" => DataType.String, _ => DataType.Int };
            case AvroType.Long: return ToColumnFromLong(schema);
            case AvroType.Float or AvroType.Double: return DataType.Double;
            case AvroType.Bytes: return TryDecimal(schema, out var number) ? number : DataType.Bytes;
            case AvroType.Fixed: return TryDecimal(schema, out var exact) ? exact : schema.LogicalType == "uuid" ? DataType.String : DataType.Bytes;
            case AvroType.Array: return new DataType(schema.LogicalType == "map" ? TypeKind.Map : TypeKind.Array);
            case AvroType.Map: return new DataType(TypeKind.Map);
            case AvroType.Record: return new DataType(TypeKind.Row);
            case AvroType.Union: return ToColumnFromUnion(schema);
            default: return DataType.String;
        }
    }

    /// <summary>The schema of a column's values as Iceberg's writers write them; nested values as the text that they are kept as.</summary>
    public static AvroSchema FromColumn(DataType type) => type.Kind switch
    {
        TypeKind.Boolean => AvroSchema.Primitive(AvroType.Boolean),
        TypeKind.Int => AvroSchema.Primitive(AvroType.Int),
        TypeKind.BigInt => AvroSchema.Primitive(AvroType.Long),
        TypeKind.Double => AvroSchema.Primitive(AvroType.Double),
        TypeKind.Date => AvroSchema.Primitive(AvroType.Int, AvroAttribute.Of("logicalType", "date")),
        TypeKind.Timestamp => AvroSchema.Primitive(AvroType.Long, AvroAttribute.Of("logicalType", "timestamp-micros"), AvroAttribute.Of("adjust-to-utc", false)),
        TypeKind.TimestampTz => AvroSchema.Primitive(AvroType.Long, AvroAttribute.Of("logicalType", "timestamp-micros"), AvroAttribute.Of("adjust-to-utc", true)),
        TypeKind.Bytes => AvroSchema.Primitive(AvroType.Bytes),
        TypeKind.Decimal => AvroSchema.Fixed($"decimal_{type.Precision}_{type.Scale}", DecimalBytes(type.Precision),
            AvroAttribute.Of("logicalType", "decimal"), AvroAttribute.Of("precision", type.Precision), AvroAttribute.Of("scale", type.Scale)),
        _ => AvroSchema.Primitive(AvroType.String),
    };

    /// <summary>The fewest bytes of two's complement that hold every number of <paramref name="precision"/> digits (Iceberg specification, appendix A).</summary>
    public static int DecimalBytes(int precision)
    {
        var largest = Decimal128.Power(precision) - 1;
        var bits = 129 - (int)Int128.LeadingZeroCount(largest);
        return (bits + 7) / 8;
    }

    /// <summary>How many of a timestamp's units make a second, and whether it is an instant; false when <paramref name="schema"/> is no timestamp.</summary>
    public static bool TryTimestamp(AvroSchema schema, out long unitsPerSecond, out bool isInstant)
    {
        var name = schema.Type == AvroType.Long ? schema.LogicalType : null;
        isInstant = name?.StartsWith("local-", StringComparison.Ordinal) is false && (schema.Attributes.Flag("adjust-to-utc") || schema.Attributes.All(a => a.Name != "adjust-to-utc"));
        unitsPerSecond = name switch
        {
            "timestamp-millis" or "local-timestamp-millis" => 1_000,
            "timestamp-micros" or "local-timestamp-micros" => 1_000_000,
            "timestamp-nanos" or "local-timestamp-nanos" => 1_000_000_000,
            _ => 0,
        };
        return unitsPerSecond > 0;
    }

    /// <summary>Whether <paramref name="schema"/> is a decimal that a column can hold.</summary>
    public static bool TryDecimal(AvroSchema schema, out DataType type)
    {
        type = default;
        if (schema.LogicalType != "decimal" || schema.Type is not (AvroType.Bytes or AvroType.Fixed)) return false;
        var scale = schema.Attributes.Integer("scale") ?? 0;
        if (schema.Attributes.Integer("precision") is not (>= 1 and <= DataType.MaxPrecision and var precision) || scale < 0 || scale > precision) return false;
        type = DataType.Decimal(precision, scale);
        return true;
    }

    private static DataType ToColumnFromLong(AvroSchema schema)
    {
        if (TryTimestamp(schema, out _, out var isInstant)) return isInstant ? DataType.TimestampTz : DataType.Timestamp;
        return schema.LogicalType is "time-micros" ? DataType.String : DataType.BigInt;
    }

    private static DataType ToColumnFromUnion(AvroSchema schema)
    {
        DataType? common = null;
        foreach (var branch in schema.Branches)
        {
            if (branch.Type == AvroType.Null) continue;
            var type = ToColumn(branch);
            if (common is null || common == type) common = type;
            else if (common.Value.IsInteger && type.IsInteger) common = DataType.BigInt;
            else if ((common.Value.IsInteger || common.Value.Kind == TypeKind.Double) && (type.IsInteger || type.Kind == TypeKind.Double)) common = DataType.Double;
            else return DataType.String;
        }
        return common ?? DataType.String;
    }
}
