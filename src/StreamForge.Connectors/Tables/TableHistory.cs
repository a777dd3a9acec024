using StreamForge.Core;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Connectors.Tables;

/// <summary>Which snapshot of a table comes after which. For one task.</summary>
internal sealed class TableHistory(string source, TableReference table)
{
    private (TableMetadata Metadata, string Location)? _table;

    public bool IsLoaded => _table is not null;

    /// <summary>The table as it was found last, and where.</summary>
    public (TableMetadata Metadata, string Location) Table => _table!.Value;

    public async ValueTask LoadAsync(CancellationToken cancellation) => _table = await table.LoadAsync(cancellation);

    /// <summary>What is to be read after a position, or at it when that is within a snapshot; with <see cref="TablePhase.Done"/> a snapshot that is passed over. Null when there is nothing now.</summary>
    /// <exception cref="StreamForgeException">DataLoss: the snapshot that comes next takes rows away, or the position is not in the table's history any more.</exception>
    public TablePosition? After(TablePosition? position)
    {
        var metadata = Table.Metadata;
        if (position is not { } from) return metadata.CurrentSnapshot is { } current ? new TablePosition(current.SnapshotId, TablePhase.All) : null;
        if (from.Phase != TablePhase.Done) return metadata.Find(from.Snapshot) is not null ? from : throw Lost(from.Snapshot, "was being read when it was expired");
        if (metadata.CurrentSnapshotId == from.Snapshot) return null;
        var next = metadata.CurrentSnapshot ?? throw Lost(from.Snapshot, "is no longer in its history: the table is empty");
        while (next.ParentSnapshotId != from.Snapshot)
        {
            if (next.ParentSnapshotId is not { } parent) throw Lost(from.Snapshot, "is no longer in its history: it was rolled back, or the table was replaced");
            next = metadata.Find(parent) ?? throw Lost(from.Snapshot, $"was followed by snapshots that are expired, {parent} among them");
        }
        return next.Operation switch
        {
            "append" => new TablePosition(next.SnapshotId, TablePhase.Added),
            "replace" => new TablePosition(next.SnapshotId, TablePhase.Done),
            var operation => throw new StreamForgeException(
                ErrorKind.DataLoss,
                $"source {source}: snapshot {next.SnapshotId} of the table {table}, made {EventTime.Format(next.TimestampMs * 1000)}, is no append ({(operation is null ? "it names no operation" : $"operation {operation}")}): "
                + "rows that were read before may be gone or changed, and a source of appended rows cannot take them back; to read the table as it is now, start with an empty data directory"),
        };
    }

    private StreamForgeException Lost(long snapshot, string fate) => new(
        ErrorKind.DataLoss, $"source {source}: snapshot {snapshot} of the table {table}, up to which it was read, {fate}; what came since cannot be told from what was read; start with an empty data directory to read all of it");
}
