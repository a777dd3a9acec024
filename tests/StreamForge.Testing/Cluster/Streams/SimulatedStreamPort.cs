using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Testing.Cluster.Streams;

/// <summary>The port to a <see cref="SimulatedStream"/>, as a partition's owner has it: its calls are messages too.</summary>
internal sealed class SimulatedStreamPort(SimulatedWorld world, FaultSource faults, SimulatedStream stream) : IPartitionStream
{
    public async ValueTask<long> StartAsync(CancellationToken cancellation)
    {
        await CallAsync("start of the stream", cancellation);
        return stream.Topic.Start;
    }

    public async ValueTask RewindAsync(long position, CancellationToken cancellation)
    {
        await CallAsync("rewind", cancellation);
        stream.Rewind(position);
        if (faults.Strikes(faults.Plan.AnswerLost, "rewind answer lost")) throw Unavailable("rewind");
    }

    public void Acknowledge(long durable)
    {
        world.Enter("acknowledge");
        stream.Acknowledge(durable);
    }

    private async Task CallAsync(string what, CancellationToken cancellation)
    {
        world.Enter(what);
        cancellation.ThrowIfCancellationRequested();
        await world.DelayAsync(world.Between(100, 20_000));
        if (faults.Strikes(faults.Plan.RequestLost, "rewind lost")) throw Unavailable(what);
    }

    private StreamForgeException Unavailable(string what) => new(ErrorKind.Unavailable, $"{what} of partition {stream.Topic.Partition}: no answer", retryable: true);
}
