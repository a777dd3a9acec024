using System.Collections.Immutable;

namespace StreamForge.Iceberg.Spec;

/// <summary>A table as one metadata file says (Iceberg specification, "Table Metadata"). Read and printed by <see cref="MetadataParser"/> and <see cref="MetadataPrinter"/>.</summary>
public sealed record TableMetadata
{
    /// <summary>The version that is written.</summary>
    public const int WrittenVersion = 2;

    /// <summary>1 to 3.</summary>
    public required int FormatVersion { get; init; }

    /// <summary>Empty in old tables of version 1.</summary>
    public required string TableUuid { get; init; }

    /// <summary>Below it are the table's files.</summary>
    public required string Location { get; init; }

    public long LastSequenceNumber { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public required long LastUpdatedMs { get; init; }

    /// <summary>The greatest field id ever given.</summary>
    public required int LastColumnId { get; init; }

    public required ImmutableArray<TableSchema> Schemas { get; init; }

    public required int CurrentSchemaId { get; init; }

    public required ImmutableArray<PartitionSpec> PartitionSpecs { get; init; }

    public required int DefaultSpecId { get; init; }

    /// <summary>The greatest partition field id ever given; 999 before the first.</summary>
    public required int LastPartitionId { get; init; }

    public ImmutableArray<SortOrder> SortOrders { get; init; } = [SortOrder.Unsorted];

    public int DefaultSortOrderId { get; init; }

    public ImmutableSortedDictionary<string, string> Properties { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>null for an empty table.</summary>
    public long? CurrentSnapshotId { get; init; }

    /// <summary>In the order in which they were committed.</summary>
    public ImmutableArray<Snapshot> Snapshots { get; init; } = [];

    public ImmutableSortedDictionary<string, SnapshotRef> Refs { get; init; } = ImmutableSortedDictionary<string, SnapshotRef>.Empty;

    public ImmutableArray<SnapshotLogEntry> SnapshotLog { get; init; } = [];

    public ImmutableArray<MetadataLogEntry> MetadataLog { get; init; } = [];

    /// <summary>Members that are kept as they are: statistics, partition statistics, and what later versions of the format add.</summary>
    public ImmutableArray<KeptMember> Others { get; init; } = [];

    public TableSchema CurrentSchema => SchemaOf(CurrentSchemaId)!;

    public PartitionSpec DefaultSpec => SpecOf(DefaultSpecId)!;

    /// <summary>null for an empty table.</summary>
    public Snapshot? CurrentSnapshot => CurrentSnapshotId is { } id ? Find(id) : null;

    public TableSchema? SchemaOf(int schemaId) => Schemas.FirstOrDefault(schema => schema.SchemaId == schemaId);

    public PartitionSpec? SpecOf(int specId) => PartitionSpecs.FirstOrDefault(spec => spec.SpecId == specId);

    /// <summary>The snapshot of an id; the newest are found first. Null when it is not kept.</summary>
    public Snapshot? Find(long snapshotId)
    {
        for (var i = Snapshots.Length - 1; i >= 0; i--)
        {
            if (Snapshots[i].SnapshotId == snapshotId) return Snapshots[i];
        }
        return null;
    }

    /// <summary>The snapshot of a commit of ours; null when there is none.</summary>
    public Snapshot? FindCommit(string commitId)
    {
        for (var i = Snapshots.Length - 1; i >= 0; i--)
        {
            if (Snapshots[i].CommitId == commitId) return Snapshots[i];
        }
        return null;
    }
}

/// <summary>A member of a metadata file that is not looked into.</summary>
public sealed record KeptMember(string Name, ReadOnlyMemory<byte> Json);
