namespace StreamForge.Core;

/// <summary>How a metric's numbers behave; the kinds are Prometheus's.</summary>
public enum MetricType
{
    /// <summary>Only grows, from 0 at the program's start; its name ends in <c>_total</c>.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Observations counted by size.</summary>
    Histogram,
}

/// <summary>A dimension of a sample, such as <c>view</c> = <c>customer_activity</c>.</summary>
public readonly record struct MetricLabel(string Name, string Value);

/// <summary>What has metrics to show. Asked by any thread, also several at once.</summary>
public interface IMetricsSource
{
    void Write(IMetricsWriter writer);
}

/// <summary>Takes the metrics of one scrape. Used by one thread.</summary>
public interface IMetricsWriter
{
    /// <summary>Names the metric that the samples after it belong to. The same name may come again, from another source, with the same type.</summary>
    /// <param name="name">Letters, digits and underscores; base units: seconds, bytes.</param>
    /// <param name="help">One sentence.</param>
    void Metric(string name, string help, MetricType type);

    /// <summary>One number of a counter or gauge.</summary>
    void Sample(double value, params ReadOnlySpan<MetricLabel> labels);

    /// <summary>One histogram.</summary>
    /// <param name="bounds">Inclusive upper ends of the buckets, ascending, without infinity.</param>
    /// <param name="counts">Observations in each bucket alone, one more than <paramref name="bounds"/>: the last counts what is beyond.</param>
    /// <param name="sum">Sum of all observations.</param>
    void Histogram(ReadOnlySpan<double> bounds, ReadOnlySpan<long> counts, double sum, params ReadOnlySpan<MetricLabel> labels);
}
