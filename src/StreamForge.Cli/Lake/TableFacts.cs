using System.Buffers;
using System.Globalization;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Iceberg.Catalogs;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Cli.Lake;

/// <summary>What <c>tables</c> says of a table and of a snapshot, in numbers and as JSON.</summary>
internal static class TableFacts
{
    /// <summary>A total of the current snapshot's summary; 0 for an empty table, null when its writer kept none.</summary>
    public static long? Total(LoadedTable table, string what)
    {
        if (table.Metadata.CurrentSnapshot is not { } snapshot) return 0;
        return Total(snapshot, what);
    }

    public static long? Total(Snapshot snapshot, string what) =>
        long.TryParse(snapshot.Summary.GetValueOrDefault("total-" + what), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Milliseconds since 1970 as RFC 3339.</summary>
    public static string Time(long milliseconds) => EventTime.Format(milliseconds * 1000);

    /// <param name="whole">Also schema and partition spec, as they stand in the metadata.</param>
    public static void Write(Utf8JsonWriter json, LoadedTable table, bool whole)
    {
        json.WriteStartObject();
        json.WriteString("table", table.Name.ToString());
        json.WriteString("location", table.Metadata.Location);
        json.WriteString("metadata_location", table.MetadataLocation);
        json.WriteNumber("format_version", table.Metadata.FormatVersion);
        Write(json, "rows", Total(table, "records"));
        Write(json, "files", Total(table, "data-files"));
        Write(json, "bytes", Total(table, "files-size"));
        json.WriteNumber("snapshots", table.Metadata.Snapshots.Length);
        if (whole)
        {
            using var metadata = Document(table.Metadata);
            json.WritePropertyName("schema");
            ById(metadata.RootElement.GetProperty("schemas"), "schema-id", table.Metadata.CurrentSchemaId).WriteTo(json);
            json.WritePropertyName("partition_spec");
            ById(metadata.RootElement.GetProperty("partition-specs"), "spec-id", table.Metadata.DefaultSpecId).WriteTo(json);
        }
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, Snapshot snapshot)
    {
        json.WriteStartObject();
        json.WriteNumber("snapshot_id", snapshot.SnapshotId);
        if (snapshot.ParentSnapshotId is { } parent) json.WriteNumber("parent_id", parent);
        else json.WriteNull("parent_id");
        json.WriteNumber("sequence_number", snapshot.SequenceNumber);
        json.WriteString("timestamp", Time(snapshot.TimestampMs));
        json.WriteString("operation", snapshot.Operation);
        json.WriteString("manifest_list", snapshot.ManifestList);
        json.WriteStartObject("summary");
        foreach (var (key, value) in snapshot.Summary) json.WriteString(key, value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, long? number)
    {
        if (number is { } known) json.WriteNumber(name, known);
        else json.WriteNull(name);
    }

    private static JsonDocument Document(TableMetadata metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        MetadataPrinter.Print(metadata, buffer);
        return JsonDocument.Parse(buffer.WrittenMemory);
    }

    private static JsonElement ById(JsonElement items, string id, int wanted) => items.EnumerateArray().First(i => i.GetProperty(id).GetInt32() == wanted);
}
