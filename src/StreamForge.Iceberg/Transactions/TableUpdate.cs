using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Iceberg.Transactions;

/// <summary>A change of a table's metadata, as catalogs take it (Iceberg REST catalog specification, "TableUpdate").</summary>
public abstract record TableUpdate
{
    public abstract TableMetadata Apply(TableMetadata metadata);
}

/// <summary>A new schema, which becomes the current one.</summary>
public sealed record SetSchema(TableSchema Schema, int LastColumnId) : TableUpdate
{
    public override TableMetadata Apply(TableMetadata metadata) => metadata with
    {
        Schemas = metadata.Schemas.Add(Schema),
        CurrentSchemaId = Schema.SchemaId,
        LastColumnId = Math.Max(metadata.LastColumnId, LastColumnId),
    };
}

/// <summary>A new snapshot, to which a branch then points.</summary>
public sealed record AddSnapshot(Snapshot Snapshot, string Branch = SnapshotRef.Main) : TableUpdate
{
    public override TableMetadata Apply(TableMetadata metadata)
    {
        var reference = metadata.Refs.TryGetValue(Branch, out var old) ? old with { SnapshotId = Snapshot.SnapshotId } : new SnapshotRef(Snapshot.SnapshotId, "branch");
        var result = metadata with
        {
            Snapshots = metadata.Snapshots.Add(Snapshot),
            Refs = metadata.Refs.SetItem(Branch, reference),
            LastSequenceNumber = Snapshot.SequenceNumber,
            LastUpdatedMs = Math.Max(metadata.LastUpdatedMs, Snapshot.TimestampMs),
        };
        if (Branch != SnapshotRef.Main) return result;
        return result with { CurrentSnapshotId = Snapshot.SnapshotId, SnapshotLog = metadata.SnapshotLog.Add(new SnapshotLogEntry(Snapshot.TimestampMs, Snapshot.SnapshotId)) };
    }
}

/// <summary>Properties that are set, or replaced.</summary>
public sealed record SetProperties(ImmutableSortedDictionary<string, string> Properties) : TableUpdate
{
    public override TableMetadata Apply(TableMetadata metadata) => metadata with { Properties = metadata.Properties.SetItems(Properties) };
}

/// <summary>What must hold of the table for updates to be right (Iceberg REST catalog specification, "TableRequirement").</summary>
public abstract record TableRequirement
{
    public abstract bool Holds(TableMetadata metadata);
}

/// <summary>It is still the same table.</summary>
public sealed record AssertTableUuid(string Uuid) : TableRequirement
{
    public override bool Holds(TableMetadata metadata) => metadata.TableUuid == Uuid;
}

/// <summary>A branch still points to the same snapshot; null: there is no such branch.</summary>
public sealed record AssertBranch(long? SnapshotId, string Branch = SnapshotRef.Main) : TableRequirement
{
    public override bool Holds(TableMetadata metadata) => (metadata.Refs.TryGetValue(Branch, out var reference) ? reference.SnapshotId : null as long?) == SnapshotId;
}

/// <summary>The schema is still the same, and no field id was given since.</summary>
public sealed record AssertSchema(int CurrentSchemaId, int LastColumnId) : TableRequirement
{
    public override bool Holds(TableMetadata metadata) => metadata.CurrentSchemaId == CurrentSchemaId && metadata.LastColumnId == LastColumnId;
}

/// <summary>What an action wants: changes, and what they rest on. No changes: there is nothing to do.</summary>
public sealed record TableChange(ImmutableArray<TableRequirement> Requirements, ImmutableArray<TableUpdate> Updates)
{
    public static TableChange None { get; } = new([], []);

    public bool IsEmpty => Updates.IsEmpty;

    /// <summary>The metadata after all updates.</summary>
    /// <exception cref="CommitConflictException">A requirement does not hold.</exception>
    public TableMetadata Apply(TableMetadata metadata)
    {
        foreach (var requirement in Requirements)
        {
            if (!requirement.Holds(metadata)) throw new CommitConflictException($"the table at {metadata.Location} has changed: {requirement} does not hold any more");
        }
        return Updates.Aggregate(metadata, (changed, update) => update.Apply(changed));
    }
}

/// <summary>Somebody else committed first, for certain: nothing of this commit is visible. The same change may be made again on newer metadata.</summary>
public sealed class CommitConflictException(string message) : StreamForgeException(ErrorKind.Conflict, message, retryable: true);
