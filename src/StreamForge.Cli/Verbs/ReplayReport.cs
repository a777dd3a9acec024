using System.CommandLine;
using System.Text.Json;
using StreamForge.Cli.Output;
using StreamForge.Cli.Parsing;
using StreamForge.Embedded.Replays;

namespace StreamForge.Cli.Verbs;

/// <summary>Says what a replay did with records of a ledger.</summary>
internal static class ReplayReport
{
    /// <summary>Prints the document, or a line for each record that stays and a sentence about the others.</summary>
    /// <param name="extra">Members that this replay has besides, written before the items; null for none.</param>
    /// <param name="sentence">What is said of so many replayed records.</param>
    /// <returns>The exit code: failed when a record stays.</returns>
    public static int Print(Shell shell, ParseResult parsed, IReadOnlyCollection<(string Pipeline, ReplayedRecord Record)> done, Action<Utf8JsonWriter>? extra, Func<int, string> sentence)
    {
        var refused = done.Where(static d => d.Record.Refused is not null).ToArray();
        var replayed = done.Count - refused.Length;
        if (CommonSettings.Json.Read(parsed))
        {
            JsonOutput.Write(shell, json =>
            {
                json.WriteStartObject();
                json.WriteNumber("replayed", replayed);
                json.WriteNumber("refused", refused.Length);
                extra?.Invoke(json);
                json.WriteStartArray("items");
                foreach (var (pipeline, record) in done)
                {
                    json.WriteStartObject();
                    json.WriteString("pipeline", pipeline);
                    json.WriteString("source", record.Source);
                    json.WriteString("position", record.Position);
                    json.WriteBoolean("replayed", record.Refused is null);
                    json.WriteString("reason", record.Refused);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteEndObject();
            });
        }
        else
        {
            foreach (var (pipeline, record) in refused) shell.Errors.Line($"{pipeline}: {record.Source} at {record.Position} stays: {record.Refused}");
            shell.Print(sentence(replayed));
        }
        return refused.Length > 0 ? ExitCodes.Failed : ExitCodes.Done;
    }
}
