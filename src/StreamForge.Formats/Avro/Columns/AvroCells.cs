using System.Text.Unicode;
using StreamForge.Core;
using StreamForge.Formats.Avro.Encodings;
using StreamForge.Formats.Avro.Schemas;

namespace StreamForge.Formats.Avro.Columns;

/// <summary>Reads one value and appends it to a column.</summary>
internal delegate void AvroCell(ref AvroReader reader, Column target);

/// <summary>
/// Chooses, once for a file, how values of a writer's type become values of a column's type: numbers widen and never lose digits, dates become timestamps, anything becomes text. What cannot be is an error when such a value
/// is met, so that a union may have branches that no row takes.
/// </summary>
internal static class AvroCells
{
    private const long MicrosPerSecond = 1_000_000;

    public static AvroCell For(AvroSchema schema, DataType type)
    {
        switch (schema.Type)
        {
            case AvroType.Null:
                return static (ref AvroReader _, Column target) => target.AppendNull();
            case AvroType.Union:
                var branches = schema.Branches.Select(b => For(b, type)).ToArray();
                return (ref AvroReader reader, Column target) =>
                {
                    var index = reader.ReadLong();
                    if ((ulong)index >= (ulong)branches.Length) throw reader.Damaged($"branch {index} of a union of {branches.Length}");
                    branches[index](ref reader, target);
                };
            default:
                return Value(schema, type) ?? ((ref AvroReader reader, Column _) => throw reader.Mismatch(schema, type.ToString()));
        }
    }

    private static AvroCell? Value(AvroSchema schema, DataType type) => type.Kind switch
    {
        TypeKind.Boolean => schema.Type == AvroType.Boolean ? static (ref AvroReader r, Column c) => ((BooleanColumn)c).Append(r.ReadBoolean() ? (byte)1 : (byte)0) : null,
        TypeKind.Int => schema.Type is AvroType.Int or AvroType.Long ? static (ref AvroReader r, Column c) => ((Int64Column)c).Append(r.ReadInt()) : null,
        TypeKind.BigInt => schema.Type is AvroType.Int or AvroType.Long ? static (ref AvroReader r, Column c) => ((Int64Column)c).Append(r.ReadLong()) : null,
        TypeKind.Double => Double(schema),
        TypeKind.Decimal => Decimal(schema, type),
        TypeKind.Date => schema.Type == AvroType.Int ? static (ref AvroReader r, Column c) => ((Int64Column)c).Append(r.ReadInt()) : null,
        TypeKind.Timestamp or TypeKind.TimestampTz => Timestamp(schema),
        TypeKind.Bytes => Bytes(schema),
        _ => Text(schema, type),
    };

    private static AvroCell? Double(AvroSchema schema) => schema.Type switch
    {
        AvroType.Double => static (ref AvroReader r, Column c) => ((DoubleColumn)c).Append(r.ReadDouble()),
        AvroType.Float => static (ref AvroReader r, Column c) => ((DoubleColumn)c).Append(r.ReadFloat()),
        AvroType.Int or AvroType.Long => static (ref AvroReader r, Column c) => ((DoubleColumn)c).Append(r.ReadLong()),
        _ => null,
    };

    private static AvroCell? Decimal(AvroSchema schema, DataType type)
    {
        if (!AvroTypes.TryDecimal(schema, out var own) || own.Scale > type.Scale) return null;
        var size = schema.Type == AvroType.Fixed ? schema.Size : -1;
        var power = Decimal128.Power(type.Scale - own.Scale);
        return (ref AvroReader reader, Column target) =>
        {
            var bytes = size < 0 ? reader.ReadBytes() : reader.ReadFixed(size);
            if (!TryUnscaled(bytes, out var unscaled) || !Decimal128.TryMultiply(unscaled, power, out unscaled) || !Decimal128.Fits(unscaled, type.Precision)) throw reader.Damaged($"a number does not fit {type}");
            ((DecimalColumn)target).Append(unscaled);
        };
    }

    /// <summary>Reads two's complement, the highest byte first; false when it needs more than 16 bytes.</summary>
    internal static bool TryUnscaled(ReadOnlySpan<byte> bytes, out Int128 unscaled)
    {
        unscaled = 0;
        if (bytes.IsEmpty) return false;
        var sign = (byte)(bytes[0] < 0x80 ? 0 : 0xFF);
        while (bytes.Length > 16)
        {
            if (bytes[0] != sign) return false;
            bytes = bytes[1..];
        }
        unscaled = (sbyte)bytes[0];
        foreach (var b in bytes[1..]) unscaled = (unscaled << 8) | b;
        return unscaled < 0 == (sign != 0);
    }

    private static AvroCell? Timestamp(AvroSchema schema)
    {
        // A date becomes its midnight.
        if (schema is { Type: AvroType.Int, LogicalType: "date" }) return static (ref AvroReader r, Column c) => ((Int64Column)c).Append(r.ReadInt() * EventTime.Day);
        if (schema.Type != AvroType.Long) return null;
        if (!AvroTypes.TryTimestamp(schema, out var units, out _)) units = MicrosPerSecond;
        return (ref AvroReader reader, Column target) => ((Int64Column)target).Append(ReadMicros(ref reader, units));
    }

    internal static long ReadMicros(ref AvroReader reader, long unitsPerSecond)
    {
        var value = reader.ReadLong();
        if (unitsPerSecond > MicrosPerSecond) return EventTime.FloorDivide(value, unitsPerSecond / MicrosPerSecond);
        var factor = MicrosPerSecond / unitsPerSecond;
        if (value > long.MaxValue / factor || value < long.MinValue / factor) throw reader.Damaged("a time is out of range");
        return value * factor;
    }

    private static AvroCell? Bytes(AvroSchema schema)
    {
        var size = schema.Size;
        return schema.Type switch
        {
            AvroType.Bytes or AvroType.String => static (ref AvroReader r, Column c) => ((BytesColumn)c).Append(r.ReadBytes()),
            AvroType.Fixed => (ref AvroReader r, Column c) => ((BytesColumn)c).Append(r.ReadFixed(size)),
            _ => null,
        };
    }

    private static AvroCell Text(AvroSchema schema, DataType type)
    {
        // Nested columns hold JSON, so that only text that a writer gave as such is taken as it is.
        if (schema.Type == AvroType.String) return static (ref AvroReader r, Column c) => ((BytesColumn)c).Append(ReadUtf8(ref r));
        var json = new AvroJson(schema, quoted: type.Kind != TypeKind.String);
        return (ref AvroReader reader, Column target) => ((BytesColumn)target).Append(json.Read(ref reader));
    }

    internal static ReadOnlySpan<byte> ReadUtf8(ref AvroReader reader)
    {
        var text = reader.ReadBytes();
        return Utf8.IsValid(text) ? text : throw reader.Damaged("a string is not UTF-8");
    }
}
