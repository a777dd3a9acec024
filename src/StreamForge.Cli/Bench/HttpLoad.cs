using System.Diagnostics;
using System.Net;

namespace StreamForge.Cli.Bench;

/// <summary>What a load of requests got.</summary>
/// <param name="Failures">Answers that were not 200.</param>
/// <param name="Latencies">Of each request, in <see cref="Stopwatch"/> ticks, ascending.</param>
internal sealed record HttpLoadResult(long Requests, long Failures, long BodyBytes, double Seconds, IReadOnlyList<long> Latencies)
{
    public double PerSecond => Requests / Seconds;

    /// <summary>The latency that a share of the requests stayed within, in milliseconds.</summary>
    public double Quantile(double share) => Latencies[Math.Min((int)(Latencies.Count * share), Latencies.Count - 1)] * 1000.0 / Stopwatch.Frequency;

    public static HttpLoadResult Join(IReadOnlyCollection<HttpLoadResult> parts) => new(
        parts.Sum(p => p.Requests), parts.Sum(p => p.Failures), parts.Sum(p => p.BodyBytes), parts.Sum(p => p.Seconds), [.. parts.SelectMany(p => p.Latencies).Order()]);
}

/// <summary>
/// Asks a server from several connections, each with a thread of its own, without pipelining: as fast as answers come, or at a pace. At a pace a request's latency
/// counts from when it was due if the answer before it came too late for that (so that a slow answer is not hidden by the requests that it held up), else from when it was sent.
/// </summary>
/// <param name="requests">Whole requests, one of which is drawn each time.</param>
/// <param name="connections">How many at once.</param>
internal sealed class HttpLoad(IPEndPoint server, byte[][] requests, int connections)
{
    /// <summary>Runs for a time, at least one request a connection.</summary>
    /// <param name="rate">Requests a second of all connections together; null for as many as can be.</param>
    public async Task<HttpLoadResult> RunAsync(TimeSpan duration, double? rate, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var end = started + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var parts = await Task.WhenAll(Enumerable.Range(0, connections).Select(i => Task.Factory.StartNew(
            () => Run(i, started, end, rate, cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        return HttpLoadResult.Join(parts) with { Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds };
    }

    private HttpLoadResult Run(int index, long started, long end, double? rate, CancellationToken cancellation)
    {
        using var connection = new HttpConnection(server);
        var random = new Random(index);
        var latencies = new List<long>();
        long failures = 0, bytes = 0, free = started;
        for (var n = 0L; n == 0 || free < end; n++)
        {
            cancellation.ThrowIfCancellationRequested();
            var due = rate is { } perSecond ? started + (long)((n * connections + index) / perSecond * Stopwatch.Frequency) : free;
            if (n > 0 && due >= end) break;
            WaitUntil(due, cancellation);
            var sent = free > due ? due : Stopwatch.GetTimestamp();
            var (status, body) = connection.Exchange(requests[random.Next(requests.Length)]);
            free = Stopwatch.GetTimestamp();
            latencies.Add(free - sent);
            bytes += body;
            if (status != 200) failures++;
        }
        return new HttpLoadResult(latencies.Count, failures, bytes, 0, latencies);
    }

    private static void WaitUntil(long due, CancellationToken cancellation)
    {
        while (due - Stopwatch.GetTimestamp() is > 0 and var left)
            cancellation.WaitHandle.WaitOne((int)Math.Max(1, left * 1000 / Stopwatch.Frequency));
    }
}
