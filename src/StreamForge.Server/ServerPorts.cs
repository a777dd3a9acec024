using StreamForge.Core;

namespace StreamForge.Server;

/// <summary>What the server asks for its answers. All of them are asked from any thread.</summary>
/// <param name="Metrics">What else <c>/metrics</c> shows; the server adds its own.</param>
public sealed record ServerPorts(IFeatureReader Features, IHostStatus Status, IMetricsSource Metrics)
{
    /// <summary>The pipelines to show; none without it.</summary>
    public IPipelineReader? Pipelines { get; init; }

    /// <summary>Knows the positions behind features; null where nobody does.</summary>
    public IOriginReader? Origins { get; init; }

    /// <summary>The tables to show; none without it.</summary>
    public ITableReader? Tables { get; init; }

    /// <summary>The cluster that the host is a node of; null when it is none.</summary>
    public IClusterReader? Cluster { get; init; }

    /// <summary>Starts and stops the pipelines; null where they run as long as the host.</summary>
    public IPipelineSwitch? Switch { get; init; }
}
