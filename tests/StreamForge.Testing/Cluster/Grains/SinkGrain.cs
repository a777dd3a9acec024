using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Sinks;
using StreamForge.Cluster.Slices;
using StreamForge.Testing.Cluster.Network;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Testing.Cluster.Grains;

/// <summary>An activation of a sink's writer.</summary>
internal sealed class SinkGrain(SimulatedWorld world, Action<ISimulatedGrain> end, SinkProcess process, Func<ISinkWriter, ISinkWriter> between) : ProcessGrain(world, end), ISinkWriter
{
    private readonly ISinkWriter _writer = between(process);

    public ValueTask<SinkAnswer> WriteAsync(SinkRows rows, CancellationToken cancellation) => GuardAsync(() => _writer.WriteAsync(rows, cancellation));

    public ValueTask<SinkStatus> StatusAsync(CancellationToken cancellation) => GuardAsync(() => _writer.StatusAsync(cancellation));

    public override async Task DeactivateAsync() => await process.DisposeAsync();

    protected override async Task StartAsync() => await process.StartAsync(CancellationToken.None);

    protected override async Task TickAsync() => await process.TickAsync(CancellationToken.None);
}
