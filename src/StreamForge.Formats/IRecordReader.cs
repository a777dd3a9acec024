namespace StreamForge.Formats;

/// <summary>What stands at a place of a buffer.</summary>
public enum RecordOutcome
{
    /// <summary>A record that became a row.</summary>
    Row,

    /// <summary>A line that holds nothing.</summary>
    Blank,

    /// <summary>A record that does not fit.</summary>
    Misfit,

    /// <summary>The beginning of a record that goes on past the buffer; nothing was consumed.</summary>
    Incomplete,

    /// <summary>A quoted field that is not closed before the input's end; the record has no end.</summary>
    Unclosed,
}

/// <summary>Reads records of one format from a buffer into columns. For one thread.</summary>
public interface IRecordReader
{
    /// <summary>Reads the record that begins at <paramref name="start"/>.</summary>
    /// <param name="buffer">Bytes; what lies past <paramref name="end"/> is never part of the record.</param>
    /// <param name="end">Where the bytes that are there end.</param>
    /// <param name="final">Nothing comes after <paramref name="end"/>: a last record needs no line end.</param>
    /// <param name="next">Where the record after it begins.</param>
    /// <param name="reason">For <see cref="RecordOutcome.Misfit"/> and <see cref="RecordOutcome.Unclosed"/>, why; for <see cref="RecordOutcome.Row"/> why it is a dead letter, too: a change of which only a part fits.</param>
    RecordOutcome Read(ReadOnlySpan<byte> buffer, int start, int end, bool final, out int next, out string? reason);
}
