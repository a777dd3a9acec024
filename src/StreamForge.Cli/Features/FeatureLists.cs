using System.Text.Json;
using StreamForge.Cli.Output;

namespace StreamForge.Cli.Features;

/// <summary>Shows the list of views, from the document that <c>GET /v1/views</c> gives.</summary>
internal static class FeatureLists
{
    /// <param name="only">Only this view; null for all.</param>
    /// <exception cref="Core.StreamForgeException">NotFound when <paramref name="only"/> is not in the list.</exception>
    public static void Write(Shell shell, string document, string? only, bool json)
    {
        using var parsed = JsonDocument.Parse(document);
        var views = parsed.RootElement.GetProperty("items").EnumerateArray().ToList();
        if (only is not null)
        {
            var names = views.Select(Name).ToList();
            if (!names.Contains(only, StringComparer.Ordinal)) throw Views.Unknown("view", only, names);
            views.RemoveAll(v => Name(v) != only);
        }
        if (json)
        {
            JsonOutput.Write(shell, writer => JsonOutput.WriteList(writer, views, static (w, view) => view.WriteTo(w)));
            return;
        }
        foreach (var view in views) WriteView(shell, view);
        if (views.Count == 0) shell.Print("there are no views");
    }

    private static void WriteView(Shell shell, JsonElement view)
    {
        var key = string.Join(", ", view.GetProperty("entity").EnumerateArray().Select(e => $"{Name(e)} {e.GetProperty("type").GetString()}"));
        shell.Print($"{Name(view)} ({key}), of {view.GetProperty("pipeline").GetString()}{Described(view)}");
        var features = view.GetProperty("features").EnumerateArray().ToArray();
        // A column that is empty for nearly every view.
        var hasSince = Array.Exists(features, f => f.GetProperty("since").ValueKind == JsonValueKind.Object);
        Tables.Write(
            shell, ["feature", "type", "function", "window", "description", .. hasSince ? (string[])["since"] : []],
            features.Select(f => (IReadOnlyList<string>)
            [
                Name(f), f.GetProperty("type").GetString()!, f.GetProperty("function").GetString()!, f.GetProperty("window").GetString() ?? "", f.GetProperty("description").GetString() ?? "",
                .. hasSince ? (string[])[f.GetProperty("since") is { ValueKind: JsonValueKind.Object } since ? WhyText.Since(since) : ""] : [],
            ]));
        shell.Print();
    }

    private static string Described(JsonElement view) => view.GetProperty("description").GetString() is { } text ? $": {text}" : "";

    private static string Name(JsonElement element) => element.GetProperty("name").GetString()!;
}
