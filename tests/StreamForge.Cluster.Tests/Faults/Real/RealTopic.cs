using StreamForge.Cluster.Tests.Fixture;
using StreamForge.Connectors.Kafka;
using StreamForge.Integration.Tests.Kafka;
using StreamForge.Pipeline.Definitions;
using StreamForge.Silo.Pipelines;

namespace StreamForge.Cluster.Tests.Faults.Real;

/// <summary>A real topic, and the same events in this process for the embedded host: offset by offset, as nothing is written in transactions.</summary>
internal sealed class RealTopic : IDisposable
{
    public const int Partitions = 4;

    private readonly Topic _topic;
    private readonly Shop _shop = new();

    private RealTopic(Topic topic) => _topic = topic;

    public MemoryTopic Mirror { get; } = new(Partitions);

    /// <param name="brokers">Null for those of KAFKA_BOOTSTRAP.</param>
    public static async Task<RealTopic> CreateAsync(string? brokers = null) => new(await Topic.CreateAsync(Partitions, brokers));

    /// <summary>A cluster over it.</summary>
    public ClusterSetup Setup => new()
    {
        Pipeline = Shop.Pipeline(_topic.Brokers, _topic.Name),
        Partitions = Partitions,
        OpenTopic = _ => new KafkaTopicPolls(_topic.Connection, KafkaStart.Earliest, KafkaPollerLimits.Default with { MaxRecords = 50 }),
        EndOf = partition => Task.FromResult(Mirror.End(partition.Partition)),
    };

    /// <summary>Writes the next lines, and returns when the broker has them.</summary>
    public void Feed(int lines)
    {
        foreach (var (partition, events) in _shop.Next(lines, Partitions))
        {
            _topic.Write(partition, events);
            Mirror.Write(partition, events);
        }
    }

    /// <summary>Writes lines until the cluster has taken so many events.</summary>
    public Task TakeSomeAsync(TestedCluster cluster, long events) => cluster.UntilAsync("events have been taken", async () =>
    {
        Feed(lines: 40);
        return await cluster.ReceivedAsync() is var received && received >= events ? "" : $"{received} of {events}";
    });

    public void Dispose() => _topic.Dispose();
}
