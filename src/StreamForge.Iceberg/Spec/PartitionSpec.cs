using System.Collections.Immutable;
using System.Text;

namespace StreamForge.Iceberg.Spec;

/// <summary>A field of a partition's tuple.</summary>
/// <param name="SourceId">The id of the column that it comes from.</param>
/// <param name="FieldId">From 1000 on, unique in the table for ever.</param>
/// <param name="Name">Its name in paths and metadata tables.</param>
/// <param name="Transform">How it comes from the column.</param>
public sealed record PartitionField(int SourceId, int FieldId, string Name, Transform Transform);

/// <summary>How a table's rows are cut into files (Iceberg specification, "Partitioning").</summary>
public sealed record PartitionSpec(int SpecId, ImmutableArray<PartitionField> Fields)
{
    /// <summary>The id of the first partition field of a table.</summary>
    public const int FirstFieldId = 1000;

    public static PartitionSpec Unpartitioned { get; } = new(0, []);

    public bool IsUnpartitioned => Fields.All(part => part.Transform is VoidTransform);

    /// <summary>The type of the partition's tuple, all optional, for a table of <paramref name="schema"/>. A field whose column is gone is of unknown type.</summary>
    public StructType PartitionType(TableSchema schema) =>
        new([.. Fields.Select(field => new NestedField(field.FieldId, field.Name, Required: false, ResultType(field, schema)))]);

    /// <summary>The type of a field's values.</summary>
    public static PrimitiveType ResultType(PartitionField field, TableSchema schema) =>
        schema.Find(field.SourceId)?.Type is PrimitiveType source ? field.Transform.ResultType(source) : PrimitiveType.Unknown;

    /// <summary>Bytes of a folder's name that file systems take, with room to spare; most take 255.</summary>
    private const int LongestName = 200;

    /// <summary>The folder of a partition's files: <c>day=2024-05-01/city=S%C3%A3o%20Paulo</c>; empty without partitions. Names that are too long for a folder are cut: several partitions may share one, whose files are told apart by manifests alone.</summary>
    public string Path(TableSchema schema, ReadOnlySpan<Literal?> values)
    {
        if (values.Length != Fields.Length) throw new ArgumentException("A partition has one value for each field.", nameof(values));
        var path = new StringBuilder();
        for (var i = 0; i < Fields.Length; i++)
        {
            if (i > 0) path.Append('/');
            var source = schema.Find(Fields[i].SourceId)?.Type as PrimitiveType ?? PrimitiveType.Unknown;
            path.Append(Folder($"{Uri.EscapeDataString(Fields[i].Name)}={Uri.EscapeDataString(Fields[i].Transform.ToHuman(source, values[i]))}"));
        }
        return path.ToString();
    }

    /// <summary>A name that is not too long, without half an escape at its end.</summary>
    private static string Folder(string name)
    {
        if (name.Length <= LongestName) return name;
        var escape = name.LastIndexOf('%', LongestName - 1);
        return name[..(escape > LongestName - 3 ? escape : LongestName)];
    }

    /// <summary>Reads <c>partition_by</c> of a pipeline file; see <see cref="PartitionText"/>.</summary>
    /// <param name="texts">A column, or year, month, day, hour, bucket(n, c), truncate(n, c); <c>date</c> and <c>hour</c> alone mean the event time's.</param>
    /// <param name="schema">The table's columns.</param>
    /// <param name="fault">Takes the index of each text that is wrong and one sentence.</param>
    /// <returns>The spec of the texts that are right.</returns>
    public static PartitionSpec Parse(IReadOnlyList<string> texts, TableSchema schema, Action<int, string> fault) => PartitionText.Parse(texts, schema, fault);

    public bool SameFields(PartitionSpec other) => Fields.SequenceEqual(other.Fields);

    public bool Equals(PartitionSpec? other) => other is not null && SpecId == other.SpecId && SameFields(other);

    public override int GetHashCode() => Fields.Aggregate(SpecId, HashCode.Combine);
}
