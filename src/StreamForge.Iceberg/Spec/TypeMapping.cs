using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Iceberg.Spec;

/// <summary>
/// Between the engine's types and the table's. Written: int, long, double, decimal, string, binary, date, timestamp, timestamptz, boolean; array, map and row as string, the JSON text that they are.
/// Read besides: float as double; uuid and time as text; fixed as bytes; nanoseconds cut to microseconds; list, map and struct as JSON text; unknown as a string that is always null.
/// </summary>
public static class TypeMapping
{
    public static PrimitiveType ToIceberg(DataType type) => type.Kind switch
    {
        TypeKind.Boolean => PrimitiveType.Boolean,
        TypeKind.Int => PrimitiveType.Int,
        TypeKind.BigInt => PrimitiveType.Long,
        TypeKind.Double => PrimitiveType.Double,
        TypeKind.Decimal => PrimitiveType.Decimal(type.Precision, type.Scale),
        TypeKind.Bytes => PrimitiveType.Binary,
        TypeKind.Date => PrimitiveType.Date,
        TypeKind.Timestamp => PrimitiveType.Timestamp,
        TypeKind.TimestampTz => PrimitiveType.TimestampTz,
        _ => PrimitiveType.String,
    };

    /// <summary>The type as which a column is read; false for those that cannot be, with the reason.</summary>
    public static bool TryToCore(IcebergType type, out DataType result, out string reason)
    {
        reason = "";
        result = type switch
        {
            StructType => new DataType(TypeKind.Row),
            ListType => new DataType(TypeKind.Array),
            MapType => new DataType(TypeKind.Map),
            PrimitiveType primitive => primitive.Kind switch
            {
                PrimitiveKind.Boolean => DataType.Boolean,
                PrimitiveKind.Int => DataType.Int,
                PrimitiveKind.Long => DataType.BigInt,
                PrimitiveKind.Float or PrimitiveKind.Double => DataType.Double,
                PrimitiveKind.Decimal => DataType.Decimal(primitive.Precision, primitive.Scale),
                PrimitiveKind.Date => DataType.Date,
                PrimitiveKind.Timestamp or PrimitiveKind.TimestampNs => DataType.Timestamp,
                PrimitiveKind.TimestampTz or PrimitiveKind.TimestampTzNs => DataType.TimestampTz,
                PrimitiveKind.Fixed or PrimitiveKind.Binary or PrimitiveKind.Variant or PrimitiveKind.Geometry or PrimitiveKind.Geography => DataType.Bytes,
                _ => DataType.String,
            },
            _ => throw new ArgumentException($"no type of the specification: {type}", nameof(type)),
        };
        if (type is PrimitiveType { Kind: PrimitiveKind.Variant or PrimitiveKind.Geometry or PrimitiveKind.Geography })
        {
            reason = $"the type {type} is not supported yet";
            return false;
        }
        return true;
    }

    /// <summary>A new table's schema: ids from 1 in order, every column optional.</summary>
    public static TableSchema ToTableSchema(Schema schema) =>
        new(0, new StructType([.. schema.Fields.Select((field, i) => new NestedField(i + 1, field.Name, Required: false, ToIceberg(field.Type), DocOf(field.Type)))]));

    /// <summary>The comment of a column that holds nested values as the text that they are, by which it is known again; null for other types.</summary>
    public static string? DocOf(DataType type) => type.Kind is TypeKind.Array or TypeKind.Map or TypeKind.Row ? $"JSON: {type}" : null;

    /// <summary>The columns of a table as they were given to it: with nested types where the table has their text (<see cref="DocOf"/>).</summary>
    /// <param name="columns">As they are read from the table.</param>
    public static Schema AsGiven(TableSchema schema, Schema columns) => new(columns.Fields.Select(column =>
        schema.Find(column.Name) is { Doc: { } doc } && new[] { TypeKind.Array, TypeKind.Map, TypeKind.Row }.Select(kind => new DataType(kind)).FirstOrDefault(type => DocOf(type) == doc) is { Kind: TypeKind.Array or TypeKind.Map or TypeKind.Row } nested
            ? column with { Type = nested }
            : column));

    /// <summary>The columns of a table as the engine sees them.</summary>
    /// <exception cref="StreamForgeException">NotSupported for a column of a type that cannot be read.</exception>
    public static Schema ToCore(TableSchema schema)
    {
        var fields = ImmutableArray.CreateBuilder<Field>(schema.Fields.Length);
        foreach (var field in schema.Fields)
        {
            if (!TryToCore(field.Type, out var type, out var reason)) throw new StreamForgeException(ErrorKind.NotSupported, $"the column {field.Name}: {reason}");
            fields.Add(new Field(field.Name, type));
        }
        return new Schema(fields.MoveToImmutable());
    }
}
