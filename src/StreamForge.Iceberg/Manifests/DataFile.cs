using System.Collections.Immutable;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Iceberg.Manifests;

/// <summary>What a file holds.</summary>
public enum FileContent
{
    Data = 0,
    PositionDeletes = 1,
    EqualityDeletes = 2,
}

/// <summary>What a manifest keeps of a column of a file; null where it keeps nothing.</summary>
/// <param name="FieldId">The column.</param>
/// <param name="Bytes">Bytes on disk.</param>
/// <param name="Values">Values, null and NaN included.</param>
/// <param name="Nulls">Null values.</param>
/// <param name="NaNs">NaN values.</param>
/// <param name="Lower">At or below every value that is neither null nor NaN, in the form of <see cref="SingleValue"/>.</param>
/// <param name="Upper">At or above every such value.</param>
public sealed record ColumnStatistics(int FieldId, long? Bytes = null, long? Values = null, long? Nulls = null, long? NaNs = null, byte[]? Lower = null, byte[]? Upper = null);

/// <summary>A file of rows or of deletes (Iceberg specification, "Manifests", the struct data_file).</summary>
public sealed record DataFile
{
    public FileContent Content { get; init; }

    public required string Location { get; init; }

    /// <summary>PARQUET, AVRO, ORC or PUFFIN.</summary>
    public required string Format { get; init; }

    /// <summary>The partition's values, one for each field of the manifest's spec.</summary>
    public ImmutableArray<Literal?> Partition { get; init; } = [];

    /// <summary>Rows.</summary>
    public required long Records { get; init; }

    public required long Bytes { get; init; }

    /// <summary>By field id, ascending; possibly none.</summary>
    public ImmutableArray<ColumnStatistics> Columns { get; init; } = [];

    public byte[]? KeyMetadata { get; init; }

    public ImmutableArray<long> SplitOffsets { get; init; } = [];

    /// <summary>The columns that an equality delete compares.</summary>
    public ImmutableArray<int> EqualityIds { get; init; } = [];

    public int? SortOrderId { get; init; }

    /// <summary>Version 3.</summary>
    public long? FirstRowId { get; init; }

    /// <summary>The only file that a delete file speaks of.</summary>
    public string? ReferencedDataFile { get; init; }

    /// <summary>Where a deletion vector begins in its file; version 3.</summary>
    public long? ContentOffset { get; init; }

    public long? ContentBytes { get; init; }

    /// <summary>The statistics of a column, or null.</summary>
    public ColumnStatistics? Column(int fieldId)
    {
        foreach (var column in Columns)
        {
            if (column.FieldId == fieldId) return column;
        }
        return null;
    }
}

/// <summary>Whether a manifest's file was there before, came with its snapshot, or went.</summary>
public enum EntryStatus
{
    Existing = 0,
    Added = 1,
    Deleted = 2,
}

/// <summary>A file in a manifest. The snapshot and the sequence numbers are those inherited from the manifest where the file leaves them out.</summary>
/// <param name="Status">What the snapshot did to the file.</param>
/// <param name="SnapshotId">The snapshot that added it, or deleted it.</param>
/// <param name="SequenceNumber">The age of its data; null while it waits to be given by a commit.</param>
/// <param name="FileSequenceNumber">The sequence number of the snapshot that added the file.</param>
/// <param name="File">The file.</param>
public sealed record ManifestEntry(EntryStatus Status, long? SnapshotId, long? SequenceNumber, long? FileSequenceNumber, DataFile File);

/// <summary>What a manifest list keeps of a partition field over a manifest's files.</summary>
/// <param name="ContainsNull">Some file's value is null.</param>
/// <param name="ContainsNaN">Some file's value is NaN; null when it was not kept.</param>
/// <param name="Lower">The least value, in the form of <see cref="SingleValue"/>; null when all are null or NaN.</param>
/// <param name="Upper">The greatest value.</param>
public sealed record PartitionSummary(bool ContainsNull, bool? ContainsNaN, byte[]? Lower, byte[]? Upper);

/// <summary>A manifest as a manifest list names it (Iceberg specification, "Manifest Lists").</summary>
public sealed record ManifestFile
{
    public required string Location { get; init; }

    /// <summary>Bytes.</summary>
    public required long Length { get; init; }

    public required int SpecId { get; init; }

    /// <summary>Its files delete rows.</summary>
    public bool IsDeletes { get; init; }

    /// <summary>When it was added to the table; 0 in version 1.</summary>
    public long SequenceNumber { get; init; }

    /// <summary>The least data sequence number of its files that are not deleted.</summary>
    public long MinSequenceNumber { get; init; }

    public long AddedSnapshotId { get; init; }

    public int? AddedFiles { get; init; }

    public int? ExistingFiles { get; init; }

    public int? DeletedFiles { get; init; }

    public long? AddedRows { get; init; }

    public long? ExistingRows { get; init; }

    public long? DeletedRows { get; init; }

    /// <summary>One for each field of the spec, or none.</summary>
    public ImmutableArray<PartitionSummary> Partitions { get; init; } = [];

    public byte[]? KeyMetadata { get; init; }

    /// <summary>Version 3.</summary>
    public long? FirstRowId { get; init; }
}
