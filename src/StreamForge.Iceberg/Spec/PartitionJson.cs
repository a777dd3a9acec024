using System.Collections.Immutable;
using System.Text.Json;

namespace StreamForge.Iceberg.Spec;

/// <summary>Partition specs and sort orders as JSON (specification, appendix C).</summary>
internal static class PartitionJson
{
    public static PartitionSpec ReadSpec(MetadataJson json) => new(json.Member("spec-id").Int(), ReadFields(json.Member("fields")));

    /// <summary>The fields alone, as version 1 keeps them; those without an id count from 1000.</summary>
    public static ImmutableArray<PartitionField> ReadFields(MetadataJson json) =>
        [.. json.Items().Select((part, i) => new PartitionField(SourceId(part), part.Find("field-id")?.Int() ?? PartitionSpec.FirstFieldId + i, part.Member("name").Text(), Transform.Parse(part.Member("transform").Text())))];

    /// <summary>Version 3 may name several sources; transforms of one have it also alone.</summary>
    private static int SourceId(MetadataJson json) => json.Find("source-ids") is { } ids && json.Find("source-id") is null ? ids.Items().First().Int() : json.Member("source-id").Int();

    public static SortOrder ReadOrder(MetadataJson json) => new(json.Member("order-id").Int(),
    [
        .. json.Member("fields").Items().Select(key => new SortKey(
            SourceId(key), Transform.Parse(key.Member("transform").Text()), key.Member("direction").Text() == "desc", key.Member("null-order").Text() == "nulls-last")),
    ]);

    public static void WriteFields(Utf8JsonWriter json, PartitionSpec spec)
    {
        json.WriteStartArray();
        foreach (var part in spec.Fields)
        {
            json.WriteStartObject();
            json.WriteNumber("source-id", part.SourceId);
            json.WriteNumber("field-id", part.FieldId);
            json.WriteString("name", part.Name);
            json.WriteString("transform", part.Transform.ToString());
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    public static void Write(Utf8JsonWriter json, PartitionSpec spec)
    {
        json.WriteStartObject();
        json.WriteNumber("spec-id", spec.SpecId);
        json.WritePropertyName("fields");
        WriteFields(json, spec);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, SortOrder order)
    {
        json.WriteStartObject();
        json.WriteNumber("order-id", order.OrderId);
        json.WriteStartArray("fields");
        foreach (var key in order.Keys)
        {
            json.WriteStartObject();
            json.WriteString("transform", key.Transform.ToString());
            json.WriteNumber("source-id", key.SourceId);
            json.WriteString("direction", key.Descending ? "desc" : "asc");
            json.WriteString("null-order", key.NullsLast ? "nulls-last" : "nulls-first");
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
