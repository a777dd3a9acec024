using System.Globalization;
using System.Text;
using StreamForge.Core;

namespace StreamForge.Cli.Bench;

/// <summary>
/// <c>changelog</c>: windows over the changes of a table, beside the same windows over rows that are only appended, in turns. Of the changes 60 % are new rows, 30 % set another price in a row of the last ten seconds, and 10 %
/// delete one, so that minima and maxima must often be found anew. An event is a change, with its old and its new image.
/// </summary>
internal sealed class ChangelogScenario : IBenchScenario
{
    private const long FullEvents = 3_000_000;
    private const int Users = 100_000;
    private const int Recent = 10_000;
    private const int Turns = 2;
    private const double Updates = 0.3;
    private const double Deletes = 0.1;
    private const long EventMicros = 1000;

    public string Name => "changelog";

    public string Summary => "count, sum, min and max over a changelog with 30 % updates and 10 % deletes, beside the same over appended rows";

    private static string Pipeline(string path, string format) => $$"""
        metadata: {name: bench_changelog}
        sources:
          rows:
            type: files
            path: {{path}}
            {{format}}
            schema: [{name: id, type: bigint}, {name: user_id, type: string}, {name: price, type: double}, {name: event_time, type: timestamptz}]
            event_time: event_time
            watermark: {out_of_orderness: 10s, allowed_lateness: 1m}
        features:
          - view: user_activity
            input: rows
            entity: [user_id]
            windows: [1m, 30m, 1h]
            aggregates:
              - {name: events, function: count}
              - {name: spend, function: sum, of: price}
              - {name: low, function: min, of: price}
              - {name: top, function: max, of: price}
        """;

    public async Task<BenchReport> RunAsync(BenchContext context, CancellationToken cancellation)
    {
        var events = Math.Max(1, (long)(FullEvents * context.Scale));
        var changes = Pipeline(await InputAsync(context, "changes", events, Change, cancellation), "format: debezium-json\n    key: [id]");
        var appended = Pipeline(await InputAsync(context, "rows", events, static row => Image(row.After ?? row.Before!), cancellation), "format: json");
        context.Progress("warming up");
        await EngineRun.OfAsync(context, "warm-up-rows", appended, cancellation);
        await EngineRun.OfAsync(context, "warm-up-changes", changes, cancellation);
        context.Progress("changes and appended rows in turns");
        var (changed, added) = (new List<EngineRun>(), new List<EngineRun>());
        for (var turn = 0; turn < Turns; turn++)
        {
            added.Add(await EngineRun.OfAsync(context, $"rows-{turn}", appended, cancellation));
            changed.Add(await EngineRun.OfAsync(context, $"changes-{turn}", changes, cancellation));
        }
        var (rate, cpu) = (changed.Max(r => r.PerSecond), changed.Min(r => r.CpuSecondsPerMillion));
        var (addedRate, addedCpu) = (added.Max(r => r.PerSecond), added.Min(r => r.CpuSecondsPerMillion));
        return new BenchReport(
        [
            new("events", changed[0].Events, "events"),
            new("dead_letters", changed[0].DeadLetters, "events"),
            new("late_events", changed[0].Late, "events"),
            new("keys", changed[0].Keys, "keys"),
            new("changelog_events_per_second", rate, "events/s"),
            new("append_events_per_second", addedRate, "events/s"),
            new("changelog_to_append", rate / addedRate, "ratio", 0.4),
            new("changelog_cpu_seconds_per_million_events", cpu, "s"),
            new("append_cpu_seconds_per_million_events", addedCpu, "s"),
            new("append_cpu_to_changelog_cpu", addedCpu / cpu, "ratio"),
            new("changelog_bytes_per_key", changed[0].StateBytes / (double)changed[0].Keys, "bytes"),
            new("append_bytes_per_key", added[0].StateBytes / (double)added[0].Keys, "bytes"),
            EngineRun.PeakResidentMeasure,
        ])
        {
            Plots =
            [
                new("events a second", ["changelog_events_per_second", "append_events_per_second"]),
                new("CPU seconds per million events", ["changelog_cpu_seconds_per_million_events", "append_cpu_seconds_per_million_events"]),
                new("bytes a key", ["changelog_bytes_per_key", "append_bytes_per_key"]),
            ],
            Notes = ["The better of two turns of each. A change has up to two images of a row, and is about twice as long as an appended row; append_cpu_to_changelog_cpu is the ratio that other programs on the machine disturb least."],
        };
    }

    private sealed record Row(long Id, string User, double Price, long Time);

    /// <summary>A change: the row before and after it.</summary>
    private readonly record struct RowChange(Row? Before, Row? After);

    private static Task<string> InputAsync(BenchContext context, string name, long events, Func<RowChange, string> line, CancellationToken cancellation) =>
        BenchInputs.GetAsync(context, string.Create(CultureInfo.InvariantCulture, $"{name}-{events}.jsonl"), (target, stop) => WriteAsync(target, events, line, stop), cancellation);

    private static async Task WriteAsync(Stream target, long events, Func<RowChange, string> line, CancellationToken cancellation)
    {
        await using var writer = new StreamWriter(target, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 20, leaveOpen: true);
        foreach (var change in Changes(events))
        {
            cancellation.ThrowIfCancellationRequested();
            await writer.WriteAsync(line(change) + "\n");
        }
    }

    private static IEnumerable<RowChange> Changes(long events)
    {
        var random = new Random(1);
        var recent = new List<Row>(Recent);
        for (var i = 0L; i < events; i++)
        {
            var kind = random.NextDouble();
            if (kind < Updates + Deletes && recent.Count > 0)
            {
                var place = random.Next(recent.Count);
                var before = recent[place];
                // One that is older than the disorder that the source allows is left alone from here on.
                var isRecent = before.Time > StateScenario.Start + (i - Recent) * EventMicros;
                var after = kind < Updates && isRecent ? before with { Price = Price(random) } : null;
                if (after is null) recent.RemoveAt(place);
                else recent[place] = after;
                if (isRecent)
                {
                    yield return new RowChange(before, after);
                    continue;
                }
            }
            var user = (int)Math.Exp(random.NextDouble() * Math.Log(Users));
            var added = new Row(i, $"u-{user}", Price(random), StateScenario.Start + i * EventMicros);
            if (recent.Count < Recent) recent.Add(added);
            else recent[random.Next(Recent)] = added;
            yield return new RowChange(null, added);
        }
    }

    private static double Price(Random random) => random.Next(100, 50_000) / 100.0;

    private static string Image(Row? row) => row is null ? "null" : string.Create(
        CultureInfo.InvariantCulture, $$"""{"id":{{row.Id}},"user_id":"{{row.User}}","price":{{row.Price}},"event_time":"{{EventTime.Format(row.Time)}}"}""");

    private static string Change(RowChange change) =>
        $$"""{"before":{{Image(change.Before)}},"after":{{Image(change.After)}},"op":"{{(change.Before is null ? "c" : change.After is null ? "d" : "u")}}"}""";
}
