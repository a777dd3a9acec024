using System.Diagnostics;
using StreamForge.Core;

namespace StreamForge.Cli.Bench;

/// <summary>
/// <c>freshness</c>: how long an event that has been read is not yet seen by a lookup, at 100,000 events a second over 100,000 users. Beside the users' view there is one in which all events have the same key; its count says how
/// many events lookups see. The source is watched: when which event had been read.
/// </summary>
internal sealed class FreshnessScenario : IBenchScenario
{
    private const double FullSeconds = 20;
    private const double WarmUpSeconds = 5;

    private const string Pipeline = """
        metadata: {name: bench_freshness}
        sources:
          clicks: {type: clickstream, rate: 100000, users: 100000}
        transformations:
          - {name: marked, type: sql_transform, input: clicks, sql: "SELECT 'all' AS everyone, event_time FROM {{ input }}"}
        features:
          - view: user_activity
            input: clicks
            entity: [user_id]
            windows: [1m, 30m, 1h]
            aggregates:
              - {name: events, function: count}
              - {name: spend, function: sum, of: price}
              - {name: top, function: max, of: price}
          - view: seen
            input: marked
            entity: [everyone]
            windows: [lifetime]
            aggregates: [{name: n, function: count}]
        """;

    public string Name => "freshness";

    public string Summary => "how long an event that has been read is not yet seen by lookups, at 100,000 events/s";

    public async Task<BenchReport> RunAsync(BenchContext context, CancellationToken cancellation)
    {
        var watched = new WatchedReads();
        var before = ProcessUsage.Now();
        await using var opened = await BenchEngine.OpenAsync(
            context.WorkDirectory, "freshness", Pipeline, bounded: false, cancellation, change: p => p with { Sources = [.. p.Sources.Select(s => new WatchedSource(s, watched))] });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var seenEnough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = opened.Engine.RunAsync(stop.Token);
        var sight = new List<(long Time, long Count)>();
        context.Progress("events come");
        var looking = Task.Factory.StartNew(() => Look(opened.Engine.Features, sight, seenEnough.Token), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Task.Delay(TimeSpan.FromSeconds((WarmUpSeconds + FullSeconds) * context.Scale), cancellation);
        await seenEnough.CancelAsync();
        await looking;
        await stop.CancelAsync();
        await running;
        var (_, cpu, _) = before.Since();
        var events = opened.Engine.Events;
        // Reads that nobody looked for any more are left out.
        var reads = watched.Reads.Where(r => r.Total <= sight[^1].Count && (r.Time - watched.Reads[0].Time) / (double)Stopwatch.Frequency >= WarmUpSeconds * context.Scale).ToArray();
        if (reads.Length < 2) return new BenchReport([new("events", events, "events")]) { Notes = ["Too short for reads to be seen."] };
        var delays = Delays(reads, sight);
        return new BenchReport(
        [
            new("events", events, "events"),
            new("events_per_second", (reads[^1].Total - reads[0].Total) / Stopwatch.GetElapsedTime(reads[0].Time, reads[^1].Time).TotalSeconds, "events/s"),
            new("looks", sight.Count, "lookups"),
            new("fresh_p50", Quantile(delays, 0.5), "ms"),
            new("fresh_p99", Quantile(delays, 0.99), "ms", 50, GoalIsLimit: true),
            new("fresh_p99.9", Quantile(delays, 0.999), "ms"),
            new("fresh_most", delays[^1].Milliseconds, "ms"),
            new("cpu_seconds_per_million_events", cpu / events * 1e6, "s"),
            EngineRun.PeakResidentMeasure,
        ])
        {
            Plots = [new("milliseconds from read to seen", ["fresh_p50", "fresh_p99", "fresh_p99.9", "fresh_most"])],
            Notes =
            [
                "From the moment that the source hands a batch over, decoded, to the first lookup that counts it; a lookup is made every millisecond, so up to one is the measurement's.",
                "Events of a batch are read and seen together; each counts. How long an event waits in its source before it is read is the source's matter and not in it.",
            ],
        };
    }

    private static void Look(IFeatureReader features, List<(long Time, long Count)> sight, CancellationToken until)
    {
        var view = features.Views.Single(v => v.Name == "seen");
        var key = KeyCodec.FromText(view.Entity, new Dictionary<string, string>(StringComparer.Ordinal) { ["everyone"] = "all" });
        var row = new FeatureRow();
        do
        {
            features.Read(view, key, null, row);
            sight.Add((Stopwatch.GetTimestamp(), row.Found ? row.Values[0].Int64 : 0));
        }
        while (!until.WaitHandle.WaitOne(1));
    }

    private readonly record struct Delay(double Milliseconds, long Events);

    /// <summary>Ascending.</summary>
    private static Delay[] Delays(WatchedRead[] reads, List<(long Time, long Count)> sight)
    {
        var delays = new List<Delay>();
        var look = 0;
        foreach (var read in reads)
        {
            while (sight[look].Count < read.Total) look++;
            delays.Add(new Delay(Math.Max(0, (sight[look].Time - read.Time) * 1000.0 / Stopwatch.Frequency), read.Rows));
        }
        return [.. delays.OrderBy(d => d.Milliseconds)];
    }

    private static double Quantile(Delay[] delays, double share)
    {
        var left = delays.Sum(d => d.Events) * share;
        foreach (var delay in delays)
        {
            left -= delay.Events;
            if (left <= 0) return delay.Milliseconds;
        }
        return delays[^1].Milliseconds;
    }

    /// <summary>A batch that was read: when, how many rows, and how many in all with it.</summary>
    private readonly record struct WatchedRead(long Time, long Rows, long Total);

    private sealed class WatchedReads
    {
        public List<WatchedRead> Reads { get; } = [];

        public void Add(long rows) => Reads.Add(new WatchedRead(Stopwatch.GetTimestamp(), rows, rows + (Reads.Count == 0 ? 0 : Reads[^1].Total)));
    }

    /// <summary>A source of one partition whose reads are noted.</summary>
    private sealed class WatchedSource(ISource source, WatchedReads reads) : ISource
    {
        public string Name => source.Name;

        public Schema Schema => source.Schema;

        public IReadOnlyList<PartitionId> Partitions => source.Partitions;

        public IPartitionReader Open(PartitionId partition, PartitionCursor start, ReadRequest request) => new WatchedReader(source.Open(partition, start, request), reads);

        public ValueTask DisposeAsync() => source.DisposeAsync();
    }

    private sealed class WatchedReader(IPartitionReader reader, WatchedReads reads) : IPartitionReader
    {
        public PartitionId Partition => reader.Partition;

        public double? Progress => reader.Progress;

        public async ValueTask<ReadResult> ReadAsync(CancellationToken cancellation)
        {
            var read = await reader.ReadAsync(cancellation);
            if (read.Batch is { } batch) reads.Add(batch.Batch.Count);
            return read;
        }

        public ValueTask DisposeAsync() => reader.DisposeAsync();
    }
}
