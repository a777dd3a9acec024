using System.Collections.Immutable;

namespace StreamForge.Testing.Oracle;

/// <summary>What an event of a changelog is.</summary>
public enum OracleOp
{
    Create,
    Update,
    Delete,

    /// <summary>A row that a snapshot has read.</summary>
    Read,

    /// <summary>All rows of the table are gone.</summary>
    Truncate,

    /// <summary>A record with a key and without a value.</summary>
    Tombstone,

    /// <summary>A message or transaction record: passed over.</summary>
    Other,
}

/// <summary>Whether a snapshot has read a row.</summary>
public enum OracleSnapshot
{
    /// <summary>Streamed.</summary>
    None,

    /// <summary>Read by a snapshot that goes on after it.</summary>
    Reading,

    /// <summary>The snapshot's last row.</summary>
    Last,

    /// <summary>Read again while streaming goes on.</summary>
    Incremental,
}

/// <summary>One state of a table's row, as it reaches a view.</summary>
/// <param name="Time">Event time, microseconds since 1970; null where the row lacks it.</param>
/// <param name="Key">The feature key; null for a row outside the view.</param>
/// <param name="Values">Columns by name; a column that is missing is null.</param>
public sealed record OracleImage(long? Time, string? Key, ImmutableSortedDictionary<string, OracleValue?> Values)
{
    /// <summary>Columns that the database did not send since they are as they were before; their values here are null.</summary>
    public ImmutableArray<string> Unavailable { get; init; } = [];

    public OracleValue? this[string column] => Values.GetValueOrDefault(column);

    public bool IsSame(OracleImage other) => Time == other.Time && Key == other.Key && Values.SequenceEqual(other.Values);

    /// <summary>The image with what was not sent taken from the one before it.</summary>
    public OracleImage Filled(OracleImage? before) => before is null
        ? this with { Unavailable = [] }
        : this with { Values = Values.SetItems(Unavailable.Select(column => KeyValuePair.Create(column, before[column]))), Unavailable = [] };
}

/// <summary>A position in a database's log; numbers compare one after another.</summary>
public readonly record struct OraclePosition(long Major, long Minor) : IComparable<OraclePosition>
{
    public int CompareTo(OraclePosition other) => Major != other.Major ? Major.CompareTo(other.Major) : Minor.CompareTo(other.Minor);
}

/// <summary>An event of a changelog.</summary>
/// <param name="Partition">Which partition brought it, from 0. A primary key never changes its partition.</param>
/// <param name="Id">The primary key; null where the event has none.</param>
/// <param name="Before">What the row was, where the event says so. Whole with <see cref="OracleSource.Full"/>; with <see cref="OracleSource.Stored"/> it is not looked at.</param>
/// <param name="After">What the row is now.</param>
/// <param name="Position">In the database's log; null where the source says none, and nothing is a duplicate.</param>
public sealed record OracleChange(
    int Partition, OracleOp Op, string? Id, OracleImage? Before, OracleImage? After, OraclePosition? Position = null, OracleSnapshot Snapshot = OracleSnapshot.None)
{
    /// <summary>Whether this is the same event again: key, op and images.</summary>
    public bool IsSame(OracleChange other) => Op == other.Op && Id == other.Id && IsSame(Before, other.Before) && IsSame(After, other.After);

    private static bool IsSame(OracleImage? a, OracleImage? b) => a is null || b is null ? a is null && b is null : a.IsSame(b);
}
