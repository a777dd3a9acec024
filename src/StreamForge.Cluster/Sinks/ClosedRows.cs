using StreamForge.Core;

namespace StreamForge.Cluster.Sinks;

/// <summary>Puts the rows of closed windows that many keys have emitted into batches for their sink. Rows are numbered in the order in which they get here, and come from partition 0 of their view.</summary>
internal static class ClosedRows
{
    /// <summary>Rows a batch at most, unless one entry has more.</summary>
    private const int BatchRows = 8192;

    /// <summary>The rows of <paramref name="entries"/>, in order. Takes over the entries; each result is the caller's to release.</summary>
    /// <param name="first">The number of the first row.</param>
    public static IEnumerable<ColumnBatch> Join(IEnumerable<ColumnBatch> entries, long first)
    {
        var waiting = new List<ColumnBatch>();
        var rows = 0;
        foreach (var entry in entries)
        {
            if (waiting.Count > 0 && (rows + entry.Count > BatchRows || !entry.Schema.Equals(waiting[0].Schema)))
            {
                yield return Join(waiting, rows, first);
                first += rows;
                rows = 0;
            }
            waiting.Add(entry);
            rows += entry.Count;
        }
        if (rows > 0) yield return Join(waiting, rows, first);
        else foreach (var entry in waiting) entry.Release();
    }

    private static ColumnBatch Join(List<ColumnBatch> entries, int rows, long first)
    {
        var schema = entries[0].Schema;
        var columns = schema.Fields.Select(f => Column.Create(f.Type, rows)).ToArray();
        var texts = new BytesColumn(DataType.String, rows);
        var headers = new RowHeaders(rows);
        var row = 0;
        foreach (var entry in entries)
        {
            for (var i = 0; i < entry.Count; i++, row++)
            {
                for (var c = 0; c < columns.Length; c++) columns[c].AppendFrom(entry[c], i);
                texts.Append(entry.PositionText(i));
                headers.EventTimes[row] = entry.Headers.EventTimes[i];
                headers.Watermarks[row] = entry.Headers.Watermarks[i];
                headers.Ops[row] = entry.Headers.Ops[i];
                headers.Orders[row] = headers.Positions[row] = first + row;
            }
        }
        var origin = new BatchOrigin(new PartitionId(entries[0].Origin.Partition.Source, 0), "");
        foreach (var entry in entries) entry.Release();
        entries.Clear();
        return new ColumnBatch(schema, columns, headers, origin) { PositionTexts = texts };
    }
}
