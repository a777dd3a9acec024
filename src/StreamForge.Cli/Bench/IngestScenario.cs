using System.Globalization;
using StreamForge.Connectors.Clickstream;

namespace StreamForge.Cli.Bench;

/// <summary>
/// <c>ingest</c> and its kin: a file of clickstream lines through the whole engine, from opening the source to the last checkpoint; and, before it in the same process, what
/// decoding the same columns of the same file costs alone.
/// </summary>
/// <param name="users">How many users there are; busy ones come more often.</param>
/// <param name="windows">As in a pipeline file.</param>
/// <param name="goal">Events a second.</param>
internal sealed class IngestScenario(string name, string summary, int users, string windows, double goal) : IBenchScenario
{
    private const long FullEvents = 5_000_000;
    private const long WarmUpEvents = 300_000;

    public const string Sliding = "[1m, 30m, 1h]";

    public string Name => name;

    public string Summary => summary;

    public static string Pipeline(string path, string windows = Sliding) => $$"""
        metadata: {name: bench_ingest}
        sources:
          clicks:
            type: files
            path: {{path}}
            format: json
            schema: [{name: user_id, type: string}, {name: event_type, type: string}, {name: price, type: double}, {name: event_time, type: timestamptz}]
            event_time: event_time
            watermark: {out_of_orderness: 10s, allowed_lateness: 1m}
        features:
          - view: user_activity
            input: clicks
            entity: [user_id]
            windows: {{windows}}
            aggregates:
              - {name: events, function: count}
              - {name: spend, function: sum, of: price}
              - {name: top, function: max, of: price}
        """;

    /// <summary>The file of clickstream lines.</summary>
    /// <param name="late">Share of events that come after their time; null for the source's usual one.</param>
    public static Task<string> InputAsync(BenchContext context, long events, int users, CancellationToken cancellation, double? late = null) => BenchInputs.GetAsync(
        context, string.Create(CultureInfo.InvariantCulture, $"clicks-{events}-{users}{(late is null ? "" : $"-late-{late}")}.jsonl"),
        (target, stop) => ClickstreamEmitter.EmitAsync(late is { } share ? new ClickstreamOptions(Users: users, Late: share) : new ClickstreamOptions(Users: users), events, paced: false, target, TimeProvider.System, progress: null, stop), cancellation);

    public async Task<BenchReport> RunAsync(BenchContext context, CancellationToken cancellation)
    {
        var events = Math.Max(1, (long)(FullEvents * context.Scale));
        var input = await InputAsync(context, events, users, cancellation);
        var warmUp = await InputAsync(context, Math.Min(events, WarmUpEvents), users, cancellation);

        context.Progress("warming up");
        await EngineRun.OfAsync(context, "warm-up", Pipeline(warmUp, windows), cancellation);
        await DecodeAsync(context, warmUp, cancellation);

        context.Progress("decoding alone, on one thread");
        var (decoded, plain) = await DecodeAsync(context, input, cancellation);
        context.Progress("running the engine");
        var run = await EngineRun.OfAsync(context, "clicks", Pipeline(input, windows), cancellation);

        return new BenchReport(
        [
            new("events", run.Events, "events"),
            new("bytes_per_event", (double)new FileInfo(input).Length / events, "bytes"),
            new("events_per_second", run.PerSecond, "events/s", goal),
            new("cores_used", run.CpuSeconds / run.Seconds, "cores"),
            new("cpu_seconds_per_million_events", run.CpuSecondsPerMillion, "s"),
            new("allocated_bytes_per_event", run.AllocatedBytes / (double)run.Events, "bytes"),
            new("keys", run.Keys, "keys"),
            new("bytes_per_key", run.StateBytes / (double)run.Keys, "bytes"),
            new("late_events", run.Late, "events"),
            new("dead_letters", run.DeadLetters, "events"),
            new("resident_memory", Environment.WorkingSet / (double)(1 << 20), "MiB"),
            EngineRun.PeakResidentMeasure,
            new("decoded_rows", decoded.Rows, "rows"),
            new("decoder_rows_per_second", decoded.PerSecond, "rows/s"),
            new("decoder_cpu_seconds_per_million_rows", decoded.CpuSecondsPerMillion, "s"),
            new("utf8_json_reader_rows_per_second", plain.PerSecond, "rows/s"),
            new("utf8_json_reader_cpu_seconds_per_million_rows", plain.CpuSecondsPerMillion, "s"),
            new("decoder_cpu_to_utf8_json_reader_cpu", decoded.CpuSeconds / plain.CpuSeconds, "ratio"),
            new("engine_cpu_to_decoder_cpu", run.CpuSeconds / run.Events / (decoded.CpuSeconds / decoded.Rows), "ratio"),
            new("engine_rate_to_decoder_rate", run.PerSecond / decoded.PerSecond, "ratio"),
            new("engine_rate_to_utf8_json_reader_rate", run.PerSecond / plain.PerSecond, "ratio"),
        ])
        {
            Plots =
            [
                new("rows a second", ["events_per_second", "decoder_rows_per_second", "utf8_json_reader_rows_per_second"]),
                new("CPU seconds per million", ["cpu_seconds_per_million_events", "decoder_cpu_seconds_per_million_rows", "utf8_json_reader_cpu_seconds_per_million_rows"]),
            ],
            Notes =
            [
                "events_per_second is of the whole process on all its cores, from opening the pipeline to the end of its last checkpoint.",
                "cores_used far below the machine's cores means that something else was running, or that parts of the engine wait for one another; the ratios of CPU seconds stay comparable then.",
                "Both decoders run alone on one thread, reading the file too; they take the key, the price and the event time.",
            ],
        };
    }

    private static async Task<(BareDecoding.Result Decoder, BareDecoding.Result Plain)> DecodeAsync(BenchContext context, string file, CancellationToken cancellation)
    {
        await using var pipeline = await BenchEngine.LoadAsync(context.WorkDirectory, Pipeline(file), cancellation);
        EngineRun.Collect();
        var decoder = await Task.Run(() => BareDecoding.WithSourceAsync(pipeline, cancellation), cancellation);
        EngineRun.Collect();
        var plain = await Task.Run(() => BareDecoding.WithUtf8JsonReader(file, cancellation), cancellation);
        return (decoder, plain);
    }
}
