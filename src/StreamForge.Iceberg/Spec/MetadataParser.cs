using System.Collections.Immutable;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Iceberg.Spec;

/// <summary>Reads metadata files of the versions 1 to 3 and holds them to what the specification demands of each (appendix C, "Table Metadata and Snapshots").</summary>
public static class MetadataParser
{
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "format-version", "table-uuid", "location", "last-sequence-number", "last-updated-ms", "last-column-id", "schema", "schemas", "current-schema-id", "partition-spec", "partition-specs",
        "default-spec-id", "last-partition-id", "sort-orders", "default-sort-order-id", "properties", "current-snapshot-id", "snapshots", "refs", "snapshot-log", "metadata-log",
    };

    /// <param name="json">UTF-8.</param>
    /// <param name="location">The file, for errors.</param>
    /// <exception cref="StreamForgeException">Corrupt, or NotSupported for another version; the sentence names the file and the member.</exception>
    public static TableMetadata Parse(ReadOnlyMemory<byte> json, string location)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Read(new MetadataJson(document.RootElement, location, ""));
        }
        catch (JsonException e)
        {
            throw new StreamForgeException(ErrorKind.Corrupt, $"{location}: the metadata is not JSON: {e.Message}", inner: e);
        }
    }

    private static TableMetadata Read(MetadataJson json)
    {
        var version = json.Member("format-version").Int();
        if (version is < 1 or > 3) throw new StreamForgeException(ErrorKind.NotSupported, $"{json.Location}: the table has format version {version}, which is not supported yet; 1, 2 and 3 are");
        var snapshots = json.Find("snapshots")?.Items().Select(item => new Snapshot(item)).ToImmutableArray() ?? [];
        var schemas = Schemas(json, version);
        var specs = Specs(json, version);
        var orders = Required(json, "sort-orders", version)?.Items().Select(PartitionJson.ReadOrder).ToImmutableArray() ?? [SortOrder.Unsorted];
        var metadata = new TableMetadata
        {
            FormatVersion = version,
            TableUuid = Required(json, "table-uuid", version)?.Text() ?? "",
            Location = json.Member("location").Text().TrimEnd('/'),
            LastSequenceNumber = Required(json, "last-sequence-number", version)?.Long() ?? 0,
            LastUpdatedMs = json.Member("last-updated-ms").Long(),
            LastColumnId = json.Member("last-column-id").Int(),
            Schemas = schemas,
            CurrentSchemaId = Required(json, "current-schema-id", version)?.Int() ?? schemas[^1].SchemaId,
            PartitionSpecs = specs,
            DefaultSpecId = Required(json, "default-spec-id", version)?.Int() ?? specs[^1].SpecId,
            LastPartitionId = Required(json, "last-partition-id", version)?.Int() ?? specs.SelectMany(spec => spec.Fields).Select(part => part.FieldId).Append(PartitionSpec.FirstFieldId - 1).Max(),
            SortOrders = orders,
            DefaultSortOrderId = Required(json, "default-sort-order-id", version)?.Int() ?? 0,
            Properties = json.Find("properties") is { } properties
                ? ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, properties.Members().Select(member => KeyValuePair.Create(member.Name, member.Value.Text())))
                : ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal),
            CurrentSnapshotId = json.Find("current-snapshot-id")?.SnapshotId() is { } current and not -1 ? current : null,
            Snapshots = snapshots,
            SnapshotLog = json.Find("snapshot-log")?.Items().Select(item => new SnapshotLogEntry(item.Member("timestamp-ms").Long(), item.Member("snapshot-id").SnapshotId())).ToImmutableArray() ?? [],
            MetadataLog = json.Find("metadata-log")?.Items().Select(item => new MetadataLogEntry(item.Member("timestamp-ms").Long(), item.Member("metadata-file").Text())).ToImmutableArray() ?? [],
            Others = [.. json.Members().Where(member => !Known.Contains(member.Name)).Select(member => new KeptMember(member.Name, member.Value.Raw()))],
        };
        return Check(json, metadata with { Refs = Refs(json, metadata.CurrentSnapshotId) });
    }

    /// <summary>A member that version 1 may leave out.</summary>
    private static MetadataJson? Required(MetadataJson json, string name, int version) =>
        json.Find(name) ?? (version == 1 ? null : throw json.Fault($"has no member '{name}', which format version {version} requires"));

    private static ImmutableArray<TableSchema> Schemas(MetadataJson json, int version)
    {
        ImmutableArray<TableSchema> schemas = Required(json, "schemas", version) is { } several ? [.. several.Items().Select(TypeJson.ReadSchema)] : [TypeJson.ReadSchema(json.Member("schema"))];
        return schemas.IsEmpty ? throw json.Fault("has no schema in 'schemas'") : schemas;
    }

    private static ImmutableArray<PartitionSpec> Specs(MetadataJson json, int version)
    {
        ImmutableArray<PartitionSpec> specs = Required(json, "partition-specs", version) is { } several
            ? [.. several.Items().Select(PartitionJson.ReadSpec)]
            : [new PartitionSpec(0, PartitionJson.ReadFields(json.Member("partition-spec")))];
        return specs.IsEmpty ? throw json.Fault("has no partition spec in 'partition-specs'") : specs;
    }

    private static ImmutableSortedDictionary<string, SnapshotRef> Refs(MetadataJson json, long? current)
    {
        var refs = ImmutableSortedDictionary.CreateBuilder<string, SnapshotRef>(StringComparer.Ordinal);
        if (json.Find("refs") is { } members)
        {
            foreach (var (name, value) in members.Members())
            {
                refs[name] = new SnapshotRef(
                    value.Member("snapshot-id").SnapshotId(), value.Member("type").Text(), value.Find("min-snapshots-to-keep")?.Int(), value.Find("max-snapshot-age-ms")?.Long(), value.Find("max-ref-age-ms")?.Long());
            }
        }
        if (current is { } id && !refs.ContainsKey(SnapshotRef.Main)) refs[SnapshotRef.Main] = new SnapshotRef(id, "branch");
        return refs.ToImmutable();
    }

    private static TableMetadata Check(MetadataJson json, TableMetadata metadata)
    {
        if (metadata.SchemaOf(metadata.CurrentSchemaId) is null) throw json.Fault($"names the current schema {metadata.CurrentSchemaId}, which is not among its schemas");
        if (metadata.SpecOf(metadata.DefaultSpecId) is null) throw json.Fault($"names the default partition spec {metadata.DefaultSpecId}, which is not among its specs");
        if (metadata.DefaultSortOrderId != 0 && metadata.SortOrders.All(order => order.OrderId != metadata.DefaultSortOrderId))
            throw json.Fault($"names the default sort order {metadata.DefaultSortOrderId}, which is not among its sort orders");
        if (metadata.CurrentSnapshotId is { } current && metadata.Find(current) is null) throw json.Fault($"names the current snapshot {current}, which is not among its snapshots");
        foreach (var (name, reference) in metadata.Refs)
        {
            if (metadata.Find(reference.SnapshotId) is null) throw json.Fault($"has the ref '{name}' of the snapshot {reference.SnapshotId}, which is not among its snapshots");
        }
        return metadata;
    }
}
