using Microsoft.Extensions.Logging;
using Orleans.Runtime.Services;
using Orleans.Services;
using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Grains.Hosting;

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
    ValueTask<byte[]?[]> ReadAsync(string pipeline, [Immutable] int[] views, [Immutable] byte[][] keys);
}

/// <summary>Finds the service of a silo.</summary>
internal sealed class SiloSlicesClient(IServiceProvider services) : GrainServiceClient<ISiloSlices>(services)
{
    public ISiloSlices Of(SiloId silo) => GetGrainService(silo.Address());
}

/// <summary>Takes what other silos send to this one. The work of decoding is spread over the silo's threads.</summary>
internal sealed class SiloSlices(GrainId id, Silo silo, ILoggerFactory logs, SiloPipelines pipelines) : GrainService(id, silo, logs), ISiloSlices
{
    public async ValueTask<SliceAnswer> ApplyAsync(string pipeline, SliceBatch batch)
    {
        ClusterTelemetry.Slices.Add(1);
        return await Task.Run(async () => await pipelines.Get(pipeline).Receiver.ApplyAsync(batch, CancellationToken.None));
    }

    public ValueTask<FlushStatus> StatusAsync(string pipeline) => pipelines.Get(pipeline).Receiver.StatusAsync(CancellationToken.None);

    public ValueTask<byte[]?[]> ReadAsync(string pipeline, int[] views, byte[][] keys) =>
        pipelines.Get(pipeline).Receiver.ReadAsync([.. keys.Select((k, i) => new KeyId(views[i], k))], CancellationToken.None);
}
