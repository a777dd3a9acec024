using System.Buffers;
using StreamForge.Core;
using StreamForge.Iceberg.Spec;
using StreamForge.Testing.Services;

namespace StreamForge.Tests.Iceberg;

public class MetadataFileTests
{
    private const string V2 = """
        {"format-version": 2, "table-uuid": "9c12d441-03fe-4693-9a96-a0705ddf69c1", "location": "s3://bucket/t", "last-sequence-number": 34, "last-updated-ms": 1602638573590, "last-column-id": 3,
         "current-schema-id": 0, "schemas": [{"type": "struct", "schema-id": 0, "fields": [{"id": 1, "name": "x", "required": true, "type": "long", "initial-default": 1},
           {"id": 2, "name": "y", "required": false, "type": {"type": "map", "key-id": 3, "key": "string", "value-id": 4, "value-required": false, "value": "decimal(9, 2)"}}]}],
         "default-spec-id": 0, "partition-specs": [{"spec-id": 0, "fields": [{"name": "x", "transform": "bucket[4]", "source-id": 1, "field-id": 1000}]}], "last-partition-id": 1000,
         "default-sort-order-id": 0, "sort-orders": [{"order-id": 0, "fields": []}], "properties": {"a": "b"}, "current-snapshot-id": 7,
         "snapshots": [{"snapshot-id": 7, "timestamp-ms": 1, "sequence-number": 1, "summary": {"operation": "append"}, "manifest-list": "s3://a/1.avro", "novel": [1]}],
         "statistics": [{"snapshot-id": 7}], "novel": {"kept": true}}
        """;

    [Fact]
    public void Metadata_come_back_with_members_that_are_not_known()
    {
        var metadata = Parse(V2);
        var output = new ArrayBufferWriter<byte>();
        MetadataPrinter.Print(metadata, output);
        var again = MetadataParser.Parse(output.WrittenMemory, "again");
        Assert.Equal(metadata.CurrentSchema, again.CurrentSchema);
        Assert.Equal(metadata.DefaultSpec, again.DefaultSpec);
        Assert.Equal(["statistics", "novel"], again.Others.Select(other => other.Name));
        Assert.Equal(metadata.Snapshots[0].Json.ToArray(), again.Snapshots[0].Json.ToArray());
        Assert.Equal(7, again.Refs[SnapshotRef.Main].SnapshotId);
    }

    [Theory]
    [InlineData("\"format-version\": 2", "\"format-version\": 42", "format version 42")]
    [InlineData("\"current-schema-id\": 0", "\"current-schema-id\": 5", "the current schema 5")]
    [InlineData("\"schemas\"", "\"schemaz\"", "no member 'schemas'")]
    [InlineData("\"partition-specs\"", "\"specs\"", "no member 'partition-specs'")]
    [InlineData("\"last-partition-id\"", "\"last\"", "no member 'last-partition-id'")]
    [InlineData("\"sort-orders\"", "\"orders\"", "no member 'sort-orders'")]
    [InlineData("\"current-snapshot-id\": 7", "\"current-snapshot-id\": 8", "the current snapshot 8")]
    [InlineData("\"type\": \"long\"", "\"type\": \"lang\"", "'schemas[0].fields[0].type'")]
    [InlineData("\"id\": 2", "\"id\": 1", "the field id 1")]
    [InlineData("{\"format", "{format", "is not JSON")]
    public void Damage_is_one_sentence_with_the_place(string right, string wrong, string sentence)
    {
        var error = Assert.Throws<StreamForgeException>(() => Parse(V2.Replace(right, wrong, StringComparison.Ordinal)));
        Assert.StartsWith("v1.metadata.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
    }

    [ServiceFact("data/iceberg/apache-iceberg-core")]
    public void Published_examples_are_read_or_refused()
    {
        var folder = Path.Combine(Needs.Shared, "data", "iceberg", "apache-iceberg-core");
        foreach (var file in Directory.GetFiles(folder, "TableMetadata*.json"))
        {
            var error = Record.Exception(() => MetadataParser.Parse(File.ReadAllBytes(file), file));
            var name = Path.GetFileName(file);
            if (name.Contains("Missing") || name.Contains("NotFound") || name.Contains("Unsupported")) Assert.IsType<StreamForgeException>(error);
            else Assert.True(error is null, $"{name}: {error}");
        }
    }

    private static TableMetadata Parse(string json) => MetadataParser.Parse(System.Text.Encoding.UTF8.GetBytes(json), "v1.metadata.json");
}
