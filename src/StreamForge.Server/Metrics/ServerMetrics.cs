using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using StreamForge.Core;

namespace StreamForge.Server.Metrics;

/// <summary>What the server counts of itself. Safe from any thread.</summary>
internal sealed class ServerMetrics : IMetricsSource
{
    private readonly ConcurrentDictionary<(string Route, int Status), StrongBox<long>> _requests = new();
    private readonly ConcurrentDictionary<string, StrongBox<long>[]> _keys = new(StringComparer.Ordinal);
    private readonly LatencyHistogram _view = new();
    private readonly LatencyHistogram _features = new();

    /// <summary>One request was answered.</summary>
    /// <param name="route">The kind of call, not the path: paths that nobody expected must not make samples without end.</param>
    public void Answered(string route, int status) =>
        Interlocked.Increment(ref _requests.GetOrAdd((route, status), static _ => new StrongBox<long>()).Value);

    /// <summary>One key of a view was read.</summary>
    public void KeyRead(string view, bool found) =>
        Interlocked.Increment(ref _keys.GetOrAdd(view, static _ => [new StrongBox<long>(), new StrongBox<long>()])[found ? 1 : 0].Value);

    /// <summary>One lookup was computed and written, from the request's head to the answer's last byte handed to the connection.</summary>
    public void LookedUp(bool manyKeys, TimeSpan duration) => (manyKeys ? _features : _view).Add(duration);

    public void Write(IMetricsWriter writer)
    {
        writer.Metric("streamforge_http_requests_total", "Requests answered, by kind of call and HTTP status.", MetricType.Counter);
        foreach (var ((route, status), count) in _requests.OrderBy(pair => pair.Key))
            writer.Sample(Interlocked.Read(ref count.Value), new("route", route), new("status", status.ToString(CultureInfo.InvariantCulture)));
        writer.Metric("streamforge_lookup_keys_total", "Keys read by lookups, by view and whether the key was known.", MetricType.Counter);
        foreach (var (view, counts) in _keys.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            writer.Sample(Interlocked.Read(ref counts[1].Value), new("view", view), new("known", "true"));
            writer.Sample(Interlocked.Read(ref counts[0].Value), new("view", view), new("known", "false"));
        }
        writer.Metric("streamforge_lookup_duration_seconds", "Time to answer a lookup that succeeded, from the request's head to the answer's last byte.", MetricType.Histogram);
        _view.Write(writer, new MetricLabel("route", "view"));
        _features.Write(writer, new MetricLabel("route", "features"));
    }
}
