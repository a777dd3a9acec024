using StreamForge.Cluster.Features;
using StreamForge.Cluster.Slices;
using StreamForge.Grains.Hosting;
using StreamForge.Grains.Wire;

namespace StreamForge.Grains.Features;

/// <summary>
/// An activation of a key: the lifetime of a <see cref="FeatureCell"/>, which holds the state and knows what to do. The activation ends when nobody has called it for long, when its cell was fenced, and when a call from elsewhere shows that its group is
/// another silo's now; it waits until what it holds is in storage.
/// </summary>
[PlacedByKeyGroup, GrainType("feature")]
internal sealed class FeatureGrain(IGrainContext context, SiloPipelines pipelines) : IGrainBase, IFeatureGrain
{
    private SiloPipeline? _pipeline;
    private FeatureCell? _cell;

    public IGrainContext GrainContext => context;

    private FeatureCell Cell => _cell ?? throw new InvalidOperationException("The key is not active.");

    public async Task OnActivateAsync(CancellationToken token)
    {
        var key = context.GrainId.Key;
        _pipeline = pipelines.Get(FeatureKeys.Pipeline(key));
        _cell = await _pipeline.Batcher.LoadAsync(FeatureKeys.Id(key), token);
    }

    public async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token)
    {
        if (_cell is not null) await _pipeline!.Batcher.ReleaseAsync(_cell, token);
    }

    public ValueTask<KeyAnswer> ApplyAsync(KeySliceArgument slice)
    {
        Look(slice.IsFromElsewhere);
        return ValueTask.FromResult(Cell.Apply(slice.Read(_pipeline!.Codecs[Cell.Id.View])));
    }

    public ValueTask<KeyAnswer> CloseAsync(CloseRequest time)
    {
        Look(isFromElsewhere: true);
        return ValueTask.FromResult(Cell.Close(time));
    }

    public ValueTask<byte[]?> ReadAsync()
    {
        Look(isFromElsewhere: true);
        var state = Cell.Read();
        if (Cell.IsEmpty) this.DeactivateOnIdle();
        return ValueTask.FromResult(state);
    }

    /// <summary>Whether the activation should end; it serves the present call if it can.</summary>
    private void Look(bool isFromElsewhere)
    {
        if (!Cell.IsActive || (isFromElsewhere && !_pipeline!.OwnsGroup(FeatureKeys.Group(context.GrainId.Key)))) this.DeactivateOnIdle();
    }
}
