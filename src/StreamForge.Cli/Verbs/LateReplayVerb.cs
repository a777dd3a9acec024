using System.CommandLine;
using StreamForge.Cli.Output;
using StreamForge.Cli.Parsing;
using StreamForge.Embedded.Replays;

namespace StreamForge.Cli.Verbs;

/// <summary><c>late replay</c>.</summary>
internal sealed class LateReplayVerb : Verb
{
    private readonly LedgerQuery _query = new();

    public LateReplayVerb(Shell shell) : base(
        shell, "replay", "Computes the closed windows that late events have missed once more from the source's history, and gives sinks those that differ as their next revision; once",
        "./streamforge late replay", "./streamforge late replay --source orders --json")
    {
        _query.AddTo(this);
        Add(new NotYetOption("--url", "URL", "Ask a running server"));
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var data = CommonSettings.DataDirectory(parsed);
        var pipelines = _query.Pipelines(parsed, Shell.Clock);
        var source = _query.Source(parsed, Shell.Clock);
        using var held = data.Lock();
        var results = new List<(string Pipeline, LateReplayResult Result)>();
        foreach (var pipeline in pipelines) results.Add((pipeline, await LateReplay.ReplayAsync(data, pipeline, s => source is null || s == source, Shell.Clock, Shell.Interrupted)));
        Report(parsed, results);
        return results.Exists(static r => r.Result.Events.Any(static e => e.Refused is not null)) ? ExitCodes.Failed : ExitCodes.Done;
    }

    private void Report(ParseResult parsed, List<(string Pipeline, LateReplayResult Result)> results)
    {
        var events = results.SelectMany(static r => r.Result.Events, static (r, e) => (r.Pipeline, Event: e)).ToArray();
        var (replayed, rows) = (events.Count(static e => e.Event.Refused is null), results.Sum(static r => r.Result.Rows));
        if (CommonSettings.Json.Read(parsed))
        {
            JsonOutput.Write(Shell, json =>
            {
                json.WriteStartObject();
                json.WriteNumber("replayed", replayed);
                json.WriteNumber("refused", events.Length - replayed);
                json.WriteNumber("corrected_windows", rows);
                json.WriteStartArray("items");
                foreach (var (pipeline, late) in events)
                {
                    json.WriteStartObject();
                    json.WriteString("pipeline", pipeline);
                    json.WriteString("source", late.Source);
                    json.WriteString("position", late.Position);
                    json.WriteBoolean("replayed", late.Refused is null);
                    json.WriteString("reason", late.Refused);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteEndObject();
            });
            return;
        }
        foreach (var (pipeline, late) in events.Where(static e => e.Event.Refused is not null)) Shell.Errors.Line($"{pipeline}: {late.Source} at {late.Position} stays: {late.Refused}");
        Shell.Print(events.Length == 0
            ? "there is no late event to replay"
            : $"{replayed:N0} late event{(replayed == 1 ? "" : "s")} put right: {rows:N0} closed window{(rows == 1 ? "" : "s")} corrected{(rows == 0 ? ", as no sink was given what was missed or it differs in nothing" : "")}");
    }
}
