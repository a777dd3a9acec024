using System.Text;
using StreamForge.Core;

namespace StreamForge.Formats.Json;

/// <summary>
/// JSON objects that the caller holds, as batches: lines that a generator or a network gave, and the rows that a pipeline file's tests give. For one thread.
/// </summary>
public sealed class JsonRows
{
    private readonly SourceBatchBuilder _batch;
    private readonly JsonLinesReader _reader;

    /// <param name="columns">The columns to read.</param>
    public JsonRows(Schema columns, DecodeOptions options)
    {
        _batch = new SourceBatchBuilder(new RowBuilder(columns, options));
        _reader = new JsonLinesReader(_batch.Rows);
    }

    /// <summary>Decodes lines that lie one after another in a buffer, which stays the caller's until <paramref name="release"/> is called.</summary>
    /// <param name="buffer">The lines; the first begins at 0. A spare of 32 bytes after the last makes it as fast as the others.</param>
    /// <param name="lineEnds">Where each line ends, its line feed included.</param>
    /// <param name="positions">Each line's position; as many as <paramref name="lineEnds"/>.</param>
    /// <param name="next">The cursor after all of them.</param>
    /// <param name="release">Called once, when the batch is disposed.</param>
    public SourceBatch DecodeLines(
        BatchOrigin origin, byte[] buffer, ReadOnlySpan<int> lineEnds, ReadOnlySpan<long> positions, PartitionCursor next, Action? release = null)
    {
        _batch.Begin(origin, buffer, lineEnds.Length);
        var start = 0;
        for (var i = 0; i < lineEnds.Length; i++)
        {
            var end = lineEnds[i];
            var outcome = _reader.Read(buffer, start, end, final: true, out _, out var reason);
            if (outcome == RecordOutcome.Row) _batch.AddRow(positions[i], start, end);
            else if (reason is not null) _batch.AddDeadLetter(positions[i], reason, buffer.AsSpan(start, end - start));
            start = end;
        }
        return _batch.Build(next, start, release);
    }

    /// <summary>
    /// Decodes JSON objects, each a text of its own. The position of a row is the index of its text; texts that do not fit become no row and are reported
    /// to <paramref name="errors"/> by their index. The caller owns the batch.
    /// </summary>
    public static ColumnBatch Decode(IReadOnlyList<string> objects, Schema columns, DecodeOptions options, BatchOrigin origin, IRowErrors errors)
    {
        var rows = new RowBuilder(columns, options);
        var reader = new JsonLinesReader(rows);
        var positions = new List<long>(objects.Count);
        rows.Begin(objects.Count);
        for (var i = 0; i < objects.Count; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(objects[i]);
            var first = JsonScanner.SkipBlanks(bytes, 0, bytes.Length);
            if (reader.ReadRecord(bytes, first, bytes.Length) is { } reason) errors.Report(i, reason);
            else positions.Add(i);
        }
        var headers = new RowHeaders(rows.Count);
        positions.ToArray().CopyTo(headers.Positions);
        return new ColumnBatch(columns, rows.Take(), headers, origin);
    }
}
