using System.Text.Json;
using System.Text.Json.Nodes;
using StreamForge.Connectors.Files;
using StreamForge.Core;
using StreamForge.Embedded.Storage;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Emissions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Replays;

/// <summary>Gives a sink rows of closed windows that are known as JSON.</summary>
internal static class CorrectedRows
{
    /// <param name="first">The number of the first row among all that were corrected before.</param>
    public static async Task WriteAsync(
        ISink sink, ViewPlan view, Schema schema, IReadOnlyList<JsonObject> windows, long first, long watermark, DataDirectory data, CancellationToken cancellation)
    {
        using var folder = new PrivateFolder(data, "rows");
        var written = 0;
        var path = Path.Combine(folder.Path, "windows.json");
        await File.WriteAllLinesAsync(path, windows.Select(static w => w.ToJsonString()), cancellation);
        var declared = schema.Fields.Select(static f => new SchemaField(f.Name, f.Type, 0, default));
        await using var source = await FilesSource.OpenAsync(sink.Name, new FilesSourceOptions(path, "json"), [.. declared], null, TimeZoneInfo.Utc, cancellation);
        await using var reader = source.Open(source.Partitions[0], PartitionCursor.Start, new ReadRequest(schema, windows.Count, Bounded: true));
        while (await reader.ReadAsync(cancellation) is { State: not ReadState.Finished } read)
        {
            if (read.Batch is not { } rows) continue;
            using (rows)
            {
                if (rows.DeadLetters.Count > 0) throw new StreamForgeException(ErrorKind.Internal, $"sink {sink.Name}: a corrected window cannot be read back: {rows.DeadLetters[0].Reason}");
                var batch = Number(rows.Batch, view, windows.Skip(written), first + written, watermark);
                written += batch.Count;
                await sink.WriteAsync(batch, cancellation);
                batch.Release();
            }
        }
    }

    /// <summary>The canonical key of a row's entity.</summary>
    public static byte[] KeyOf(ViewPlan view, JsonObject row) => KeyCodec.FromText(
        view.Description.Entity, view.Entity.ToDictionary(static e => e.Key.Name, e => row[e.Key.Name] is { } value ? value.GetValueKind() == JsonValueKind.String ? (string)value! : value.ToJsonString() : "", StringComparer.Ordinal));

    /// <summary>The same columns under the headers and positions that rows of closed windows have.</summary>
    private static ColumnBatch Number(ColumnBatch rows, ViewPlan view, IEnumerable<JsonObject> windows, long first, long watermark)
    {
        var headers = new RowHeaders(rows.Count);
        var (starts, ends, ops) = ((Int64Column)rows["window_start"], (Int64Column)rows["window_end"], (BytesColumn)rows["op"]);
        var positions = new BytesColumn(DataType.String, rows.Count);
        foreach (var (row, window) in windows.Take(rows.Count).Index())
        {
            headers.EventTimes[row] = ends[row] - 1;
            headers.Ops[row] = ops[row][0];
            headers.Watermarks[row] = watermark;
            headers.Orders[row] = headers.Positions[row] = first + row;
            positions.Append(ClosedWindowRows.Position(view, (string)window["window"]!, KeyCodec.Read(KeyOf(view, window), view.Description.Entity), starts[row], (long)window["revision"]!));
        }
        foreach (var column in rows.Columns) column.Retain();
        return new ColumnBatch(rows.Schema, rows.Columns.ToArray(), headers, new BatchOrigin(new PartitionId(view.Name, ReplayLog.Partition), "")) { PositionTexts = positions };
    }
}
