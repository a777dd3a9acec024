using Orleans.Concurrency;
using Orleans.Runtime;
using Orleans.Runtime.Services;
using Orleans.Services;
using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;

namespace StreamForge.Grains.Silos;

/// <summary>A silo's local service (see <see cref="ISliceReceiver"/>) for all pipelines, called by the silo's address.</summary>
[Alias("StreamForge.ISiloSlices")]
internal interface ISiloSlices : IGrainService
{
    [Alias("Apply")]
    ValueTask<SliceAnswer> ApplyAsync(string pipeline, [Immutable] SliceBatch batch);

    [Alias("Status")]
    ValueTask<FlushStatus> StatusAsync(string pipeline);

    [Alias("Read")]
    ValueTask<byte[]?[]> ReadAsync(string pipeline, [Immutable] KeyId[] keys);
}

/// <summary>Finds the service of a silo.</summary>
internal sealed class SiloSlicesClient(IServiceProvider services) : GrainServiceClient<ISiloSlices>(services)
{
    public ISiloSlices Of(SiloId silo) => GetGrainService(silo.Address());
}
