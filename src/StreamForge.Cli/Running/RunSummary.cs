using System.Text.Json;
using StreamForge.Cli.Output;
using StreamForge.Embedded;

namespace StreamForge.Cli.Running;

/// <summary>What a run has done, over all its pipelines.</summary>
/// <param name="Snapshots">Table snapshots committed.</param>
/// <param name="Seconds">From the first event read to the last checkpoint's commit.</param>
internal sealed record RunSummary(long Events, long Rows, long DeadLetters, long Late, long Snapshots, double Seconds)
{
    /// <summary>Whether a source is a changelog, so that there may be the two below.</summary>
    public bool HasChangelogs { get; init; }

    /// <summary>Changes that had come before.</summary>
    public long Duplicates { get; init; }

    /// <summary>Changes of which something was missing, since the pipelines were first started.</summary>
    public long Degraded { get; init; }

    public double EventsPerSecond => Seconds > 0 ? Events / Seconds : 0;

    public static RunSummary Of(IEnumerable<EngineStatus> statuses, TimeSpan elapsed)
    {
        var all = statuses.ToArray();
        return new RunSummary(all.Sum(s => s.Events), all.Sum(s => s.Rows), all.Sum(s => s.DeadLetters), all.Sum(s => s.Late), all.Sum(s => s.Sinks.Sum(t => t.Table?.Snapshots ?? 0)), elapsed.TotalSeconds)
        {
            HasChangelogs = all.Any(s => s.HasChangelogs),
            Duplicates = all.Sum(s => s.Duplicates),
            Degraded = all.Sum(s => s.Degraded),
        };
    }

    public void Write(Shell shell, bool json)
    {
        if (json) JsonOutput.Write(shell, Write);
        else shell.Print(ToString());
    }

    public override string ToString() => $"{Events:N0} events in {Seconds:N1} s ({EventsPerSecond:N0} a second): {Rows:N0} rows, {DeadLetters:N0} dead letters, {Late:N0} late{(Snapshots == 0 ? "" : $", {Snapshots:N0} {(Snapshots == 1 ? "snapshot" : "snapshots")}")}{(Duplicates == 0 ? "" : $", {Duplicates:N0} {(Duplicates == 1 ? "duplicate" : "duplicates")}")}"
        + (Degraded == 0 ? "" : $"; degraded: of {Degraded:N0} {(Degraded == 1 ? "change" : "changes")} something was missing, so numbers may be wrong ('late list' says what)");

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("events", Events);
        json.WriteNumber("rows", Rows);
        json.WriteNumber("dead_letters", DeadLetters);
        json.WriteNumber("late", Late);
        json.WriteNumber("snapshots", Snapshots);
        if (HasChangelogs)
        {
            json.WriteNumber("duplicates", Duplicates);
            json.WriteNumber("degraded", Degraded);
        }
        json.WriteNumber("seconds", Math.Round(Seconds, 3));
        json.WriteNumber("events_per_second", Math.Round(EventsPerSecond, 1));
        json.WriteEndObject();
    }
}
