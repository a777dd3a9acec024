using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Streams;
using StreamForge.Grains.Silos;

namespace StreamForge.Grains.KafkaStreams;

/// <summary>Gives this silo its share of the queues (<see cref="PartitionSpread"/>), anew whenever a silo comes or goes.</summary>
internal sealed class QueueBalancer(IServiceProvider services, ILogger<QueueBalancer> log) : QueueBalancerBase(services, log)
{
    private volatile QueueId[] _all = [];
    private volatile QueueId[] _mine = [];

    public static IStreamQueueBalancer Create(IServiceProvider services, string name) => ActivatorUtilities.CreateInstance<QueueBalancer>(services);

    public override IEnumerable<QueueId> GetMyQueues() => _mine;

    public override Task Initialize(IStreamQueueMapper queueMapper)
    {
        _all = [.. queueMapper.GetAllQueues()];
        return base.Initialize(queueMapper);
    }

    protected override void OnClusterMembershipChange(HashSet<SiloAddress> activeSilos)
    {
        var owners = PartitionSpread.Of(_all.Select(StreamNames.KeyOf), activeSilos.Select(s => s.Id()));
        var here = SiloAddress.Id();
        _mine = [.. _all.Where(q => owners.TryGetValue(StreamNames.KeyOf(q), out var owner) && owner == here)];
        NotifyListeners().Ignore();
    }
}
