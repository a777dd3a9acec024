using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Formats.DataFiles;
using StreamForge.Iceberg.Spec;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Sinks.Iceberg;

/// <summary>Holds a sink against the table that is there: what it may not differ in, and how its rows become the table's.</summary>
internal static class TableFit
{
    /// <summary>The columns of a data file, in the order of the sink's rows, of the table's types, which may be wider.</summary>
    public static ImmutableArray<DataFileColumn> FileColumns(TableSchema schema, Schema rows) => [.. rows.Fields.Select(f => FileColumn(schema, f.Name))];

    private static DataFileColumn FileColumn(TableSchema schema, string name)
    {
        var field = schema.Find(name)!;
        return TypeMapping.TryToCore(field.Type, out var type, out var reason)
            ? new DataFileColumn(name, type, field.Id, field.Required)
            : throw new StreamForgeException(ErrorKind.NotSupported, $"the column {name}: {reason}");
    }

    /// <summary>The partition fields of a table with these columns.</summary>
    public static ImmutableArray<PartitionField> Partitions(TableSchema schema, ImmutableArray<PartitionTerm> terms) =>
        [.. terms.Select((term, i) => new PartitionField(schema.Find(term.Column)!.Id, PartitionSpec.FirstFieldId + i, term.Name, TransformOf(term)))];

    /// <exception cref="StreamForgeException">Conflict when the table has a column whose name differs from one of the sink's only in case.</exception>
    public static void CheckNames(TableSchema schema, Schema rows)
    {
        foreach (var row in rows.Fields.Where(r => schema.Find(r.Name) is null))
        {
            if (schema.Fields.FirstOrDefault(f => f.Name.Equals(row.Name, StringComparison.OrdinalIgnoreCase)) is { } twin)
                throw Conflict($"its column {twin.Name} and the sink's {row.Name} differ only in case, which many readers of tables cannot tell apart; rename the sink's in a transformation");
        }
    }

    /// <exception cref="StreamForgeException">Conflict when the table is partitioned in another way.</exception>
    public static void CheckPartitions(TableSchema schema, PartitionSpec spec, ImmutableArray<PartitionTerm> terms)
    {
        // A term may name a column that the table is only about to get; then it cannot be partitioned by it.
        var known = terms.All(t => schema.Find(t.Column) is not null);
        if (known && spec.Fields.Select(f => (f.SourceId, f.Transform)).SequenceEqual(Partitions(schema, terms).Select(f => (f.SourceId, f.Transform)))) return;
        throw Conflict($"it is partitioned by {Words(spec.Fields.Select(f => Word(schema, f)))}, and the sink's partition_by is {Words(terms.Select(t => t.ToString()))}; write what the table has, or name another table");
    }

    private static Transform TransformOf(PartitionTerm term) => term.Function switch
    {
        PartitionFunction.Bucket => new BucketTransform(term.Parameter),
        PartitionFunction.Truncate => new TruncateTransform(term.Parameter),
        var function => Transform.Parse(function.ToString().ToLowerInvariant()),
    };

    /// <summary>A table's partition field as pipeline files write it.</summary>
    private static string Word(TableSchema schema, PartitionField field)
    {
        var column = schema.PathOf(field.SourceId) ?? "a column that is gone";
        return field.Transform switch
        {
            IdentityTransform => column,
            BucketTransform bucket => $"bucket({bucket.Buckets}, {column})",
            TruncateTransform truncate => $"truncate({truncate.Width}, {column})",
            var transform => $"{transform}({column})",
        };
    }

    private static string Words(IEnumerable<string> words) => string.Join(", ", words) is { Length: > 0 } text ? text : "nothing";

    private static StreamForgeException Conflict(string difference) => new(ErrorKind.Conflict, $"the table does not fit: {difference}");
}
