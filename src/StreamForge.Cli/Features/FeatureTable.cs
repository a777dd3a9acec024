using System.Text.Json;
using StreamForge.Cli.Output;

namespace StreamForge.Cli.Features;

/// <summary>Shows one key's features, from the document that answers a lookup: an aggregate a line, a window a column.</summary>
internal static class FeatureTable
{
    public static void Write(Shell shell, string document)
    {
        using var parsed = JsonDocument.Parse(document);
        var root = parsed.RootElement;
        var entity = string.Join(", ", root.GetProperty("entity").EnumerateObject().Select(p => $"{p.Name}={Text(p.Value)}"));
        var status = root.GetProperty("status").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!, StringComparer.Ordinal);
        var unknown = status.Count > 0 && status.Values.All(s => s == "NOT_FOUND");
        shell.Print($"{root.GetProperty("view").GetString()} of {entity}{(unknown ? ": the key is unknown (NOT_FOUND)" : "")}");
        shell.Print($"at {Text(root.GetProperty("at"))}, watermark {Text(root.GetProperty("watermark"))}, newest event {Text(root.GetProperty("newest_event"))}");
        shell.Print();
        var effective = root.GetProperty("effective").EnumerateObject().ToArray();
        var windows = effective.Select(w => w.Name).ToArray();
        var rows = Rows(root.GetProperty("features"), status, windows);
        // Windows in which nothing stands (all features derived, or chosen by a service) are left out.
        var shown = windows.Append("").Where(w => rows.Exists(r => r.Cells.ContainsKey(w))).ToArray();
        Tables.Write(
            shell, ["feature", .. shown.Select(w => w.Length == 0 ? "value" : w)],
            rows.Select(r => (IReadOnlyList<string>)[r.Name, .. shown.Select(w => r.Cells.GetValueOrDefault(w, ""))]), [.. Enumerable.Range(1, shown.Length)]);
        shell.Print();
        foreach (var window in effective)
            shell.Print($"{window.Name,-16} from {Text(window.Value.GetProperty("from"))} to {Text(window.Value.GetProperty("to"))}");
    }

    private sealed record Row(string Name, Dictionary<string, string> Cells);

    private static List<Row> Rows(JsonElement features, Dictionary<string, string> status, string[] windows)
    {
        var rows = new List<Row>();
        foreach (var feature in features.EnumerateObject())
        {
            var (name, window) = Split(feature.Name, windows);
            var row = rows.Find(r => r.Name == name && !r.Cells.ContainsKey(window));
            if (row is null) rows.Add(row = new Row(name, new Dictionary<string, string>(StringComparer.Ordinal)));
            row.Cells[window] = status[feature.Name] == "PRESENT" ? Text(feature.Value) : status[feature.Name];
        }
        return rows;
    }

    /// <summary><c>spend_tumbling_1d</c> is spend over tumbling_1d, also when there is a window 1d.</summary>
    internal static (string Name, string Window) Split(string feature, IEnumerable<string> windows)
    {
        var window = windows.Where(w => feature.Length > w.Length + 1 && feature.EndsWith("_" + w, StringComparison.Ordinal)).MaxBy(w => w.Length);
        return window is null ? (feature, "") : (feature[..^(window.Length + 1)], window);
    }

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Null => "none",
        _ => value.GetRawText(),
    };
}
