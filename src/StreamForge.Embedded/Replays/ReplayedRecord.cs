namespace StreamForge.Embedded.Replays;

/// <summary>What a replay did with a record of a ledger.</summary>
/// <param name="Number">Its number in the ledger, from 0.</param>
/// <param name="Refused">Why it stays as it is; null when it is replayed: a dead letter stands at the log's end, a late event's windows are right.</param>
public sealed record ReplayedRecord(long Number, string Source, string Position, string? Refused);
