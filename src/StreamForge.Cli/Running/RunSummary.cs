using System.Text.Json;
using StreamForge.Cli.Output;
using StreamForge.Embedded;

namespace StreamForge.Cli.Running;

/// <summary>What a run has done, over all its pipelines.</summary>
/// <param name="Snapshots">Table snapshots committed.</param>
/// <param name="Seconds">From the first event read to the last checkpoint's commit.</param>
internal sealed record RunSummary(long Events, long Rows, long DeadLetters, long Late, long Snapshots, double Seconds)
{
    public double EventsPerSecond => Seconds > 0 ? Events / Seconds : 0;

    public static RunSummary Of(IEnumerable<EngineStatus> statuses, TimeSpan elapsed)
    {
        var all = statuses.ToArray();
        return new RunSummary(all.Sum(s => s.Events), all.Sum(s => s.Rows), all.Sum(s => s.DeadLetters), all.Sum(s => s.Late), all.Sum(s => s.Sinks.Sum(t => t.Table?.Snapshots ?? 0)), elapsed.TotalSeconds);
    }

    public void Write(Shell shell, bool json)
    {
        if (json) JsonOutput.Write(shell, Write);
        else shell.Print(ToString());
    }

    public override string ToString() => $"{Events:N0} events in {Seconds:N1} s ({EventsPerSecond:N0} a second): {Rows:N0} rows, {DeadLetters:N0} dead letters, {Late:N0} late{(Snapshots == 0 ? "" : $", {Snapshots:N0} {(Snapshots == 1 ? "snapshot" : "snapshots")}")}";

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("events", Events);
        json.WriteNumber("rows", Rows);
        json.WriteNumber("dead_letters", DeadLetters);
        json.WriteNumber("late", Late);
        json.WriteNumber("snapshots", Snapshots);
        json.WriteNumber("seconds", Math.Round(Seconds, 3));
        json.WriteNumber("events_per_second", Math.Round(EventsPerSecond, 1));
        json.WriteEndObject();
    }
}
