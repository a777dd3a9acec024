using StreamForge.Core;

namespace StreamForge.Tests.Changes;

/// <summary>A row of the table that changes are made of.</summary>
internal sealed record TableRow(long Id, long Amount, string? Note, long At);

/// <summary>A change event as a test writes it.</summary>
/// <param name="Key">null for none.</param>
internal sealed record Change(ChangeKind Kind, long? Key, TableRow? Before = null, TableRow? After = null)
{
    public SnapshotPhase Snapshot { get; init; }

    public SourcePosition At { get; init; }

    public int Stream { get; init; }

    /// <summary>Whether <see cref="Before"/> is the whole row.</summary>
    public bool IsWhole { get; init; } = true;

    /// <summary>The note of <see cref="After"/> was not sent.</summary>
    public bool LacksNote { get; init; }

    /// <summary>The images could not be decoded.</summary>
    public bool IsUndecodable { get; init; }

    public static Change Read(TableRow row, SnapshotPhase phase = SnapshotPhase.Reading, ulong at = 0) => new(ChangeKind.Read, row.Id, After: row) { Snapshot = phase, At = new SourcePosition(0, 0, at, 0) };

    public static Change Create(TableRow row, ulong at) => new(ChangeKind.Create, row.Id, After: row) { At = new SourcePosition(0, at, at, 0) };

    public static Change Update(TableRow? before, TableRow after, ulong at) => new(ChangeKind.Update, after.Id, before, after) { At = new SourcePosition(0, at, at, 0), IsWhole = before is not null };

    public static Change Delete(long key, TableRow? before, ulong at) => new(ChangeKind.Delete, key, before) { At = new SourcePosition(0, at, at, 0), IsWhole = before is not null };

    public static Change Tombstone(long? key) => new(ChangeKind.Tombstone, key);

    public static Change Truncate(ulong at) => new(ChangeKind.Truncate, null) { At = new SourcePosition(0, at, at, 0) };
}
