namespace StreamForge.Formats.Json;

/// <summary>Finds lines that hold one JSON text each.</summary>
internal static class JsonLine
{
    /// <summary>The line that begins at <paramref name="start"/>; the parameters are those of <see cref="IRecordReader.Read"/>.</summary>
    /// <param name="first">The first byte of the line that is no blank.</param>
    /// <param name="lineEnd">Where the line ends, without its line feed.</param>
    /// <returns><see cref="RecordOutcome.Row"/> when there is a line to decode, else what there is instead.</returns>
    public static RecordOutcome Find(ReadOnlySpan<byte> buffer, int start, int end, bool final, out int first, out int lineEnd, out int next)
    {
        var length = buffer[start..end].IndexOf((byte)'\n');
        if (length < 0 && !final)
        {
            first = lineEnd = next = start;
            return RecordOutcome.Incomplete;
        }
        lineEnd = length < 0 ? end : start + length;
        next = length < 0 ? end : lineEnd + 1;
        first = JsonScanner.SkipBlanks(buffer, start, lineEnd);
        return first == lineEnd ? RecordOutcome.Blank : RecordOutcome.Row;
    }
}
