using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace StreamForge.Grains.Hosting;

/// <summary>Traces and metrics of the cluster's own work, for whoever listens by <see cref="Name"/>. Spans of calls between grains are Orleans' own (<c>AddActivityPropagation</c>), and hang below these.</summary>
public static class ClusterTelemetry
{
    /// <summary>Of the activity source and the meter.</summary>
    public const string Name = "StreamForge.Cluster";

    private static readonly Meter Meter = new(Name);

    internal static ActivitySource Source { get; } = new(Name);

    /// <summary>Batches that partitions were brought, by what they made of them: Applied, Seen, Refused.</summary>
    internal static Counter<long> Batches { get; } = Meter.CreateCounter<long>("streamforge.cluster.batches", "{batch}");

    /// <summary>How often partitions asked for a position.</summary>
    internal static Counter<long> Rewinds { get; } = Meter.CreateCounter<long>("streamforge.cluster.rewinds", "{rewind}");

    /// <summary>Slices that came from other silos.</summary>
    internal static Counter<long> Slices { get; } = Meter.CreateCounter<long>("streamforge.cluster.slices", "{slice}");
}
