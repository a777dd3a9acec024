using Orleans.Streams;

namespace StreamForge.Grains.KafkaStreams;

/// <summary>
/// Topic partitions as Orleans' persistent streams, one queue for each. Orleans makes a pulling agent for each queue that is this silo's; the agent makes a cache and a receiver, which here are one object (<see cref="PartitionQueue"/>).
/// </summary>
internal sealed class QueueAdapter(string name, IEnumerable<string> streams, Func<string, PartitionQueue> open) : IQueueAdapterFactory, IQueueAdapter, IQueueAdapterCache, IStreamQueueMapper
{
    private readonly QueueId[] _all = [.. streams.Select(StreamNames.Queue)];
    private readonly Dictionary<QueueId, PartitionQueue> _queues = [];
    private readonly Lock _gate = new();

    public string Name => name;

    public bool IsRewindable => true;

    public StreamProviderDirection Direction => StreamProviderDirection.ReadOnly;

    public Task<IQueueAdapter> CreateAdapter() => Task.FromResult<IQueueAdapter>(this);

    public IQueueAdapterCache GetQueueAdapterCache() => this;

    public IStreamQueueMapper GetStreamQueueMapper() => this;

    public IEnumerable<QueueId> GetAllQueues() => _all;

    public QueueId GetQueueForStream(StreamId streamId) => StreamNames.Queue(streamId.GetKeyAsString());

    /// <summary>A delivery that the agent gave up needs no handler: the batch after it does not follow, and the consumer rewinds.</summary>
    public Task<IStreamFailureHandler> GetDeliveryFailureHandler(QueueId queueId) => Task.FromResult<IStreamFailureHandler>(new NoOpStreamDeliveryFailureHandler());

    public IQueueCache CreateQueueCache(QueueId queueId)
    {
        lock (_gate) return _queues[queueId] = open(StreamNames.KeyOf(queueId));
    }

    public IQueueAdapterReceiver CreateReceiver(QueueId queueId)
    {
        lock (_gate) return _queues[queueId];
    }

    public Task QueueMessageBatchAsync<T>(StreamId streamId, IEnumerable<T> events, StreamSequenceToken token, Dictionary<string, object> requestContext) =>
        throw new NotSupportedException("Events come from topics; nothing is written to these streams.");
}
