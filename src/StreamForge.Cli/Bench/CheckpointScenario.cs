using System.Globalization;
using System.Text;
using StreamForge.Core;

namespace StreamForge.Cli.Bench;

/// <summary>
/// <c>checkpoint</c>: what a checkpoint costs the events that come meanwhile. A file gives each of 1 million keys an event and then goes on with keys of which a few come often; checkpoints are taken every three seconds, the
/// first of everything, those after it of what changed. How many events have been taken is noted every few milliseconds: their rate while a checkpoint is being written beside their rate between two.
/// </summary>
internal sealed class CheckpointScenario : IBenchScenario
{
    private const int FullKeys = 1_000_000;
    private const long FullEvents = 20_000_000;
    private const long EventMicros = 2;

    public string Name => "checkpoint";

    public string Summary => "events/s over 1 million keys while a checkpoint is written, the first and those of changes, beside events/s between them";

    private static string Pipeline(string path, TimeSpan interval) => string.Create(CultureInfo.InvariantCulture, $$"""
        metadata: {name: bench_checkpoint}
        sources:
          events:
            type: files
            path: {{path}}
            format: json
            schema: [{name: k, type: string}, {name: v, type: double}, {name: t, type: timestamptz}]
            event_time: t
        features:
          - view: keys
            input: events
            entity: [k]
            windows: [1m, 30m, 1h]
            aggregates:
              - {name: n, function: count}
              - {name: total, function: sum, of: v}
              - {name: top, function: max, of: v}
        orchestration: {checkpoint_interval: {{(long)interval.TotalMilliseconds}}ms}
        """);

    public async Task<BenchReport> RunAsync(BenchContext context, CancellationToken cancellation)
    {
        var keys = Math.Max(1, (int)(FullKeys * context.Scale));
        var events = Math.Max(keys, (long)(FullEvents * context.Scale));
        var input = await BenchInputs.GetAsync(
            context, string.Create(CultureInfo.InvariantCulture, $"keys-{keys}-{events}.jsonl"), (target, stop) => WriteAsync(target, keys, events, stop), cancellation);
        context.Progress("running the engine");
        var log = new CheckpointLog();
        var interval = TimeSpan.FromSeconds(Math.Max(0.01, 3 * Math.Min(1, context.Scale)));
        var before = ProcessUsage.Now();
        await using var opened = await BenchEngine.OpenAsync(context.WorkDirectory, "checkpointed", Pipeline(input, interval), bounded: true, cancellation, log);
        using var done = new CancellationTokenSource();
        var rates = new EventRates([]);
        var watching = Task.Factory.StartNew(() => rates.Watch(opened.Engine, done.Token), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await opened.Engine.RunAsync(cancellation);
        await done.CancelAsync();
        await watching;
        cancellation.ThrowIfCancellationRequested();
        var (seconds, cpu, _) = before.Since();
        var status = opened.Engine.Status();
        return Report(status.Events, status.Views[0].Keys, cpu, seconds, rates, log.Taken, keys);
    }

    private static BenchReport Report(long events, long keys, double cpu, double seconds, EventRates rates, List<Checkpointed> taken, int filled)
    {
        var measures = new List<BenchMeasure>
        {
            new("events", events, "events"),
            new("keys", keys, "keys"),
            new("checkpoints", taken.Count, "checkpoints"),
            new("cpu_seconds_per_million_events", cpu / events * 1e6, "s"),
            new("events_per_second", events / seconds, "events/s"),
            EngineRun.PeakResidentMeasure,
        };
        // New keys cost more than known ones, so what comes before all of them are known does not compare.
        var known = rates.When(filled * 2L);
        var until = rates.When(events);
        var counted = taken.Where(c => c.Started >= known && c.Ended <= until).ToArray();
        var between = new EventRates.Stretch(0, 0);
        for (var from = known; ;)
        {
            var next = taken.Where(c => c.Ended > from && c.Started < until).OrderBy(c => c.Started).FirstOrDefault();
            between = between.And(rates.Between(from, next?.Started ?? until));
            if (next is null) break;
            from = next.Ended;
        }
        if (counted.Length == 0 || between.Events == 0) return new BenchReport(measures) { Notes = ["Too few events for a checkpoint while they came."] };
        measures.Add(new("between_checkpoints", between.PerSecond, "events/s"));
        var first = taken[0] == counted[0] ? counted[0] : null;
        if (first is not null)
        {
            Add("first", [first]);
            counted = counted[1..];
        }
        if (counted.Length > 0) Add("incremental", counted);
        return new BenchReport(measures)
        {
            Plots = [new("events a second", [.. measures.Where(m => m.Unit == "events/s" && m.Name != "events_per_second").Select(m => m.Name)])],
            Notes =
            [
                "A checkpoint counts from closing the gate to the last sink's commit; the file is written in a sixteenth of all cores' time unless shards might have to wait.",
                "What changes lie between two checkpoints depends on how many keys come meanwhile: a few million events touch a good part of a million keys.",
            ],
        };

        void Add(string name, IReadOnlyCollection<Checkpointed> checkpoints)
        {
            var during = checkpoints.Aggregate(new EventRates.Stretch(0, 0), (sum, c) => sum.And(rates.Between(c.Started, c.Ended)));
            measures.Add(new($"{name}_seconds", during.Seconds / checkpoints.Count, "s"));
            measures.Add(new($"{name}_bytes", checkpoints.Average(c => (double)c.Written), "bytes"));
            measures.Add(new($"during_{name}", during.PerSecond, "events/s"));
            measures.Add(new($"{name}_to_between", during.PerSecond / between.PerSecond, "ratio", 0.8));
        }
    }

    private static async Task WriteAsync(Stream target, int keys, long events, CancellationToken cancellation)
    {
        await using var writer = new StreamWriter(target, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 20, leaveOpen: true);
        var random = new Random(1);
        for (var i = 0L; i < events; i++)
        {
            if (i % 10_000 == 0) cancellation.ThrowIfCancellationRequested();
            var key = i < keys ? (int)i : (int)Math.Exp(random.NextDouble() * Math.Log(keys));
            await writer.WriteAsync($$"""{"k":"user-{{key}}","v":{{i % 1000}}.25,"t":"{{EventTime.Format(StateScenario.Start + i * EventMicros)}}"}""" + "\n");
        }
    }
}
