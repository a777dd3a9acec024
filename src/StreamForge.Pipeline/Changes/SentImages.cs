using StreamForge.Core;

namespace StreamForge.Pipeline.Changes;

/// <summary><c>before: full</c>: every event brings the image that it replaces. One that does not stops the pipeline.</summary>
internal sealed class SentImages : IBeforeImages
{
    private const string Remedies =
        "let the database send whole rows (in PostgreSQL ALTER TABLE … REPLICA IDENTITY FULL, in MySQL and MariaDB binlog_row_image = FULL), or have them kept here with before: stored, and start afresh with another data directory";

    public DepartedRow? Departed => null;

    public void Add(TrackedRead read, in ChangeContext context, ChangeOp op)
    {
        if (context.Arrival == Arrival.Reread)
        {
            var snapshot = context.Change.Snapshot == SnapshotPhase.Incremental ? "an incremental snapshot" : "a second snapshot";
            throw read.Stop(context, $"{snapshot} reads rows that may have come before, and without stored images they would count twice; use before: stored, or start afresh with another data directory after the snapshot");
        }
        var row = context.Change.After;
        // One that could not be decoded is a dead letter already.
        if (row < 0) return;
        if (read.Missing(row) is { Length: > 0 } missing)
            throw read.Stop(context, $"the value of {read.Names(missing)} was not sent, as it has not changed; {Remedies}");
        read.Rows.Add(row, context.Index, op);
    }

    public void Update(TrackedRead read, in ChangeContext context)
    {
        var (before, after) = (context.Change.Before, context.Change.After);
        if (!context.Change.BeforeIsWhole) throw Lacks(read, context, "an update");
        if (before >= 0) read.Rows.Add(before, context.Index, ChangeOp.Before);
        if (after < 0) return;
        var missing = read.Missing(after);
        if (missing.Length == 0) read.Rows.Add(after, context.Index, ChangeOp.Update);
        else if (before < 0) throw read.Stop(context, $"the value of {read.Names(missing)} was not sent, as it has not changed; {Remedies}");
        else read.Rows.Add(after, missing, before, context.Index, ChangeOp.Update);
    }

    public void Delete(TrackedRead read, in ChangeContext context)
    {
        if (!context.Change.BeforeIsWhole) throw Lacks(read, context, "a delete");
        if (context.Change.Before >= 0) read.Rows.Add(context.Change.Before, context.Index, ChangeOp.Delete);
    }

    private static StreamForgeException Lacks(TrackedRead read, in ChangeContext context, string what) =>
        read.Stop(context, $"{what} comes without the whole row that it replaces, so that row cannot be taken out of the views; {Remedies}");

    public void Truncate(TrackedRead read, in ChangeContext context) =>
        throw read.Stop(context, "the table was truncated, and without stored images its rows cannot be taken out of the views; use before: stored, or start afresh with another data directory after the truncate");

    public bool Tombstone(TrackedRead read, in ChangeContext context) => false;

    public void EndSnapshot(TrackedRead read, in ChangeContext context)
    {
        // There is none: its first row stops the pipeline.
    }
}
