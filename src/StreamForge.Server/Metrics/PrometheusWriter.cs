using System.Globalization;
using System.Text;
using StreamForge.Core;

namespace StreamForge.Server.Metrics;

/// <summary>
/// Prometheus's text format 0.0.4 ("Exposition formats", prometheus.io): a <c># HELP</c> and a <c># TYPE</c> line for each metric, then all its samples in one group,
/// whatever order the sources wrote them in.
/// </summary>
internal sealed class PrometheusWriter : IMetricsWriter
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly Dictionary<string, Family> _families = new(StringComparer.Ordinal);
    private readonly List<Family> _order = [];
    private Family? _current;

    private sealed record Family(string Name, string Help, MetricType Type, StringBuilder Samples);

    public void Metric(string name, string help, MetricType type)
    {
        if (!_families.TryGetValue(name, out _current))
        {
            if (!IsName(name)) throw new ArgumentException($"'{name}' is no metric name.", nameof(name));
            _current = new Family(name, help, type, new StringBuilder());
            _families.Add(name, _current);
            _order.Add(_current);
        }
        if (_current.Type != type) throw new ArgumentException($"The metric {name} is a {_current.Type} and cannot be a {type} too.", nameof(type));
    }

    public void Sample(double value, params ReadOnlySpan<MetricLabel> labels)
    {
        var family = Current(histogram: false);
        Line(family, "", labels, null, value);
    }

    public void Histogram(ReadOnlySpan<double> bounds, ReadOnlySpan<long> counts, double sum, params ReadOnlySpan<MetricLabel> labels)
    {
        if (counts.Length != bounds.Length + 1) throw new ArgumentException("A histogram has one more count than bounds.", nameof(counts));
        var family = Current(histogram: true);
        long total = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            total += counts[i];
            Line(family, "_bucket", labels, i == bounds.Length ? "+Inf" : Number(bounds[i]), total);
        }
        Line(family, "_sum", labels, null, sum);
        Line(family, "_count", labels, null, total);
    }

    /// <summary>The whole text.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var family in _order)
        {
            text.Append("# HELP ").Append(family.Name).Append(' ').Append(Escape(family.Help, quoted: false)).Append('\n');
            text.Append("# TYPE ").Append(family.Name).Append(' ').Append(TypeName(family.Type)).Append('\n');
            text.Append(family.Samples);
        }
        return text.ToString();
    }

    private Family Current(bool histogram)
    {
        var family = _current ?? throw new InvalidOperationException("A sample needs a metric before it.");
        if (histogram != (family.Type == MetricType.Histogram)) throw new InvalidOperationException($"The metric {family.Name} is a {TypeName(family.Type)}.");
        return family;
    }

    private static void Line(Family family, string suffix, ReadOnlySpan<MetricLabel> labels, string? bucket, double value)
    {
        var text = family.Samples.Append(family.Name).Append(suffix);
        var separator = '{';
        foreach (var label in labels)
        {
            text.Append(separator).Append(label.Name).Append("=\"").Append(Escape(label.Value, quoted: true)).Append('"');
            separator = ',';
        }
        if (bucket is not null)
        {
            text.Append(separator).Append("le=\"").Append(bucket).Append('"');
            separator = ',';
        }
        if (separator == ',') text.Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Escape(string text, bool quoted)
    {
        text = text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);
        return quoted ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string TypeName(MetricType type) => type switch
    {
        MetricType.Counter => "counter",
        MetricType.Gauge => "gauge",
        _ => "histogram",
    };

    private static bool IsName(string name)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0])) return false;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or ':')) return false;
        }
        return true;
    }
}
