using System.Text;
using System.Text.Json;
using StreamForge.Formats.Avro.Schemas;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Iceberg.Manifests;

/// <summary>The Avro schemas of manifests and manifest lists as version 2 has them, with the specification's field ids.</summary>
internal static class ManifestSchemas
{
    private static readonly JsonElement Null = JsonSerializer.SerializeToElement<object?>(null);

    /// <summary>A record of a manifest list.</summary>
    public static AvroSchema List { get; } = AvroSchema.Record("manifest_file",
    [
        Required(500, "manifest_path", Of(AvroType.String)),
        Required(501, "manifest_length", Of(AvroType.Long)),
        Required(502, "partition_spec_id", Of(AvroType.Int)),
        Required(517, "content", Of(AvroType.Int)),
        Required(515, "sequence_number", Of(AvroType.Long)),
        Required(516, "min_sequence_number", Of(AvroType.Long)),
        Required(503, "added_snapshot_id", Of(AvroType.Long)),
        Required(504, "added_files_count", Of(AvroType.Int)),
        Required(505, "existing_files_count", Of(AvroType.Int)),
        Required(506, "deleted_files_count", Of(AvroType.Int)),
        Required(512, "added_rows_count", Of(AvroType.Long)),
        Required(513, "existing_rows_count", Of(AvroType.Long)),
        Required(514, "deleted_rows_count", Of(AvroType.Long)),
        Optional(507, "partitions", AvroSchema.Array(AvroSchema.Record("r508",
        [
            Required(509, "contains_null", Of(AvroType.Boolean)),
            Optional(518, "contains_nan", Of(AvroType.Boolean)),
            Optional(510, "lower_bound", Of(AvroType.Bytes)),
            Optional(511, "upper_bound", Of(AvroType.Bytes)),
        ]), AvroAttribute.Of("element-id", 508))),
        Optional(519, "key_metadata", Of(AvroType.Bytes)),
    ]);

    /// <summary>A record of a manifest whose partitions are of type <paramref name="partition"/>.</summary>
    public static AvroSchema Entry(StructType partition) => AvroSchema.Record("manifest_entry",
    [
        Required(0, "status", Of(AvroType.Int)),
        Optional(1, "snapshot_id", Of(AvroType.Long)),
        Optional(3, "sequence_number", Of(AvroType.Long)),
        Optional(4, "file_sequence_number", Of(AvroType.Long)),
        Required(2, "data_file", AvroSchema.Record("r2",
        [
            Required(134, "content", Of(AvroType.Int)),
            Required(100, "file_path", Of(AvroType.String)),
            Required(101, "file_format", Of(AvroType.String)),
            Required(102, "partition", AvroSchema.Record("r102", partition.Fields.Select(PartitionField))),
            Required(103, "record_count", Of(AvroType.Long)),
            Required(104, "file_size_in_bytes", Of(AvroType.Long)),
            Map(108, "column_sizes", 117, 118, AvroType.Long),
            Map(109, "value_counts", 119, 120, AvroType.Long),
            Map(110, "null_value_counts", 121, 122, AvroType.Long),
            Map(137, "nan_value_counts", 138, 139, AvroType.Long),
            Map(125, "lower_bounds", 126, 127, AvroType.Bytes),
            Map(128, "upper_bounds", 129, 130, AvroType.Bytes),
            Optional(131, "key_metadata", Of(AvroType.Bytes)),
            Optional(132, "split_offsets", AvroSchema.Array(Of(AvroType.Long), AvroAttribute.Of("element-id", 133))),
            Optional(135, "equality_ids", AvroSchema.Array(Of(AvroType.Int), AvroAttribute.Of("element-id", 136))),
            Optional(140, "sort_order_id", Of(AvroType.Int)),
            Optional(143, "referenced_data_file", Of(AvroType.String)),
        ])),
    ]);

    private static AvroSchema Of(AvroType type) => AvroSchema.Primitive(type);

