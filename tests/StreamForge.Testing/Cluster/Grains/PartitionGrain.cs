using StreamForge.Cluster.Partitions;
using StreamForge.Cluster.Ports;
using StreamForge.Testing.Cluster.Network;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Testing.Cluster.Grains;

/// <summary>An activation of a partition.</summary>
internal sealed class PartitionGrain(SimulatedWorld world, Action<ISimulatedGrain> end, PartitionProcess process, Func<PollBatch, long, PollBatch> between) : ProcessGrain(world, end)
{
    public ValueTask<BatchAnswer> DeliverAsync(PollBatch batch) => GuardAsync(() => process.OnBatchAsync(between(batch, process.Received), CancellationToken.None));

    protected override async Task StartAsync() => await process.StartAsync(CancellationToken.None);

    protected override async Task TickAsync() => await process.TickAsync(CancellationToken.None);
}
