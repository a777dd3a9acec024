using System.Text.Json;
using StreamForge.Cli.Features;
using StreamForge.Cli.Output;
using StreamForge.Core;
using StreamForge.Pipeline.Evolution;

namespace StreamForge.Cli.Evolution;

/// <summary>What a changed definition does to live state, for people and for programs.</summary>
internal static class ChangeReport
{
    /// <summary>One line a part, what differs and what does not.</summary>
    public static void WriteText(Shell shell, DefinitionChange change)
    {
        if (!change.IsChange)
        {
            shell.Print($"{change.Pipeline}: nothing differs from the definition that its state was made by");
            return;
        }
        shell.Print(change.Checkpoint == 0 ? $"{change.Pipeline} has no state yet" : $"{change.Pipeline}: what becomes of the state of checkpoint {change.Checkpoint}");
        shell.Print();
        Tables.Write(shell, ["part", "change", "detail"], change.Changes.Select(c => (IReadOnlyList<string>)[Part(c), c.Verdict.Word(), Detail(c)]));
    }

    private static string Part(Change change) => change.Subject == ChangeSubject.Definition ? change.Name : $"{change.Subject.Word()} {(change.View is null ? "" : change.View + ".")}{change.Name}";

    private static string Detail(Change change)
    {
        if (change.Since is not { } since) return change.Detail ?? "";
        var words = JsonOutput.Text(json => Write(json, since));
        using var parsed = JsonDocument.Parse(words);
        return change.Detail is null ? WhyText.Since(parsed.RootElement) : $"{change.Detail}; {WhyText.Since(parsed.RootElement)}";
    }

    /// <summary>
    /// <c>{"pipeline", "checkpoint", "changed", "refused", "sources": […], "views": [{…, "windows": […], "aggregates": […]}], "sinks": […], "definition": […]}</c>, of each part
    /// <c>name</c>, <c>change</c> (kept, new, refused, reset, dropped, forgotten, free), <c>detail</c> and <c>since</c>.
    /// </summary>
    /// <param name="applied">Whether the state has been moved, where that was asked for.</param>
    public static void WriteJson(Shell shell, DefinitionChange change, (bool Applied, long Checkpoint)? applied = null) => JsonOutput.Write(shell, json =>
    {
        json.WriteStartObject();
        json.WriteString("pipeline", change.Pipeline);
        json.WriteNumber("checkpoint", applied?.Checkpoint ?? change.Checkpoint);
        if (applied is { } done) json.WriteBoolean("applied", done.Applied);
        json.WriteBoolean("changed", change.IsChange);
        json.WriteNumber("refused", change.Refused.Count());
        WriteParts(json, "sources", change.Changes.Where(static c => c.Subject == ChangeSubject.Source));
        json.WriteStartArray("views");
        foreach (var view in change.Changes.Where(static c => c.Subject == ChangeSubject.View))
        {
            json.WriteStartObject();
            WritePart(json, view);
            WriteParts(json, "windows", change.Changes.Where(c => c.Subject == ChangeSubject.Window && c.View == view.Name));
            WriteParts(json, "aggregates", change.Changes.Where(c => c.Subject == ChangeSubject.Aggregate && c.View == view.Name));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WriteParts(json, "sinks", change.Changes.Where(static c => c.Subject == ChangeSubject.Sink));
        WriteParts(json, "definition", change.Changes.Where(static c => c.Subject == ChangeSubject.Definition));
        json.WriteEndObject();
    });

    private static void WriteParts(Utf8JsonWriter json, string name, IEnumerable<Change> parts)
    {
        json.WriteStartArray(name);
        foreach (var part in parts)
        {
            json.WriteStartObject();
            WritePart(json, part);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WritePart(Utf8JsonWriter json, Change part)
    {
        json.WriteString("name", part.Name);
        json.WriteString("change", part.Verdict.Word());
        json.WriteString("detail", part.Detail);
        if (part.Since is null) json.WriteNull("since");
        else
        {
            json.WritePropertyName("since");
            Write(json, part.Since);
        }
    }

    private static void Write(Utf8JsonWriter json, FeatureSince since)
    {
        json.WriteStartObject();
        json.WriteString("time", EventTime.Format(since.Time));
        json.WriteString("whole_from", since.WholeFrom is { } whole ? EventTime.Format(whole) : null);
        json.WriteStartArray("positions");
        foreach (var position in since.Positions) json.WriteStringValue(position);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
