using System.Collections.Immutable;
using StreamForge.Cluster.Pipelines;
using StreamForge.Core;
using StreamForge.Grains.Hosting;
using StreamForge.Grains.KafkaStreams;
using StreamForge.Silo.Hosting;
using StreamForge.Silo.Pipelines;

namespace StreamForge.Silo.Reading;

/// <summary>
/// The cluster as this node sees it: members from Orleans, positions from each pipeline's own part, the topics' ends from this node's own consumers; and the switch of the pipelines. Safe from any thread.
/// </summary>
/// <param name="pipelines">In the order in which they were given.</param>
internal sealed class ClusterView(string id, IClusterMembershipService membership, ILocalSiloDetails here, SiloPipelines silo, IReadOnlyList<SiloPipeline> pipelines, OpenTopics topics, TimeProvider clock) : IClusterReader, IPipelineSwitch
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>Generations of silos are seconds from here.</summary>
    private static readonly DateTimeOffset Generations = new(2022, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private volatile ImmutableDictionary<(string Pipeline, PartitionId Partition), long> _ends = ImmutableDictionary<(string, PartitionId), long>.Empty;
    private volatile PartitionPositions[] _seen = [];

    /// <summary>The partitions as they were a moment ago.</summary>
    public IReadOnlyList<PartitionPositions> Seen => _seen;

    /// <summary>The members, and those that have left not long ago; the youngest last.</summary>
    public ImmutableArray<ClusterNode> Nodes() => [.. membership.CurrentSnapshot.Members.Values.OrderBy(m => m.SiloAddress.Generation).ThenBy(m => m.SiloAddress).Select(Describe)];

    public async ValueTask<ClusterStatus> ReadAsync(CancellationToken cancellation)
    {
        var partitions = ImmutableArray.CreateBuilder<PartitionPositions>();
        foreach (var pipeline in pipelines) partitions.AddRange(Describe(pipeline.Pipeline.Name, await pipeline.Cluster.Control.OverviewAsync(cancellation)));
        return new ClusterStatus(id, here.SiloAddress.ToParsableString(), Nodes(), partitions.ToImmutable());
    }

    public ValueTask StartAsync(string pipeline, CancellationToken cancellation) => silo.Get(pipeline).Cluster.Control.OrderAsync(PipelineOrder.Run, cancellation);

    public ValueTask StopAsync(string pipeline, CancellationToken cancellation) => silo.Get(pipeline).Cluster.Control.OrderAsync(PipelineOrder.Stop, cancellation);

    /// <summary>Looks at the positions and the topics' ends every few seconds, for whoever may not wait, and tells the health whether the pipelines answer.</summary>
    public async Task WatchAsync(NodeHealth health, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                _seen = [.. (await ReadAsync(cancellation)).Partitions];
                health.Pipelines(null);
                foreach (var pipeline in pipelines) await LookAsync(pipeline, cancellation);
            }
            catch (StreamForgeException error)
            {
                // What was seen last stays.
                health.Pipelines(error.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellation));
    }

    private async Task LookAsync(SiloPipeline pipeline, CancellationToken cancellation)
    {
        foreach (var partition in pipeline.Pipeline.Partitions)
        {
            if (topics.Find(pipeline.Pipeline.Name, partition.Source) is { } topic)
                _ends = _ends.SetItem((pipeline.Pipeline.Name, partition), await topic.EndAsync(partition.Partition, cancellation));
        }
    }

    private IEnumerable<PartitionPositions> Describe(string pipeline, PipelineOverview overview) => overview.Names.Zip(overview.Reports)
        .Where(p => p.Second is not null)
        .Select(p => new PartitionPositions(
            pipeline, p.First.Source, p.First.Partition, silo.OwnerOf(StreamNames.Key(pipeline, p.First))?.Name, p.Second!.Received, p.Second.Applied, p.Second.Durable,
            _ends.TryGetValue((pipeline, p.First), out var end) ? end : null, p.Second.Counts.Rewinds, p.Second.Failure ?? p.Second.Waiting));

    private ClusterNode Describe(ClusterMember member) => new(
        member.SiloAddress.ToParsableString(), member.Name, StateOf(member.Status), (Generations.AddSeconds(member.SiloAddress.Generation) - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond,
        member.SiloAddress.Equals(here.SiloAddress) ? pipelines.Sum(KeysOf) : null);

    /// <summary>A pipeline's keys that are active in this silo.</summary>
    public static long KeysOf(SiloPipeline pipeline) => pipeline.Pipeline.Plan.Views.Select((_, view) => (long)pipeline.Batcher.Cells.Count(view)).Sum();

    private static NodeState StateOf(SiloStatus status) => status switch
    {
        SiloStatus.Active => NodeState.Active,
        SiloStatus.ShuttingDown or SiloStatus.Stopping => NodeState.Leaving,
        SiloStatus.Dead => NodeState.Dead,
        _ => NodeState.Joining,
    };
}
