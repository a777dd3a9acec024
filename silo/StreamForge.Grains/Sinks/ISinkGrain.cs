using Orleans.Concurrency;
using StreamForge.Cluster.Slices;

namespace StreamForge.Grains.Sinks;

/// <summary>The writer of a sink (see <see cref="Cluster.Ports.ISinkWriter"/>); its key is <c>pipeline/sink's index</c>.</summary>
[Alias("StreamForge.ISinkGrain")]
internal interface ISinkGrain : IGrainWithStringKey
{
    [Alias("Write"), AlwaysInterleave]
    ValueTask<SinkAnswer> WriteAsync([Immutable] SinkRows rows);

    [Alias("Status"), AlwaysInterleave]
    ValueTask<SinkStatus> StatusAsync();
}
