using System.Diagnostics;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using StreamForge.Core;
using StreamForge.Server;

namespace StreamForge.Cli.Bench;

/// <summary>
/// <c>lookups</c>: keys' features over HTTP while events flow in, beside an endpoint that answers nothing, in the same process under the same load of events.
/// Both are measured in turns, so that what changes meanwhile (more state, code compiled better) falls on both.
/// </summary>
internal sealed class LookupsScenario : IBenchScenario
{
    private const int Users = 100_000;
    private const double EventsPerSecond = 100_000;
    private const int Connections = 8;
    private const double PacedRate = 5_000;
    private const int Rounds = 10;

    /// <summary>At any scale of a twentieth and more: the compiler of hot code needs its time, and what is measured before it is through is code that runs for the first seconds alone.</summary>
    private static TimeSpan WarmUp(double scale) => TimeSpan.FromSeconds(3 * Math.Min(1, 20 * scale));

    private const string View = "user_activity";

    private const string Pipeline = """
        metadata: {name: bench_lookups}
        sources:
          clicks:
            type: clickstream
            rate: 100000
            users: 100000
        features:
          - view: user_activity
            input: clicks
            entity: [user_id]
            windows: [1m, 30m, 1h]
            aggregates:
              - {name: events, function: count}
              - {name: purchases, function: count, where: "event_type = 'purchase'"}
              - {name: clicks, function: count, where: "event_type = 'product_click'"}
              - {name: revenue, function: sum, of: transaction_value}
              - {name: items, function: sum, of: quantity}
              - {name: price_avg, function: avg, of: CAST(price AS DOUBLE)}
              - {name: price_min, function: min, of: price}
              - {name: price_max, function: max, of: price}
              - {name: price_first, function: first, of: price}
              - {name: price_last, function: last, of: price}
        """;

    public string Name => "lookups";

    public string Summary => "30 features of random keys over HTTP, 8 connections, while 100,000 events a second flow in";

    public bool TakesUrl => true;

    public async Task<BenchReport> RunAsync(BenchContext context, CancellationToken cancellation)
    {
        if (context.Url is { } url) return await ServedLookups.RunAsync(url, context, cancellation);
        await using var opened = await BenchEngine.OpenAsync(context.WorkDirectory, "lookups", Pipeline, bounded: false, cancellation);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = opened.Engine.RunAsync(stop.Token);
        BenchReport report;
        try
        {
            report = await MeasureAsync(opened, context, cancellation);
        }
        finally
        {
            await stop.CancelAsync();
            await running;
        }
        return report;
    }

    private static async Task<BenchReport> MeasureAsync(BenchEngine opened, BenchContext context, CancellationToken cancellation)
    {
        var engine = opened.Engine;
        var host = new Host();
        await using var server = await FeatureServer.StartAsync(
            new FeatureServerOptions(Port: 0), new ServerPorts(engine.Features, host, host), TimeProvider.System, NullLoggerFactory.Instance, cancellation);
        await using var empty = await EmptyEndpoint.StartAsync(cancellation);

        context.Progress("filling the view");
        await Task.Delay(TimeSpan.FromSeconds(5 * context.Scale), cancellation);
        var requests = await KnownKeysAsync(engine.Features, cancellation);
        var lookups = new HttpLoad(IPEndPoint.Parse(server.Address.Authority), requests, Connections);
        var nothing = new HttpLoad(empty.Address, requests, Connections);
        context.Progress("warming up");
        var warmUp = WarmUp(context.Scale);
        // At a pace first: at full load the compiler would wait for a core behind all that it is to make faster.
        foreach (var load in new[] { lookups, nothing }) await load.RunAsync(warmUp, PacedRate, cancellation);
        foreach (var load in new[] { lookups, nothing }) await load.RunAsync(warmUp / 2, null, cancellation);
        var round = TimeSpan.FromSeconds(10 * context.Scale / Rounds);
        context.Progress("events alone");
        var alone = ProcessUsage.Now();
        await Task.Delay(warmUp, cancellation);
        var (idle, ingestion, _) = alone.Since();
        var cores = ingestion / idle;

        var before = engine.Status();
        var started = Stopwatch.GetTimestamp();
        var full = new List<HttpLoadResult>();
        var bare = new List<HttpLoadResult>();
        double lookupCpu = 0, bareCpu = 0;
        context.Progress("lookups and empty answers in turns, as many as can be");
        var turn = ProcessUsage.Now();
        for (var i = 0; i < Rounds; i++)
        {
            full.Add(await lookups.RunAsync(round, null, cancellation));
            lookupCpu += Cpu();
            bare.Add(await nothing.RunAsync(round, null, cancellation));
            bareCpu += Cpu();
        }
        var elapsed = Stopwatch.GetElapsedTime(started);
        var after = engine.Status();
        context.Progress($"lookups and empty answers in turns, at a pace of {PacedRate:N0} a second");
        var pauses = GC.GetTotalPauseDuration();
        var paced = new List<HttpLoadResult>();
        var pacedBare = new List<HttpLoadResult>();
        for (var i = 0; i < Rounds; i++)
        {
            paced.Add(await lookups.RunAsync(round, PacedRate, cancellation));
            pacedBare.Add(await nothing.RunAsync(round, PacedRate, cancellation));
        }
        var rate = (after.Events - before.Events) / elapsed.TotalSeconds;
        var collected = GC.GetTotalPauseDuration() - pauses;
        var work = new Work(cores, lookupCpu, bareCpu, collected.TotalMilliseconds / paced.Concat(pacedBare).Sum(p => p.Seconds));
        return Report(
            requests.Length, engine.Features.Views[0].Features.Length, rate,
            HttpLoadResult.Join(full), HttpLoadResult.Join(bare), HttpLoadResult.Join(paced), HttpLoadResult.Join(pacedBare), work);

        // CPU seconds since the last call, without what the events take.
        double Cpu()
        {
            var (seconds, cpu, _) = turn.Since();
            turn = ProcessUsage.Now();
            return cpu - cores * seconds;
        }
    }

