using StreamForge.Connectors.Clickstream;

namespace StreamForge.Cli.Bench;

/// <summary>
/// <c>lake</c>: the same file of clickstream lines through the engine twice, once to features alone, once to features and an Iceberg table together. Both read the same columns, and are run in turns.
/// </summary>
internal sealed class LakeScenario : IBenchScenario
{
    private const long FullEvents = 2_000_000;
    private const long WarmUpEvents = 200_000;
    private const int Users = 100_000;
    private const int Rounds = 2;

    public string Name => "lake";

    public string Summary => "2 million clickstream lines of 100,000 users from a file: to features alone, and to features and an Iceberg table together";

    private static string Pipeline(string name, string file, bool withTable) => $$"""
        metadata: {name: {{name}}}
        sources:
          clicks:
            type: files
            path: {{file}}
            format: json
            event_time: event_time
            watermark: {out_of_orderness: 10s, allowed_lateness: 1m}
        features:
          - view: {{name}}_activity
            input: clicks
            entity: [user_id]
            windows: [1m, 30m, 1h]
            aggregates:
              - {name: events, function: count}
              - {name: purchases, function: count, where: "event_type = 'purchase'"}
              - {name: products, function: distinct, of: product_id}
              - {name: revenue, function: sum, of: transaction_value}
        {{(withTable ? "sinks: {lake: {type: iceberg, input: clicks, table: bench.clicks, partition_by: [date]}}" : "")}}
        """;

    public async Task<BenchReport> RunAsync(BenchContext context, CancellationToken cancellation)
    {
        var events = Math.Max(1, (long)(FullEvents * context.Scale));
        context.Progress($"writing {events:N0} events to a file (not counted)");
        await WriteAsync(context, "clicks.jsonl", events, cancellation);
        await WriteAsync(context, "warm-up.jsonl", Math.Min(events, WarmUpEvents), cancellation);
        context.Progress("warming up");
        await RunEngineAsync(context, "warm_alone", "warm-up.jsonl", withTable: false, cancellation);
        await RunEngineAsync(context, "warm_both", "warm-up.jsonl", withTable: true, cancellation);
        var alone = new List<Run>();
        var both = new List<Run>();
        for (var round = 0; round < Rounds; round++)
        {
            context.Progress($"round {round + 1} of {Rounds}");
            alone.Add(await RunEngineAsync(context, $"alone_{round}", "clicks.jsonl", withTable: false, cancellation));
            both.Add(await RunEngineAsync(context, $"both_{round}", "clicks.jsonl", withTable: true, cancellation));
        }
        var (aloneRate, bothRate) = (Rate(alone), Rate(both));
        var table = both[^1];
        return new BenchReport(
        [
            new("events", events, "events"),
            new("features_events_per_second", aloneRate, "events/s"),
            new("features_and_table_events_per_second", bothRate, "events/s"),
            new("together_to_features_alone", bothRate / aloneRate, "ratio", 0.6),
            new("features_cores_used", Cores(alone), "cores"),
            new("features_and_table_cores_used", Cores(both), "cores"),
            new("cpu_together_to_features_alone", both.Sum(r => r.CpuSeconds) / alone.Sum(r => r.CpuSeconds), "ratio"),
            new("table_rows", table.TableRows, "rows"),
            new("table_files", table.Files, "files"),
            new("table_bytes_per_row", table.Bytes / (double)Math.Max(1, table.TableRows), "bytes"),
            new("snapshots", table.Snapshots, "snapshots"),
        ])
        {
            Notes = ["Both are of the whole process on all its cores, from opening the pipeline to the end of the last checkpoint's commit, in turns; the table takes all columns, which the features alone need not decode."],
        };
    }

    private static double Rate(List<Run> runs) => runs.Sum(r => r.Events) / runs.Sum(r => r.Seconds);

    private static double Cores(List<Run> runs) => runs.Sum(r => r.CpuSeconds) / runs.Sum(r => r.Seconds);

    private static async Task WriteAsync(BenchContext context, string file, long events, CancellationToken cancellation)
    {
        await using var target = File.Create(Path.Combine(context.WorkDirectory, file));
        await ClickstreamEmitter.EmitAsync(new ClickstreamOptions(Users: Users), events, paced: false, target, TimeProvider.System, progress: null, cancellation);
    }

    private sealed record Run(double Events, double Seconds, double CpuSeconds, long TableRows, long Files, long Bytes, long Snapshots);

    private static async Task<Run> RunEngineAsync(BenchContext context, string name, string file, bool withTable, CancellationToken cancellation)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = ProcessUsage.Now();
        await using var opened = await BenchEngine.OpenAsync(context.WorkDirectory, name, Pipeline(name, file, withTable), bounded: true, cancellation);
        await opened.Engine.RunAsync(cancellation);
        var (seconds, cpu, _) = before.Since();
        cancellation.ThrowIfCancellationRequested();
        var status = opened.Engine.Status();
        var table = withTable ? status.Sinks[0].Table : null;
        return new Run(status.Events, seconds, cpu, table?.Rows ?? 0, table?.Files ?? 0, table?.Bytes ?? 0, table?.Snapshots ?? 0);
    }
}