    private static AvroField Required(int id, string name, AvroSchema schema) => new(name, schema, null, AvroAttribute.Of("field-id", id));

    private static AvroField Optional(int id, string name, AvroSchema schema) => new(name, AvroSchema.Optional(schema), Null, AvroAttribute.Of("field-id", id));

    /// <summary>A map with numbers as keys, which Avro writes as an array of pairs.</summary>
    private static AvroField Map(int id, string name, int keyId, int valueId, AvroType value) => Optional(id, name, AvroSchema.Array(
        AvroSchema.Record($"k{keyId}_v{valueId}", [Required(keyId, "key", Of(AvroType.Int)), Required(valueId, "value", Of(value))]), AvroAttribute.Of("logicalType", "map")));

    private static AvroField PartitionField(NestedField field)
    {
        var schema = AvroSchema.Optional(PartitionType((PrimitiveType)field.Type));
        var name = AvroName(field.Name);
        return name == field.Name
            ? new AvroField(name, schema, Null, AvroAttribute.Of("field-id", field.Id))
            : new AvroField(name, schema, Null, AvroAttribute.Of("field-id", field.Id), AvroAttribute.Of("iceberg-field-name", field.Name));
    }

    /// <summary>The Avro type of a primitive (specification, appendix A, "Avro").</summary>
    private static AvroSchema PartitionType(PrimitiveType type) => type.Kind switch
    {
        PrimitiveKind.Boolean => Of(AvroType.Boolean),
        PrimitiveKind.Int => Of(AvroType.Int),
        PrimitiveKind.Long => Of(AvroType.Long),
        PrimitiveKind.Float => Of(AvroType.Float),
        PrimitiveKind.Double => Of(AvroType.Double),
        PrimitiveKind.Date => AvroSchema.Primitive(AvroType.Int, AvroAttribute.Of("logicalType", "date")),
        PrimitiveKind.Time => AvroSchema.Primitive(AvroType.Long, AvroAttribute.Of("logicalType", "time-micros")),
        PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz or PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs => AvroSchema.Primitive(AvroType.Long,
            AvroAttribute.Of("logicalType", type.IsNanoseconds ? "timestamp-nanos" : "timestamp-micros"), AvroAttribute.Of("adjust-to-utc", type.Kind is PrimitiveKind.TimestampTz or PrimitiveKind.TimestampTzNs)),
        PrimitiveKind.Decimal => AvroSchema.Fixed($"decimal_{type.Precision}_{type.Scale}", DecimalBytes(type.Precision),
            AvroAttribute.Of("logicalType", "decimal"), AvroAttribute.Of("precision", type.Precision), AvroAttribute.Of("scale", type.Scale)),
        PrimitiveKind.Uuid => AvroSchema.Fixed("uuid_fixed", 16, AvroAttribute.Of("logicalType", "uuid")),
        PrimitiveKind.Fixed => AvroSchema.Fixed($"fixed_{type.Length}", type.Length),
        PrimitiveKind.Binary => Of(AvroType.Bytes),
        _ => Of(AvroType.String),
    };

    /// <summary>The bytes that hold any unscaled value of so many digits.</summary>
    public static int DecimalBytes(int precision)
    {
        var bytes = 1;
        while (bytes < 16 && Core.Decimal128.Power(precision) - 1 > (Int128.One << (8 * bytes - 1)) - 1) bytes++;
        return bytes;
    }

    /// <summary>A name of letters, digits and underscores, as Avro demands: others become <c>_x</c> and their code in hexadecimal, a leading digit gets an underscore.</summary>
    public static string AvroName(string name)
    {
        var result = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsAsciiLetter(c) || c == '_') result.Append(c);
            else if (char.IsAsciiDigit(c)) result.Append(result.Length == 0 ? "_" : "").Append(c);
            else result.Append("_x").Append(((int)c).ToString("X", System.Globalization.CultureInfo.InvariantCulture));
        }
        return result.Length == 0 ? "_" : result.ToString();
    }
}
