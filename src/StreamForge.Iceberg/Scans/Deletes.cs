using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Iceberg.Manifests;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Iceberg.Scans;

/// <summary>A file that a manifest names, with what applies to it.</summary>
/// <param name="File">The file.</param>
/// <param name="Sequence">Its data sequence number.</param>
/// <param name="Spec">The spec that its partition is of.</param>
internal sealed record PlannedFile(DataFile File, long Sequence, PartitionSpec Spec)
{
    public bool SamePartition(PlannedFile other) => Spec.SpecId == other.Spec.SpecId && File.Partition.SequenceEqual(other.File.Partition);
}

/// <summary>
/// Which deletes apply to which data files (Iceberg specification, "Scan Planning"): a deletion vector or position deletes to files not newer than they are, of the same partition, or to the one file that they name;
/// equality deletes to older files of the same partition, or of every partition when their spec has no fields. A deletion vector stands for all position deletes of its file.
/// </summary>
internal sealed class Deletes(ImmutableArray<PlannedFile> files)
{
    public ImmutableArray<PlannedFile> Of(PlannedFile data)
    {
        var applying = files.Where(delete => Applies(delete, data)).ToImmutableArray();
        return applying.Any(IsVector) ? [.. applying.Where(delete => delete.File.Content == FileContent.EqualityDeletes || IsVector(delete))] : applying;
    }

    public static bool IsVector(PlannedFile delete) => delete.File.Format == "PUFFIN";

    private static bool Applies(PlannedFile delete, PlannedFile data) => delete.File.Content switch
    {
        FileContent.EqualityDeletes => delete.Sequence > data.Sequence && (delete.Spec.Fields.IsEmpty || delete.SamePartition(data)),
        _ when delete.Sequence < data.Sequence => false,
        _ when delete.File.ReferencedDataFile is { } named => named == data.File.Location,
        _ => delete.SamePartition(data),
    };
}

/// <summary>Rows of equality deletes: the columns compared, and the values of each deleted row. Nulls are equal.</summary>
internal sealed class EqualitySet(ImmutableArray<int> fieldIds)
{
    private readonly HashSet<string> _rows = new(StringComparer.Ordinal);

    public ImmutableArray<int> FieldIds { get; } = fieldIds;

    public void Add(ReadOnlySpan<Column> columns, int row) => _rows.Add(Key(columns, row));

    public bool Contains(ReadOnlySpan<Column> columns, int row) => _rows.Contains(Key(columns, row));

    private static string Key(ReadOnlySpan<Column> columns, int row)
    {
        var key = new System.Text.StringBuilder();
        foreach (var column in columns)
        {
            if (column.IsNull(row))
            {
                key.Append('n');
                continue;
            }
            switch (column)
            {
                case Int64Column numbers: key.Append('v').Append(numbers[row]).Append(','); break;
                case DoubleColumn doubles: key.Append('v').Append(BitConverter.DoubleToInt64Bits(doubles[row])).Append(','); break;
                case DecimalColumn decimals: key.Append('v').Append(decimals[row]).Append(','); break;
                case BooleanColumn flags: key.Append('v').Append(flags[row]); break;
                default:
                    var bytes = ((BytesColumn)column)[row];
                    key.Append('v').Append(bytes.Length).Append(':');
                    foreach (var b in bytes) key.Append((char)b);
                    break;
            }
        }
        return key.ToString();
    }
}
