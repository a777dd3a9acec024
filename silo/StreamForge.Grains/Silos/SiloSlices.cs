using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Grains.Hosting;

namespace StreamForge.Grains.Silos;

/// <summary>Takes what other silos send to this one.</summary>
internal sealed class SiloSlices(GrainId id, Silo silo, ILoggerFactory logs, SiloPipelines pipelines) : GrainService(id, silo, logs), ISiloSlices
{
    public ValueTask<SliceAnswer> ApplyAsync(string pipeline, SliceBatch batch) => pipelines.Get(pipeline).Receiver.ApplyAsync(batch, CancellationToken.None);

    public ValueTask<FlushStatus> StatusAsync(string pipeline) => pipelines.Get(pipeline).Receiver.StatusAsync(CancellationToken.None);

    public ValueTask<byte[]?[]> ReadAsync(string pipeline, KeyId[] keys) => pipelines.Get(pipeline).Receiver.ReadAsync(keys, CancellationToken.None);
}
