using System.CommandLine;
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
        var rows = results.Sum(static r => r.Result.Rows);
        var events = results.SelectMany(static r => r.Result.Events, static (r, e) => (r.Pipeline, e)).ToArray();
        return ReplayReport.Print(Shell, parsed, events, json => json.WriteNumber("corrected_windows", rows), replayed => events.Length == 0
            ? "there is no late event to replay"
            : $"{replayed:N0} late event{(replayed == 1 ? "" : "s")} put right: {rows:N0} closed window{(rows == 1 ? "" : "s")} corrected{(rows == 0 ? ", as no sink was given what was missed or it differs in nothing" : "")}");
    }
}
