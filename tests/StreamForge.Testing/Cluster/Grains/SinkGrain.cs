using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Sinks;
using StreamForge.Cluster.Slices;
using StreamForge.Testing.Cluster.Network;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Testing.Cluster.Grains;

/// <summary>An activation of a sink's writer.</summary>
internal sealed class SinkGrain(SimulatedWorld world, Action<ISimulatedGrain> end, SinkProcess process) : ProcessGrain(world, end), ISinkWriter
{
    public ValueTask<SinkAnswer> WriteAsync(SinkRows rows, CancellationToken cancellation) => GuardAsync(() => process.WriteAsync(rows, cancellation));

    public ValueTask<SinkStatus> StatusAsync(CancellationToken cancellation) => GuardAsync(() => process.StatusAsync(cancellation));

    public override async Task DeactivateAsync() => await process.DisposeAsync();

    protected override async Task StartAsync() => await process.StartAsync(CancellationToken.None);

    protected override async Task TickAsync() => await process.TickAsync(CancellationToken.None);
}
