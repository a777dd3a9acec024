using StreamForge.Cluster.Features;
using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Testing.Cluster.Network;

namespace StreamForge.Testing.Cluster.Grains;

/// <summary>An activation of a key: a shell around its cell.</summary>
internal sealed class KeyGrain(KeyId id, StateBatcher batcher, Action<ISimulatedGrain> end) : ISimulatedGrain, IFeatureKey
{
    private FeatureCell? _cell;

    public async Task ActivateAsync()
    {
        try
        {
            _cell = await batcher.LoadAsync(id, CancellationToken.None);
        }
        catch
        {
            end(this);
            throw;
        }
    }

    public async Task DeactivateAsync() => await batcher.ReleaseAsync(_cell!, CancellationToken.None);

    public ValueTask<KeyAnswer> ApplyAsync(KeySlice slice, CancellationToken cancellation) => new(Live().Apply(slice));

    public ValueTask<KeyAnswer> CloseAsync(CloseRequest time, CancellationToken cancellation) => new(Live().Close(time));

    public ValueTask<byte[]?> ReadAsync(CancellationToken cancellation) => new(Live().Read());

    // A cell that was fenced refuses the call; the next one finds a new activation.
    private FeatureCell Live()
    {
        if (!_cell!.IsActive) end(this);
        return _cell;
    }
}
