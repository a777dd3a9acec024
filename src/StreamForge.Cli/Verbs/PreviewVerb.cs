using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using StreamForge.Cli.Output;
using StreamForge.Cli.Parsing;
using StreamForge.Cli.Running;
using StreamForge.Core;
using StreamForge.Embedded.Trials;
using StreamForge.Server.Lookup;

namespace StreamForge.Cli.Verbs;

/// <summary><c>preview FILE</c>.</summary>
internal sealed class PreviewVerb : Verb
{
    private const int MostRows = 10_000;

    /// <summary>Characters of the widest cell of a table.</summary>
    private const int WidestCell = 80;

    private readonly Argument<string> _file = new("FILE") { Description = "A pipeline file" };
    private readonly Setting<string?> _input = CommonSettings.OptionalText("--input", "NAME", "Only this source, transformation or view; reading goes on until it has enough rows");
    private readonly Setting<int> _limit = new("--limit", "N", "How many rows [default: 20]", 20, $"a number from 1 to {MostRows}", TryLimit);

    public PreviewVerb(Shell shell) : base(
        shell, "preview", "Shows the rows after each step, and the features that come of them; writes nothing",
        "./streamforge preview examples/retail/pipeline.yaml --limit 5", "./streamforge preview examples/retail/pipeline.yaml --input customer_lines --json")
    {
        Add(_file);
        Add(_input);
        Add(_limit);
        Add(CommonSettings.Json);
        Add(CommonSettings.DataDirectoryPath);
        Add(CommonSettings.Warehouse);
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        await using var loaded = await PipelineFiles.LoadAsync(parsed.GetRequiredValue(_file), null, CommonSettings.Tables(parsed), Shell.Clock, Shell.Interrupted);
        var result = await Preview.RunAsync(loaded, _input.Read(parsed), _limit.Read(parsed), Shell.Clock, Shell.Interrupted);
        if (CommonSettings.Json.Read(parsed)) WriteJson(result);
        else WriteText(result);
        return ExitCodes.Done;
    }

    private void WriteText(PreviewResult result)
    {
        foreach (var step in result.Steps)
        {
            Shell.Print($"{step.Kind.ToString().ToLowerInvariant()} {step.Name}: {step.Rows.Length} {(step.Kind == PreviewKind.View ? "key" : "row")}{(step.Rows.Length == 1 ? "" : "s")}");
            if (step.Rows.Length > 0) WriteTable(step);
            Shell.Print();
        }
        foreach (var letter in result.DeadLetters)
            Shell.Print($"dead letter {letter.Partition} at {letter.Position}: {letter.Reason}");
        foreach (var late in result.Late)
            Shell.Print($"late {late.Partition} at {late.Position}: {late.Reason ?? $"{EventTime.Format(late.EventTime)} missed {string.Join(", ", late.Missed)}"}");
        Shell.Errors.Line($"{result.Events:N0} events read, {result.DeadLetters.Length:N0} dead letters, {result.Late.Length:N0} late; nothing was written");
    }

    private void WriteTable(PreviewStep step)
    {
        if (step.Kind == PreviewKind.View)
        {
            // Many features, few keys: a feature a line reads better.
            Tables.Write(Shell, ["", .. step.Rows.Select((_, i) => $"key {i + 1}")], step.Columns.Select((c, i) => (IReadOnlyList<string>)[c.Name, .. step.Rows.Select(r => Cell(r[i]))]));
            return;
        }
        Tables.Write(Shell, step.Columns.Select(c => $"{c.Name} {c.Type}"), step.Rows.Select(r => (IReadOnlyList<string>)[.. r.Select(Cell)]), [.. step.Columns.Select((c, i) => (c, i)).Where(p => p.c.Type.IsNumeric).Select(p => p.i)]);
    }

    private void WriteJson(PreviewResult result)
    {
        foreach (var step in result.Steps)
        {
            foreach (var row in step.Rows) JsonOutput.Write(Shell, json => WriteRow(json, step, row));
        }
        foreach (var letter in result.DeadLetters)
        {
            JsonOutput.Write(Shell, json =>
            {
                json.WriteStartObject();
                json.WriteString("step", "dead_letters");
                json.WriteString("source", letter.Partition.Source);
                json.WriteNumber("partition", letter.Partition.Partition);
                json.WriteString("position", letter.Position);
                if (letter.EventTime is { } time) json.WriteString("event_time", EventTime.Format(time));
                json.WriteString("reason", letter.Reason);
                json.WriteString("raw", Encoding.UTF8.GetString(letter.Raw));
                json.WriteEndObject();
            });
        }
    }

    private static void WriteRow(Utf8JsonWriter json, PreviewStep step, FeatureValue[] row)
    {
        json.WriteStartObject();
        json.WriteString("step", step.Name);
        json.WriteStartObject("row");
        for (var i = 0; i < row.Length; i++)
        {
            json.WritePropertyName(step.Columns[i].Name);
            JsonValues.Write(json, row[i], NumberStyle.Number);
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static bool TryLimit(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value is >= 1 and <= MostRows;

    /// <summary>A value as a table shows it: the beginning of a long one, as a record's whole text would push everything else out of sight. JSON has all of it.</summary>
    private static string Cell(FeatureValue value)
    {
        var text = value.ToString();
        if (text.Length <= WidestCell) return text;
        var end = char.IsHighSurrogate(text[WidestCell - 2]) ? WidestCell - 2 : WidestCell - 1;
        return $"{text[..end]}…";
    }
}
