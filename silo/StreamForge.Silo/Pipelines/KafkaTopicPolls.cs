using StreamForge.Cluster.Ports;
using StreamForge.Connectors.Kafka;
using StreamForge.Core;
using StreamForge.Grains.KafkaStreams;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Silo.Pipelines;

/// <summary>What this silo polls of one topic, by one consumer. Owns its poller.</summary>
internal sealed class KafkaTopicPolls : ITopicPolls
{
    private readonly KafkaStart _start;
    private readonly KafkaPoller _poller;

    public KafkaTopicPolls(KafkaConnection connection, KafkaStart start, KafkaPollerLimits limits, Action<string>? warn = null)
    {
        _start = start;
        _poller = new KafkaPoller(connection, limits, warn);
    }

    /// <param name="maxRecords">Records a batch at most, where the source does not say.</param>
    /// <param name="warn">Told, in one sentence each, what people should know while reading goes on; called on any thread.</param>
    public static KafkaTopicPolls Of(SourcePlan source, int maxRecords, Action<string> warn)
    {
        var options = (KafkaSourceOptions)source.Definition.Options;
        var limits = KafkaPollerLimits.Default with { MaxRecords = options.MaxRecords ?? maxRecords, Headers = source.Columns.Contains("headers") };
        return new KafkaTopicPolls(new KafkaConnection(source.Name, options), options.Start, limits, warn);
    }

    public async ValueTask<ITopicFeed> OpenAsync(int partition, long position, CancellationToken cancellation) => new Feed(await _poller.OpenAsync(partition, position));

    public async ValueTask<long> StartAsync(int partition, CancellationToken cancellation) => await _poller.StartAsync(partition, _start, cancellation);

    /// <summary>A partition's last stable offset.</summary>
    public Task<long> EndAsync(int partition, CancellationToken cancellation) => _poller.EndAsync(partition, cancellation);

    public void Acknowledge(int partition, long durable) => _poller.Acknowledge(partition, durable);

    public ValueTask DisposeAsync() => _poller.DisposeAsync();

    /// <summary>Batches as the protocol carries them: the connector's records, serialized.</summary>
    private sealed class Feed(KafkaFeed feed) : ITopicFeed
    {
        public async ValueTask WaitAsync(CancellationToken cancellation)
        {
            if (!await feed.WaitToReadAsync(cancellation)) throw new StreamForgeException(ErrorKind.Unavailable, "the consumer of the topic has ended; the partition is opened anew", retryable: true);
        }

        public PollBatch? TryRead()
        {
            if (!feed.TryRead(out var records)) return null;
            using (records) return new PollBatch(records.From, records.Next, records.Serialize());
        }

        public ValueTask DisposeAsync() => feed.DisposeAsync();
    }
}
