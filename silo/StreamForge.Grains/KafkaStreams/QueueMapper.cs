using Orleans.Runtime;
using Orleans.Streams;

namespace StreamForge.Grains.KafkaStreams;

/// <summary>One queue for each stream.</summary>
internal sealed class QueueMapper(IEnumerable<string> streams) : IStreamQueueMapper
{
    private readonly QueueId[] _queues = [.. streams.Select(StreamNames.Queue)];

    public IEnumerable<QueueId> GetAllQueues() => _queues;

    public QueueId GetQueueForStream(StreamId streamId) => StreamNames.Queue(streamId.GetKeyAsString());
}