    /// <summary>What the process did, whoever else ran on the machine.</summary>
    /// <param name="IngestionCores">CPU seconds a second that the events take, alone.</param>
    /// <param name="LookupCpu">CPU seconds of all lookups at full load, of client and server together.</param>
    /// <param name="BareCpu">Of all empty answers.</param>
    /// <param name="Collected">Milliseconds a second that the garbage collector stopped everything for, at a pace.</param>
    private sealed record Work(double IngestionCores, double LookupCpu, double BareCpu, double Collected);

    private static BenchReport Report(int keys, int features, double rate, HttpLoadResult full, HttpLoadResult bare, HttpLoadResult paced, HttpLoadResult pacedBare, Work work) => new(
    [
        new("keys", keys, "keys"),
        new("features_per_lookup", features, "features"),
        new("lookups", full.Requests, "lookups"),
        new("failed_lookups", full.Failures + paced.Failures, "lookups"),
        new("answer_bytes", full.BodyBytes / (double)full.Requests, "bytes"),
        new("lookups_per_second", full.PerSecond, "lookups/s", 30_000),
        new("empty_answers_per_second", bare.PerSecond, "answers/s"),
        new("lookups_to_empty_answers", full.PerSecond / bare.PerSecond, "ratio", 0.8),
        new("lookup_cpu", work.LookupCpu / full.Requests * 1e6, "µs"),
        new("empty_answer_cpu", work.BareCpu / bare.Requests * 1e6, "µs"),
        new("empty_answer_cpu_to_lookup_cpu", work.BareCpu / bare.Requests / (work.LookupCpu / full.Requests), "ratio"),
        new("ingestion_cores", work.IngestionCores, "cores"),
        new("full_load_p50", full.Quantile(0.5), "ms"),
        new("full_load_p99", full.Quantile(0.99), "ms"),
        new("full_load_p99.9", full.Quantile(0.999), "ms"),
        new("paced_lookups_per_second", paced.PerSecond, "lookups/s"),
        new("paced_p50", paced.Quantile(0.5), "ms"),
        new("paced_p99", paced.Quantile(0.99), "ms", 1, GoalIsLimit: true),
        new("paced_empty_p50", pacedBare.Quantile(0.5), "ms"),
        new("paced_empty_p99", pacedBare.Quantile(0.99), "ms"),
        new("paced_gc_pauses", work.Collected, "ms a second"),
        new("ingested_events_per_second", rate, "events/s", EventsPerSecond * 0.99),
    ])
    {
        Notes =
        [
            "The client runs in the same process on the same cores, and so does the ingestion: what they take, the server does not have.",
            "At full load a stall delays one request a connection, at a pace all that fall due meanwhile count: the two percentiles do not compare.",
            "paced_empty_p99 near paced_p99 means that the delays are the machine's, the client's or the ingestion's, not the lookups'.",
            "lookup_cpu and empty_answer_cpu are of client, server and system together, less ingestion_cores, which the events take alone: on a busy machine their ratio is steadier than that of the rates.",
            "ingested_events_per_second is the rate that was really reached while lookups and empty answers ran at full load.",
        ],
    };

    /// <summary>A request for each key that the view knows; waits for the first.</summary>
    private static async Task<byte[][]> KnownKeysAsync(IFeatureReader features, CancellationToken cancellation)
    {
        var view = features.Views[0];
        var row = new FeatureRow();
        var requests = new List<byte[]>();
        while (requests.Count == 0)
        {
            await Task.Delay(20, cancellation);
            for (var user = 1; user <= Users; user++)
            {
                var name = $"u-{user}";
                features.Read(view, KeyCodec.FromText(view.Entity, new Dictionary<string, string>(StringComparer.Ordinal) { ["user_id"] = name }), null, row);
                if (row.Found) requests.Add(Encoding.ASCII.GetBytes($"GET /v1/views/{View}?user_id={name} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            }
        }
        return [.. requests];
    }

    private sealed class Host : IHostStatus, IMetricsSource
    {
        public bool IsLive => true;

        public string? NotReadyReason => null;

        public void Write(IMetricsWriter writer)
        {
        }
    }
}
