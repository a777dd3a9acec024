using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace StreamForge.Iceberg.Spec;

/// <summary>Writes metadata files (specification, appendix C, "Table Metadata and Snapshots"), with every member that version 2 requires.</summary>
public static class MetadataPrinter
{
    /// <summary>Text goes out as UTF-8, not as escapes; what was read raw is not checked again.</summary>
    internal static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static void Print(TableMetadata metadata, IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, Options);
        json.WriteStartObject();
        json.WriteNumber("format-version", metadata.FormatVersion);
        if (metadata.TableUuid.Length > 0) json.WriteString("table-uuid", metadata.TableUuid);
        json.WriteString("location", metadata.Location);
        if (metadata.FormatVersion > 1) json.WriteNumber("last-sequence-number", metadata.LastSequenceNumber);
        json.WriteNumber("last-updated-ms", metadata.LastUpdatedMs);
        json.WriteNumber("last-column-id", metadata.LastColumnId);
        PrintSchemas(json, metadata);
        json.WriteNumber("last-partition-id", metadata.LastPartitionId);
        json.WriteNumber("default-sort-order-id", metadata.DefaultSortOrderId);
        json.WriteStartArray("sort-orders");
        foreach (var order in metadata.SortOrders) PartitionJson.Write(json, order);
        json.WriteEndArray();
        json.WriteStartObject("properties");
        foreach (var (key, value) in metadata.Properties) json.WriteString(key, value);
        json.WriteEndObject();
        PrintSnapshots(json, metadata);
        foreach (var other in metadata.Others)
        {
            json.WritePropertyName(other.Name);
            json.WriteRawValue(other.Json.Span, skipInputValidation: true);
        }
        json.WriteEndObject();
    }

    private static void PrintSchemas(Utf8JsonWriter json, TableMetadata metadata)
    {
        if (metadata.FormatVersion == 1)
        {
            json.WritePropertyName("schema");
            TypeJson.Write(json, metadata.CurrentSchema);
            json.WritePropertyName("partition-spec");
            PartitionJson.WriteFields(json, metadata.DefaultSpec);
        }
        json.WriteNumber("current-schema-id", metadata.CurrentSchemaId);
        json.WriteStartArray("schemas");
        foreach (var schema in metadata.Schemas) TypeJson.Write(json, schema);
        json.WriteEndArray();
        json.WriteNumber("default-spec-id", metadata.DefaultSpecId);
        json.WriteStartArray("partition-specs");
        foreach (var spec in metadata.PartitionSpecs) PartitionJson.Write(json, spec);
        json.WriteEndArray();
    }

    private static void PrintSnapshots(Utf8JsonWriter json, TableMetadata metadata)
    {
        if (metadata.CurrentSnapshotId is { } current) json.WriteNumber("current-snapshot-id", current);
        else json.WriteNumber("current-snapshot-id", -1);
        json.WriteStartObject("refs");
        foreach (var (name, reference) in metadata.Refs)
        {
            json.WriteStartObject(name);
            json.WriteNumber("snapshot-id", reference.SnapshotId);
            json.WriteString("type", reference.Type);
            if (reference.MinSnapshotsToKeep is { } least) json.WriteNumber("min-snapshots-to-keep", least);
            if (reference.MaxSnapshotAgeMs is { } age) json.WriteNumber("max-snapshot-age-ms", age);
            if (reference.MaxRefAgeMs is { } refAge) json.WriteNumber("max-ref-age-ms", refAge);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteStartArray("snapshots");
        foreach (var snapshot in metadata.Snapshots) json.WriteRawValue(snapshot.Json.Span, skipInputValidation: true);
        json.WriteEndArray();
        json.WriteStartArray("snapshot-log");
        foreach (var entry in metadata.SnapshotLog)
        {
            json.WriteStartObject();
            json.WriteNumber("timestamp-ms", entry.TimestampMs);
            json.WriteNumber("snapshot-id", entry.SnapshotId);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("metadata-log");
        foreach (var entry in metadata.MetadataLog)
        {
            json.WriteStartObject();
            json.WriteNumber("timestamp-ms", entry.TimestampMs);
            json.WriteString("metadata-file", entry.MetadataFile);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
