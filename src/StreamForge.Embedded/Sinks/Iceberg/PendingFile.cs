using System.Collections.Immutable;
using System.Globalization;
using StreamForge.Iceberg.Manifests;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Embedded.Sinks.Iceberg;

/// <summary>A durable data file as a checkpoint keeps it: all that a manifest says of it.</summary>
/// <param name="Partition">The partition's values, in the form of <see cref="SingleValue"/>; null for null.</param>
internal sealed record PendingFile(
    string Location, string Format, ImmutableArray<byte[]?> Partition, long Rows, long Bytes, ImmutableArray<long> SplitOffsets, ImmutableArray<ColumnStatistics> Columns)
{
    public static PendingFile Of(DataFile file, StructType partition) => new(
        file.Location, file.Format, [.. file.Partition.Select((value, i) => value is { } known ? SingleValue.ToBytes(TypeOf(partition, i), known) : null)],
        file.Records, file.Bytes, file.SplitOffsets, file.Columns);

    public DataFile ToDataFile(StructType partition) => new()
    {
        Location = Location,
        Format = Format,
        Partition = [.. Partition.Select((bytes, i) => bytes is null ? null as Literal? : Read(TypeOf(partition, i), bytes))],
        Records = Rows,
        Bytes = Bytes,
        SplitOffsets = SplitOffsets,
        SortOrderId = 0,
        Columns = Columns,
    };

    private static PrimitiveType TypeOf(StructType partition, int index) => (PrimitiveType)partition.Fields[index].Type;

    private static Literal Read(PrimitiveType type, byte[] bytes) =>
        SingleValue.TryRead(type, bytes, out var value) ? value : throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{bytes.Length} bytes are no {type}"));
}
