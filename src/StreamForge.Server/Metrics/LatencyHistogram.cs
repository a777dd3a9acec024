using StreamForge.Core;

namespace StreamForge.Server.Metrics;

/// <summary>Counts how long things took, in buckets from 50 µs to 1 s. Safe from any thread; a scrape between two additions may see one of them.</summary>
internal sealed class LatencyHistogram
{
    private static readonly double[] Bounds = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
    private static readonly long[] BoundTicks = [.. Bounds.Select(bound => (long)Math.Round(bound * TimeSpan.TicksPerSecond))];

    private readonly long[] _counts = new long[Bounds.Length + 1];
    private long _ticks;

    public void Add(TimeSpan duration)
    {
        var bucket = 0;
        while (bucket < BoundTicks.Length && duration.Ticks > BoundTicks[bucket]) bucket++;
        Interlocked.Increment(ref _counts[bucket]);
        Interlocked.Add(ref _ticks, duration.Ticks);
    }

    public void Write(IMetricsWriter writer, params ReadOnlySpan<MetricLabel> labels)
    {
        Span<long> counts = stackalloc long[Bounds.Length + 1];
        for (var i = 0; i < counts.Length; i++) counts[i] = Interlocked.Read(ref _counts[i]);
        writer.Histogram(Bounds, counts, (double)Interlocked.Read(ref _ticks) / TimeSpan.TicksPerSecond, labels);
    }
}
