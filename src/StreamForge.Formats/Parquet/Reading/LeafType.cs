using StreamForge.Core;

namespace StreamForge.Formats.Parquet.Reading;

/// <summary>How a leaf's values are stored and what they become.</summary>
/// <param name="Physical">The physical type.</param>
/// <param name="Width">Bytes of a value in the PLAIN encoding; 0 where they differ.</param>
/// <param name="Type">What they are read as.</param>
/// <param name="Unit">Of times.</param>
/// <param name="Form">What else distinguishes them.</param>
/// <param name="Unsupported">Why the column cannot be read; null when it can.</param>
internal sealed record LeafType(PhysicalType Physical, int Width, DataType Type, ParquetTimeUnit Unit, LeafForm Form, string? Unsupported)
{
    public static LeafType Of(SchemaElement element)
    {
        var physical = element.Type!.Value;
        var width = physical switch
        {
            PhysicalType.Boolean => 1,
            PhysicalType.Int32 or PhysicalType.Float => 4,
            PhysicalType.Int64 or PhysicalType.Double => 8,
            PhysicalType.Int96 => 12,
            PhysicalType.FixedLenByteArray => element.Width,
            _ => 0,
        };
        if (physical == PhysicalType.FixedLenByteArray && width <= 0) return new LeafType(physical, 1, DataType.Bytes, default, LeafForm.Plain, $"values of {width} bytes");
        var logical = Logical(element, out var unit, out var isUtc, out var isUnsigned);
        if (logical == LogicalKind.Decimal && physical is (PhysicalType.Int32 or PhysicalType.Int64 or PhysicalType.FixedLenByteArray or PhysicalType.ByteArray)) return Decimal(element, physical, width);
        return physical switch
        {
            PhysicalType.Boolean => Plain(DataType.Boolean),
            PhysicalType.Float or PhysicalType.Double => Plain(DataType.Double),
            PhysicalType.Int96 => Plain(DataType.Timestamp),
            PhysicalType.Int32 => logical switch
            {
                LogicalKind.Date => Plain(DataType.Date),
                LogicalKind.Time => new(physical, width, DataType.String, unit, LeafForm.Time, null),
                _ when isUnsigned => new(physical, width, DataType.BigInt, unit, LeafForm.Unsigned, null),
                _ => Plain(DataType.Int),
            },
            PhysicalType.Int64 => logical switch
            {
                LogicalKind.Timestamp => new(physical, width, isUtc ? DataType.TimestampTz : DataType.Timestamp, unit, LeafForm.Plain, null),
                LogicalKind.Time => new(physical, width, DataType.String, unit, LeafForm.Time, null),
                _ when isUnsigned => new(physical, width, DataType.Decimal(20, 0), unit, LeafForm.Unsigned, null),
                _ => Plain(DataType.BigInt),
            },
            PhysicalType.FixedLenByteArray when logical == LogicalKind.Uuid && width == 16 => new(physical, width, DataType.String, unit, LeafForm.Uuid, null),
            PhysicalType.FixedLenByteArray when logical == LogicalKind.Float16 && width == 2 => Plain(DataType.Double),
            _ => Plain(logical is LogicalKind.String or LogicalKind.Enum or LogicalKind.Json ? DataType.String : DataType.Bytes),
        };

        LeafType Plain(DataType type) => new(physical, width, type, unit, LeafForm.Plain, null);
    }

    private static LeafType Decimal(SchemaElement element, PhysicalType physical, int width)
    {
        int precision = element.Precision, scale = element.Scale;
        if (precision is < 1 or > DataType.MaxPrecision || scale < 0 || scale > precision)
            return new LeafType(physical, width, DataType.Bytes, default, LeafForm.Plain, $"decimal({precision},{scale}) is not supported yet; decimals have at most {DataType.MaxPrecision} digits");
        return new LeafType(physical, width, DataType.Decimal(precision, scale), default, LeafForm.Plain, null);
    }

    /// <summary>The logical type, or that which the converted type stands for.</summary>
    private static LogicalKind Logical(SchemaElement element, out ParquetTimeUnit unit, out bool isUtc, out bool isUnsigned)
    {
        unit = element.Unit;
        isUtc = element.IsUtc;
        isUnsigned = element.Logical == LogicalKind.Integer && !element.IsSigned && element.Bits >= 32;
        if (element.Logical != LogicalKind.None) return element.Logical;
        switch (element.Converted)
        {
            case ConvertedType.Utf8: return LogicalKind.String;
            case ConvertedType.Enum: return LogicalKind.Enum;
            case ConvertedType.Json: return LogicalKind.Json;
            case ConvertedType.Decimal: return LogicalKind.Decimal;
            case ConvertedType.Date: return LogicalKind.Date;
            case ConvertedType.TimeMillis or ConvertedType.TimestampMillis:
                unit = ParquetTimeUnit.Millis;
                break;
            case ConvertedType.TimeMicros or ConvertedType.TimestampMicros:
                unit = ParquetTimeUnit.Micros;
                break;
            case ConvertedType.UInt32 or ConvertedType.UInt64:
                isUnsigned = true;
                return LogicalKind.Integer;
            default:
                return LogicalKind.None;
        }
        isUtc = true;
        return element.Converted is ConvertedType.TimestampMillis or ConvertedType.TimestampMicros ? LogicalKind.Timestamp : LogicalKind.Time;
    }
}

/// <summary>What distinguishes leaves of one physical type beside their type.</summary>
internal enum LeafForm
{
    Plain,
    Unsigned,

    /// <summary>A time of day, to be text.</summary>
    Time,

    /// <summary>To be text.</summary>
    Uuid,
}
