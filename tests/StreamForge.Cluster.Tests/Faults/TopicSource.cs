using StreamForge.Cluster.Tests.Fixture;
using StreamForge.Connectors.Kafka;
using StreamForge.Core;
using StreamForge.Grains.KafkaStreams;

namespace StreamForge.Cluster.Tests.Faults;

/// <summary>A topic of this process as the embedded host reads it: the same partitions, offsets and decoder as in the cluster, up to the present ends.</summary>
internal sealed class TopicSource(KafkaSource source, MemoryTopic topic) : ISource
{
    public string Name => source.Name;

    public Schema Schema => source.Schema;

    public IReadOnlyList<PartitionId> Partitions { get; } = [.. Enumerable.Range(0, topic.Partitions).Select(p => new PartitionId(source.Name, p))];

    public IPartitionReader Open(PartitionId partition, PartitionCursor start, ReadRequest request) =>
        new Reader(partition, topic.Poll(), topic.End(partition.Partition), source.Decoder(partition, request.Columns));

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private sealed class Reader(PartitionId partition, ITopicPolls topic, long end, KafkaDecoder decoder) : IPartitionReader
    {
        private ITopicFeed? _feed;
        private long _next;

        public PartitionId Partition => partition;

        public double? Progress => null;

        public async ValueTask<ReadResult> ReadAsync(CancellationToken cancellation)
        {
            if (_next >= end) return ReadResult.Finished;
            _feed ??= await topic.OpenAsync(partition.Partition, 0, cancellation);
            if (_feed.TryRead() is not { } batch) return ReadResult.Nothing;
            _next = batch.Next;
            return ReadResult.Of(decoder.Decode(KafkaRecords.Deserialize(batch.Payload.ToArray())));
        }

        public ValueTask DisposeAsync() => topic.DisposeAsync();
    }
}
