using StreamForge.Cluster.KeyGroups;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Testing.Cluster.Network;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Testing.Cluster.Grains;

/// <summary>An activation of some key groups.</summary>
internal sealed class KeyGroupGrain(SimulatedWorld world, Action<ISimulatedGrain> end, KeyGroupProcess process, ICluster cluster) : ProcessGrain(world, end)
{
    protected override Task StartAsync() => Task.CompletedTask;

    protected override async Task TickAsync()
    {
        var time = await cluster.Control.TimeAsync(CancellationToken.None);
        var (closed, error) = await process.SweepAsync(time, CancellationToken.None);
        if (closed > 0) World.Tell($"{closed} keys have closed what was due by {EventTime.Format(time.Watermark)}");
        if (error is not null) World.Tell($"a sweep was not whole: {error.Message}");
    }
}
