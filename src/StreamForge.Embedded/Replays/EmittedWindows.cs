using System.Text.Json.Nodes;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Replays;

/// <summary>The last revision of every closed window that a sink of files was given, by key, window and start.</summary>
internal sealed class EmittedWindows
{
    private static readonly string[] Own = ["window", "window_start", "window_end", "revision", "op"];

    private readonly Dictionary<string, JsonObject> _windows = new(StringComparer.Ordinal);
    private readonly string[] _identity;

    private EmittedWindows(ViewPlan view) => _identity = [.. view.Entity.Select(static e => e.Key.Name), "window", "window_start"];

    public static EmittedWindows Read(ViewPlan view, string folder)
    {
        var emitted = new EmittedWindows(view);
        if (!Directory.Exists(folder)) return emitted;
        foreach (var line in Directory.EnumerateFiles(folder, "*.jsonl").SelectMany(File.ReadLines))
        {
            var row = JsonNode.Parse(line)!.AsObject();
            var identity = string.Join('\n', emitted._identity.Select(c => row[c]?.ToJsonString() ?? "null"));
            if (!emitted._windows.TryGetValue(identity, out var last) || Revision(last) < Revision(row)) emitted._windows[identity] = row;
        }
        return emitted;
    }

    private static long Revision(JsonObject row) => (long)row["revision"]!;

    /// <summary>The windows of this that another does not have, or has with other values, each as the revision after the other's.</summary>
    /// <param name="given">What was given to the sink.</param>
    /// <param name="concerned">Whether a window is to be corrected: by its name and start, and whether the sink was given it.</param>
    public IEnumerable<JsonObject> Corrections(EmittedWindows given, Func<string, long, bool, bool> concerned)
    {
        foreach (var (identity, row) in _windows.OrderBy(static w => w.Key, StringComparer.Ordinal))
        {
            var start = Iso8601.TryParse(System.Text.Encoding.UTF8.GetBytes((string)row["window_start"]!), out var micros, out _) ? micros : EventTime.MinValue;
            var last = given._windows.GetValueOrDefault(identity);
            if (!concerned((string)row["window"]!, start, last is not null)) continue;
            if (last is not null && Values(last) == Values(row)) continue;
            var corrected = row.DeepClone().AsObject();
            corrected["revision"] = last is null ? 0 : Revision(last) + 1;
            corrected["op"] = last is null ? "c" : "u";
            yield return corrected;
        }
    }

    private string Values(JsonObject row) => string.Join('\n', row.Where(c => !_identity.Contains(c.Key) && !Own.Contains(c.Key)).Select(static c => $"{c.Key} {c.Value?.ToJsonString() ?? "null"}"));
}
