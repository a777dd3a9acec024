using System.Collections.Immutable;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Testing.Cluster.Network;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Testing.Cluster.Grains;

/// <summary>An activation of the pipeline's own part.</summary>
internal sealed class PipelineGrain(SimulatedWorld world, Action<ISimulatedGrain> end, PipelineProcess process, ImmutableArray<PartitionId> partitions) : ProcessGrain(world, end), IPipelineControl
{
    public ValueTask<PipelineTime> ReportAsync(PartitionReport report, CancellationToken cancellation) => GuardAsync(() => process.ReportAsync(report, cancellation));

    public ValueTask<PipelineTime> TimeAsync(CancellationToken cancellation) => GuardAsync(() => process.TimeAsync(cancellation));

    public async ValueTask OrderAsync(PipelineOrder order, CancellationToken cancellation) => await GuardAsync(async () =>
    {
        await process.OrderAsync(order, cancellation);
        return true;
    });

    public ValueTask<PipelineOverview> OverviewAsync(CancellationToken cancellation) => GuardAsync(() => process.OverviewAsync(cancellation));

    protected override async Task StartAsync() => await process.StartAsync(partitions, CancellationToken.None);

    protected override async Task TickAsync() => await process.TickAsync(CancellationToken.None);
}
