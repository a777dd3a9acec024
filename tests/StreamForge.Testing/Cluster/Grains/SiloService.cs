using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.KeyGroups;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Testing.Cluster.Network;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Testing.Cluster.Grains;

/// <summary>What a silo has one of: its batcher, its receiver, its knowledge of placement.</summary>
internal sealed class SiloService(SimulatedWorld world, ICluster cluster, StateBatcher batcher, ISliceReceiver receiver, KeyPlacement placement) : ISimulatedGrain, ISliceReceiver
{
    public ICluster Cluster => cluster;

    public StateBatcher Batcher => batcher;

    public KeyPlacement Placement => placement;

    /// <summary>Keys that are active here and have windows due.</summary>
    public DueKeys Due => batcher.Due;

    public Task ActivateAsync()
    {
        _ = RunAsync();
        return Task.CompletedTask;
    }

    private async Task RunAsync()
    {
        try
        {
            await batcher.RunAsync(CancellationToken.None);
            world.Fail("a batcher has ended by itself");
        }
        catch (Exception error)
        {
            world.Fail($"a batcher has failed: {error}");
        }
    }

    public ValueTask<SliceAnswer> ApplyAsync(SliceBatch batch, CancellationToken cancellation) => receiver.ApplyAsync(batch, cancellation);

    public ValueTask<FlushStatus> StatusAsync(CancellationToken cancellation) => receiver.StatusAsync(cancellation);

    public ValueTask<byte[]?[]> ReadAsync(IReadOnlyList<KeyId> keys, CancellationToken cancellation) => receiver.ReadAsync(keys, cancellation);
}
