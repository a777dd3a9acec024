using Orleans.Concurrency;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Grains.Wire;

namespace StreamForge.Grains.Features;

/// <summary>A view's key (see <see cref="IFeatureKey"/>). Its grain key is <see cref="FeatureKeys"/>'.</summary>
[Alias("StreamForge.IFeatureGrain")]
internal interface IFeatureGrain : IGrainWithStringKey
{
    [Alias("Apply")]
    ValueTask<KeyAnswer> ApplyAsync([Immutable] KeySliceArgument slice);

    [Alias("Close")]
    ValueTask<KeyAnswer> CloseAsync(CloseRequest time);

    [Alias("Read"), AlwaysInterleave]
    ValueTask<byte[]?> ReadAsync();
}
