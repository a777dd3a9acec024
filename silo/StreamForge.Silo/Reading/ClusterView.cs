using System.Collections.Immutable;
using Orleans.Runtime;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Core;

namespace StreamForge.Silo.Reading;

/// <summary>The cluster as this node sees it: members from Orleans, positions from each pipeline's own part; and the switch of the pipelines. Safe from any thread.</summary>
/// <param name="pipelines">Each pipeline's name and its own part, in the order in which they were given.</param>
internal sealed class ClusterView(string id, IClusterMembershipService membership, ILocalSiloDetails here, IReadOnlyList<(string Name, IPipelineControl Control)> pipelines) : IClusterReader, IPipelineSwitch
{
    /// <summary>Generations of silos are seconds from here.</summary>
    private static readonly DateTimeOffset Generations = new(2022, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public async ValueTask<ClusterStatus> ReadAsync(CancellationToken cancellation)
    {
        var nodes = membership.CurrentSnapshot.Members.Values.OrderBy(m => m.SiloAddress.Generation).ThenBy(m => m.SiloAddress).Select(Describe);
        var partitions = ImmutableArray.CreateBuilder<PartitionPositions>();
        foreach (var (name, control) in pipelines) partitions.AddRange(Describe(name, await control.OverviewAsync(cancellation)));
        return new ClusterStatus(id, here.SiloAddress.ToParsableString(), [.. nodes], partitions.ToImmutable());
    }

    public ValueTask StartAsync(string pipeline, CancellationToken cancellation) => OrderAsync(pipeline, PipelineOrder.Run, cancellation);

    public ValueTask StopAsync(string pipeline, CancellationToken cancellation) => OrderAsync(pipeline, PipelineOrder.Stop, cancellation);

    private ValueTask OrderAsync(string pipeline, PipelineOrder order, CancellationToken cancellation) => pipelines.First(p => p.Name == pipeline).Control.OrderAsync(order, cancellation);

    private static IEnumerable<PartitionPositions> Describe(string pipeline, PipelineOverview overview) => overview.Names.Zip(overview.Reports)
        .Where(p => p.Second is not null)
        .Select(p => new PartitionPositions(
            pipeline, p.First.Source, p.First.Partition, null, p.Second!.Received, p.Second.Applied, p.Second.Durable, null, p.Second.Counts.Rewinds, p.Second.Failure ?? p.Second.Waiting));

    private static ClusterNode Describe(ClusterMember member) => new(
        member.SiloAddress.ToParsableString(), member.Name, StateOf(member.Status), (Generations.AddSeconds(member.SiloAddress.Generation) - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond, null);

    private static NodeState StateOf(SiloStatus status) => status switch
    {
        SiloStatus.Active => NodeState.Active,
        SiloStatus.ShuttingDown or SiloStatus.Stopping => NodeState.Leaving,
        SiloStatus.Dead => NodeState.Dead,
        _ => NodeState.Joining,
    };
}
