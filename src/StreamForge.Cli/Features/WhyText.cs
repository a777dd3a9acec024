using System.Text.Json;
using StreamForge.Cli.Output;

namespace StreamForge.Cli.Features;

/// <summary>Shows people what a number was made of, from the document that <c>GET /v1/views/{view}/why/{feature}</c> gives.</summary>
internal static class WhyText
{
    public static void Write(Shell shell, string document)
    {
        using var parsed = JsonDocument.Parse(document);
        var root = parsed.RootElement;
        var entity = string.Join(", ", root.GetProperty("entity").EnumerateObject().Select(p => $"{p.Name}={Text(p.Value)}"));
        shell.Print($"{Text(root.GetProperty("feature"))} of {Text(root.GetProperty("view"))}, {entity}: {Answer(root)}");
        shell.Print($"at {Text(root.GetProperty("at"))}, watermark {Text(root.GetProperty("watermark"))}, newest event {Text(root.GetProperty("newest_event"))}");
        if (root.TryGetProperty("inputs", out var inputs))
        {
            shell.Print($"derived: {Text(root.GetProperty("expression"))}");
            foreach (var input in inputs.EnumerateArray())
            {
                shell.Print();
                shell.Print($"{Text(input.GetProperty("feature"))}: {Answer(input)}");
                WriteTiles(shell, input);
            }
        }
        else WriteTiles(shell, root);
        WriteOrigin(shell, root.GetProperty("origin"));
    }

    private static string Answer(JsonElement feature) => Text(feature.GetProperty("status")) is not "PRESENT" and var status ? status : Text(feature.GetProperty("value"));

    private static void WriteTiles(Shell shell, JsonElement feature)
    {
        var effective = feature.GetProperty("effective");
        var resolution = feature.GetProperty("resolution");
        shell.Print(
            $"{Text(feature.GetProperty("function"))} over {Text(feature.GetProperty("window"))}, from {Text(effective.GetProperty("from"))} to {Text(effective.GetProperty("to"))}"
            + (resolution.ValueKind == JsonValueKind.Null ? "" : $", in tiles of {Text(resolution)}"));
        if (feature.GetProperty("since") is { ValueKind: JsonValueKind.Object } since) shell.Print(Since(since));
        var tiles = feature.GetProperty("tiles").EnumerateArray()
            .Select(t => (IReadOnlyList<string>)[Text(t.GetProperty("from")), Text(t.GetProperty("to")), Text(t.GetProperty("value")), Text(t.GetProperty("rows"))]).ToArray();
        shell.Print();
        if (tiles.Length == 0) shell.Print("no tile has an event");
        else Tables.Write(shell, ["from", "to", "value", "rows"], tiles, [2, 3]);
    }

    /// <summary>From when on a feature counts, in words.</summary>
    public static string Since(JsonElement since)
    {
        var positions = string.Join(", ", since.GetProperty("positions").EnumerateArray().Select(Text));
        var whole = since.GetProperty("whole_from");
        return $"counts since {Text(since.GetProperty("time"))}{(positions.Length > 0 ? $" ({positions})" : "")}"
            + (whole.ValueKind == JsonValueKind.Null ? "" : $"; its window is whole from {Text(whole)} on");
    }

    private static void WriteOrigin(Shell shell, JsonElement origin)
    {
        shell.Print();
        if (origin.ValueKind == JsonValueKind.Null)
        {
            shell.Print("the positions behind it cannot be told now");
            return;
        }
        var rows = origin.GetProperty("partitions").EnumerateArray().Select(p => (IReadOnlyList<string>)
            [$"{Text(p.GetProperty("source"))}/{Text(p.GetProperty("partition"))}", Text(p.GetProperty("received")), Text(p.GetProperty("durable")), Text(p.GetProperty("watermark"))]).ToArray();
        if (rows.Length > 0) Tables.Write(shell, ["partition", "received", "durable", "watermark"], rows);
        shell.Print($"checkpoint {Text(origin.GetProperty("checkpoint"))}");
    }

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Null => "none",
        _ => value.GetRawText(),
    };
}
