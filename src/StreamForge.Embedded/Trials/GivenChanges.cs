using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamForge.Core;
using StreamForge.Formats;
using StreamForge.Formats.Debezium;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Trials;

/// <summary>
/// The changes that a test gives for a changelog, as its source would deliver them. Each is an envelope as Debezium writes it (<c>{op, before, after, source}</c>, of which only what the test is about needs to be there), a record with key and value
/// (<c>{key, value}</c>), or, for short, a row with <c>_op</c>: c, u, d or r, c where it is left out.
/// </summary>
internal static class GivenChanges
{
    private const string Op = "_op";

    private static readonly JsonSerializerOptions AsWritten = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static SourceBatch Read(SourcePlan source, IReadOnlyList<string> given, DecodeOptions options, Func<Schema, DecodeOptions> optionsFor)
    {
        var declaresTime = source.Definition.Schema?.Any(f => f.Name == DebeziumDecoder.EventTimeColumn) == true;
        var image = new Schema(source.Columns.Fields.Where(f => declaresTime || f.Name != DebeziumDecoder.EventTimeColumn));
        Field[] key = [.. source.Definition.Changelog!.Key.Select(k => source.Schema.Find(k.Value)).OfType<Field>()];
        var read = new Schema(image.Fields.Concat(key.Where(k => !image.Contains(k.Name))));
        var decoder = new DebeziumDecoder(image, [.. key], options with { Units = optionsFor(read).Units });
        var reader = new DebeziumLinesReader(decoder);
        var batch = new ChangeBatchBuilder(decoder, source.Columns);
        var lines = given.Select(row => Encoding.UTF8.GetBytes(Envelope(row))).ToArray();
        // Lines end with a line end; the decoder may look at bytes past a record.
        byte[] buffer = [.. lines.SelectMany(line => line.Append((byte)'\n')), .. new byte[64]];
        batch.Begin(new BatchOrigin(new PartitionId(source.Name, 0), "given"), buffer, given.Count);
        var start = 0;
        for (var i = 0; i < lines.Length; i++)
        {
            var end = start + lines[i].Length;
            var outcome = reader.Read(buffer, start, end + 1, final: true, out _, out var reason);
            if (outcome == RecordOutcome.Row) batch.AddRow(i, start, end);
            if (reason is not null) batch.AddDeadLetter(i, reason, lines[i]);
            start = end + 1;
        }
        return batch.Build(PartitionCursor.Start, buffer.Length, release: null);
    }

    /// <summary>The columns that a given change names.</summary>
    public static IEnumerable<string> Names(string given)
    {
        var change = JsonNode.Parse(given)!.AsObject();
        if (change["value"] is JsonObject value && !change.ContainsKey("op")) change = value;
        if (change["payload"] is JsonObject payload) change = payload;
        return change.ContainsKey("op")
            ? Fields(change["before"]).Concat(Fields(change["after"]))
            : change.ContainsKey("value") ? [] : Fields(change).Where(name => name != Op);
    }

    private static IEnumerable<string> Fields(JsonNode? row) => row is JsonObject fields ? fields.Select(f => f.Key) : [];

    /// <summary>The change on one line, in its envelope.</summary>
    private static string Envelope(string given)
    {
        var change = JsonNode.Parse(given)!.AsObject();
        if (change.ContainsKey("op") || change.ContainsKey("value") || change.ContainsKey("payload")) return change.ToJsonString(AsWritten);
        var op = change[Op]?.ToString() ?? "c";
        change.Remove(Op);
        return new JsonObject { [op == "d" ? "before" : "after"] = change, ["op"] = op }.ToJsonString(AsWritten);
    }
}
