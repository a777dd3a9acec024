using Orleans.Placement;
using Orleans.Runtime.Placement;
using StreamForge.Grains.Hosting;
using StreamForge.Grains.Silos;

namespace StreamForge.Grains.Partitions;

/// <summary>A partition's grain is activated in the silo that polls the partition.</summary>
[GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("StreamForge.PartitionPlacement")]
public sealed class PartitionPlacement : PlacementStrategy;

[AttributeUsage(AttributeTargets.Class)]
internal sealed class PlacedWithItsQueueAttribute() : PlacementAttribute(new PartitionPlacement());

internal sealed class PartitionDirector(SiloPipelines pipelines) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var owner = pipelines.OwnerOf(target.GrainIdentity.Key.ToString()!)?.Address();
        return Task.FromResult(owner is not null && Array.IndexOf(context.GetCompatibleSilos(target), owner) >= 0 ? owner : context.LocalSilo);
    }
}
