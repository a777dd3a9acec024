using StreamForge.Cluster.Ports;
using StreamForge.Connectors.Kafka;
using StreamForge.Core;
using StreamForge.Grains.KafkaStreams;

namespace StreamForge.Cluster.Tests.KafkaStreams;

/// <summary>What a silo polls of a real topic, from its beginning.</summary>
internal sealed class BrokerPolls(KafkaConnection connection, int maxRecords) : ITopicPolls
{
    private readonly KafkaPoller _poller = new(connection, KafkaPollerLimits.Default with { MaxRecords = maxRecords });

    public async ValueTask<ITopicFeed> OpenAsync(int partition, long position, CancellationToken cancellation) => new Feed(await _poller.OpenAsync(partition, position));

    public ValueTask<long> StartAsync(int partition, CancellationToken cancellation) => new(0);

    public void Acknowledge(int partition, long durable) => _poller.Acknowledge(partition, durable);

    public ValueTask DisposeAsync() => _poller.DisposeAsync();

    private sealed class Feed(KafkaFeed feed) : ITopicFeed
    {
        public async ValueTask WaitAsync(CancellationToken cancellation)
        {
            if (!await feed.WaitToReadAsync(cancellation)) throw new StreamForgeException(ErrorKind.Unavailable, "the consumer of the topic has ended", retryable: true);
        }

        public PollBatch? TryRead()
        {
            if (!feed.TryRead(out var records)) return null;
            using (records) return new PollBatch(records.From, records.Next, records.Serialize());
        }

        public ValueTask DisposeAsync() => feed.DisposeAsync();
    }
}
