using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using StreamForge.Connectors.Tables;
using StreamForge.Core;
using StreamForge.Embedded.Sinks;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Replays;

/// <summary>The last revision of every closed window that a sink was given, by key, window and start, as JSON with the columns of the sink.</summary>
internal sealed class EmittedWindows
{
    private const int ScanRows = 4096;

    private readonly Dictionary<string, JsonObject> _windows = new(StringComparer.Ordinal);
    private readonly string[] _key;

    private EmittedWindows(ViewPlan view) => _key = [.. view.Entity.Select(static e => e.Key.Name)];

    /// <summary>One of each window, the newest; a window that is gone has the op <c>d</c>.</summary>
    public IEnumerable<JsonObject> Rows => _windows.Values;

    /// <summary>Reads what a sink of files has committed.</summary>
    public static EmittedWindows ReadFolder(ViewPlan view, string folder)
    {
        var emitted = new EmittedWindows(view);
        if (!Directory.Exists(folder)) return emitted;
        foreach (var line in Directory.EnumerateFiles(folder, "*.jsonl").SelectMany(File.ReadLines)) emitted.Add(line);
        return emitted;
    }

    /// <summary>Reads what a sink of a table has committed, from the table's current snapshot. Rows that other writers have put there, which name no window and revision, are passed over.</summary>
    /// <param name="sink">A sink of the view, of a table that is there.</param>
    /// <param name="warehouse">The location that the table's name counts from.</param>
    /// <exception cref="StreamForgeException">The table cannot be read, or a column has become of a type that the sink's is not.</exception>
    public static async Task<EmittedWindows> ReadTableAsync(ViewPlan view, SinkPlan sink, IcebergSinkOptions table, string warehouse, TimeProvider clock, CancellationToken cancellation)
    {
        var emitted = new EmittedWindows(view);
        // A table has nested values as text.
        SchemaField[] declared = [.. sink.Schema.Fields.Select(static f => new SchemaField(f.Name, f.Type.Kind is TypeKind.Array or TypeKind.Map or TypeKind.Row ? DataType.String : f.Type, 0, default))];
        await using var source = await TableSource.OpenAsync(sink.Name, new IcebergSourceOptions(table.Name.Value, null), warehouse, [.. declared], null, clock, cancellation);
        await using var reader = source.Open(source.Partitions[0], PartitionCursor.Start, new ReadRequest(source.Schema, ScanRows, Bounded: true));
        using var json = new JsonRowWriter(sink.Schema);
        var text = new ArrayBufferWriter<byte>();
        while (await reader.ReadAsync(cancellation) is { State: not ReadState.Finished } read)
        {
            if (read.Batch is not { } rows) continue;
            using (rows) json.Write(rows.Batch, text);
            foreach (var line in Encoding.UTF8.GetString(text.WrittenSpan).Split('\n', StringSplitOptions.RemoveEmptyEntries)) emitted.Add(line);
            text.ResetWrittenCount();
        }
        return emitted;
    }

    private void Add(string line)
    {
        var row = JsonNode.Parse(line)!.AsObject();
        if (row["window"] is null || row["window_start"] is null || row["revision"] is null) return;
        var identity = string.Join('\n', _key.Append("window").Append("window_start").Select(c => row[c]?.ToJsonString() ?? "null"));
        if (!_windows.TryGetValue(identity, out var last) || (long)last["revision"]! < (long)row["revision"]!) _windows[identity] = row;
    }
}
