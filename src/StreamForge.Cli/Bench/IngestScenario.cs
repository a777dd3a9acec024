using StreamForge.Connectors.Clickstream;

namespace StreamForge.Cli.Bench;

/// <summary>
/// <c>ingest</c>: a file of clickstream lines through the whole engine, from opening the source to the last checkpoint; and, before it in the same process, what
/// decoding the same columns of the same file costs alone.
/// </summary>
internal sealed class IngestScenario : IBenchScenario
{
    private const long FullEvents = 5_000_000;
    private const long WarmUpEvents = 300_000;
    private const int Users = 100_000;

    public string Name => "ingest";

    public string Summary => "5 million clickstream lines of 100,000 users from a file: count, sum and max over sliding 1m, 30m and 1h";

    public static string Pipeline(string file) => $$"""
        metadata: {name: bench_ingest}
        sources:
          clicks:
            type: files
            path: {{file}}
            format: json
            schema: [{name: user_id, type: string}, {name: event_type, type: string}, {name: price, type: double}, {name: event_time, type: timestamptz}]
            event_time: event_time
            watermark: {out_of_orderness: 10s, allowed_lateness: 1m}
        features:
          - view: user_activity
            input: clicks
            entity: [user_id]
            windows: [1m, 30m, 1h]
            aggregates:
              - {name: events, function: count}
              - {name: spend, function: sum, of: price}
              - {name: top, function: max, of: price}
        """;

    public async Task<BenchReport> RunAsync(BenchContext context, CancellationToken cancellation)
    {
        var events = Math.Max(1, (long)(FullEvents * context.Scale));
        context.Progress($"writing {events:N0} events to a file (not counted)");
        var bytes = await WriteAsync(context, "clicks.jsonl", events, cancellation);
        await WriteAsync(context, "warm-up.jsonl", Math.Min(events, WarmUpEvents), cancellation);

        context.Progress("warming up");
        await RunEngineAsync(context, "warm-up", cancellation);
        await DecodeAsync(context, "warm-up.jsonl", cancellation);

        context.Progress("decoding alone, on one thread");
        var (decoded, plain) = await DecodeAsync(context, "clicks.jsonl", cancellation);
        context.Progress("running the engine");
        var run = await RunEngineAsync(context, "clicks", cancellation);

        var eventsPerSecond = run.Events / run.Seconds;
        return new BenchReport(
        [
            new("events", run.Events, "events"),
            new("bytes_per_event", (double)bytes / events, "bytes"),
            new("events_per_second", eventsPerSecond, "events/s", 500_000),
            new("cores_used", run.CpuSeconds / run.Seconds, "cores"),
            new("cpu_seconds_per_million_events", run.CpuSeconds / run.Events * 1e6, "s"),
            new("allocated_bytes_per_event", run.AllocatedBytes / (double)run.Events, "bytes"),
            new("keys", run.Keys, "keys"),
            new("bytes_per_key", run.StateBytes / (double)run.Keys, "bytes"),
            new("late_events", run.Late, "events"),
            new("dead_letters", run.DeadLetters, "events"),
            new("resident_memory", run.Resident / (double)(1 << 20), "MiB"),
            new("decoded_rows", decoded.Rows, "rows"),
            new("decoder_rows_per_second", decoded.PerSecond, "rows/s"),
            new("decoder_cpu_seconds_per_million_rows", decoded.CpuSecondsPerMillion, "s"),
            new("utf8_json_reader_rows_per_second", plain.PerSecond, "rows/s"),
            new("utf8_json_reader_cpu_seconds_per_million_rows", plain.CpuSecondsPerMillion, "s"),
            new("decoder_cpu_to_utf8_json_reader_cpu", decoded.CpuSeconds / plain.CpuSeconds, "ratio"),
            new("engine_cpu_to_decoder_cpu", run.CpuSeconds / run.Events / (decoded.CpuSeconds / decoded.Rows), "ratio"),
            new("engine_rate_to_decoder_rate", eventsPerSecond / decoded.PerSecond, "ratio"),
            new("engine_rate_to_utf8_json_reader_rate", eventsPerSecond / plain.PerSecond, "ratio"),
        ])
        {
            Notes =
            [
                "events_per_second is of the whole process on all its cores, from opening the pipeline to the end of its last checkpoint; 1,000,000 is wanted later.",
                "cores_used far below the machine's cores means that something else was running, or that parts of the engine wait for one another; the ratios of CPU seconds stay comparable then.",
                "Both decoders run alone on one thread, reading the file too; they take the key, the price and the event time.",
            ],
        };
    }

    private static async Task<long> WriteAsync(BenchContext context, string file, long events, CancellationToken cancellation)
    {
        await using var target = File.Create(Path.Combine(context.WorkDirectory, file));
        return (await ClickstreamEmitter.EmitAsync(new ClickstreamOptions(Users: Users), events, paced: false, target, TimeProvider.System, progress: null, cancellation)).Bytes;
    }

    private sealed record Run(long Events, double Seconds, double CpuSeconds, long AllocatedBytes, long Keys, long StateBytes, long Late, long DeadLetters, long Resident);

    private static async Task<Run> RunEngineAsync(BenchContext context, string name, CancellationToken cancellation)
    {
        Collect();
        var before = ProcessUsage.Now();
        await using var opened = await BenchEngine.OpenAsync(context.WorkDirectory, name, Pipeline(name + ".jsonl"), bounded: true, cancellation);
        await opened.Engine.RunAsync(cancellation);
        var (seconds, cpu, allocated) = before.Since();
        cancellation.ThrowIfCancellationRequested();
        var status = opened.Engine.Status();
        return new Run(status.Events, seconds, cpu, allocated, status.Views[0].Keys, status.Views[0].Bytes, status.Late, status.DeadLetters, Environment.WorkingSet);
    }

    private static async Task<(BareDecoding.Result Decoder, BareDecoding.Result Plain)> DecodeAsync(BenchContext context, string file, CancellationToken cancellation)
    {
        await using var pipeline = await BenchEngine.LoadAsync(context.WorkDirectory, Pipeline(file), cancellation);
        Collect();
        var decoder = await Task.Run(() => BareDecoding.WithSourceAsync(pipeline, cancellation), cancellation);
        Collect();
        var plain = await Task.Run(() => BareDecoding.WithUtf8JsonReader(Path.Combine(context.WorkDirectory, file), cancellation), cancellation);
        return (decoder, plain);
    }

    /// <summary>So that no part pays for the garbage of the one before it.</summary>
    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
