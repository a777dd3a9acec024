using Orleans.Placement;
using Orleans.Runtime.Placement;
using StreamForge.Cluster.KeyGroups;
using StreamForge.Grains.Silos;

namespace StreamForge.Grains.Features;

/// <summary>A key is activated in the silo that owns its group, where the batch with its rows is sent.</summary>
[GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("StreamForge.KeyGroupPlacement")]
public sealed class KeyGroupPlacement : PlacementStrategy;

[AttributeUsage(AttributeTargets.Class)]
internal sealed class PlacedByKeyGroupAttribute() : PlacementAttribute(new KeyGroupPlacement());

internal sealed class KeyGroupDirector(SiloMembers members) : IPlacementDirector
{
    private readonly KeyPlacement _placement = new();

    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        if (silos.Length == 1) return Task.FromResult(silos[0]);
        var owner = _placement.Of(members.Alive).Owner(FeatureKeys.Group(target.GrainIdentity.Key)).Address();
        return Task.FromResult(Array.IndexOf(silos, owner) >= 0 ? owner : silos[0]);
    }
}
