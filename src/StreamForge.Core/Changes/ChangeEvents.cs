namespace StreamForge.Core;

/// <summary>What an event of a changelog is.</summary>
public enum ChangeKind : byte
{
    Create,
    Update,
    Delete,
    Read,

    /// <summary>t: all rows of the table are gone.</summary>
    Truncate,

    /// <summary>A record with a key and no value: the end of a deleted row's history in a compacted topic.</summary>
    Tombstone,

    /// <summary>m, transaction markers, heartbeats, schema changes: counted and passed over.</summary>
    Other,
}

/// <summary>Whether an event was read by a snapshot.</summary>
public enum SnapshotPhase : byte
{
    /// <summary>Streamed.</summary>
    None,

    /// <summary>Read by a snapshot that goes on after it.</summary>
    Reading,

    /// <summary>The first row of a snapshot, or of a table in it; others follow.</summary>
    First,

    /// <summary>The snapshot's last row.</summary>
    Last,

    /// <summary>Read again while streaming goes on (an incremental snapshot).</summary>
    Incremental,
}

/// <summary>One event of a changelog: which images it has and where it comes from. Images are rows of the read's batch.</summary>
/// <param name="Position">The event's offset in its partition and segment, as in the headers of its rows.</param>
/// <param name="Before">The row of its <c>before</c> image; -1 for none.</param>
/// <param name="After">The row of its <c>after</c> image; -1 for none.</param>
/// <param name="BeforeIsWhole">Whether the before image has all columns that are read. One that holds the key alone (PostgreSQL's default replica identity) or has placeholders for values that were not sent is not whole.</param>
/// <param name="Source">The position in the database's log.</param>
/// <param name="Stream">The partition of the topic that the event was written to, where one file holds several; positions are compared within it.</param>
public readonly record struct ChangeEvent(
    ChangeKind Kind, long Position, int Before, int After, bool BeforeIsWhole, SnapshotPhase Snapshot, SourcePosition Source, int Stream);

/// <summary>
/// What the rows of a changelog's read are. The batch holds images: for each event its before image, if any, then its after image, in the order of the events; headers hold the ops
/// (<see cref="ChangeOp.Before"/> and <see cref="ChangeOp.Update"/>, <see cref="ChangeOp.Delete"/>, <see cref="ChangeOp.Create"/>, <see cref="ChangeOp.Read"/>). Immutable once built; valid as long as the read.
/// </summary>
public sealed class ChangeEvents
{
    /// <summary>In the order in which they came, tombstones and others included.</summary>
    public required IReadOnlyList<ChangeEvent> Events { get; init; }

    /// <summary>The primary key of each event, as canonical bytes (<see cref="KeyCodec"/>); null where the event has none. Owned by the read.</summary>
    public required BytesColumn Keys { get; init; }

    /// <summary>
    /// Values that the database did not send since they are unchanged (TOAST placeholders): row and column of the batch, ascending. The batch holds null there, and the true value is that of the row's last image.
    /// </summary>
    public IReadOnlyList<(int Row, int Column)> Unavailable { get; init; } = [];

    /// <summary>Columns of the batch that say something of the record and not of the row, such as its offset: a record that is sent again has others.</summary>
    public IReadOnlyList<int> RecordColumns { get; init; } = [];

    /// <summary>The bytes of the record that became event <c>i</c>, for ledgers.</summary>
    public required IRawRows Raw { get; init; }
}
