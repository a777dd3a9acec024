using Orleans.Streams;
using StreamForge.Core;

namespace StreamForge.Grains.KafkaStreams;

/// <summary>How the partitions of pipelines are called as streams, queues and grains: <c>pipeline/source/partition</c> everywhere.</summary>
public static class StreamNames
{
    /// <summary>The stream provider and the namespace of its streams.</summary>
    public const string Provider = "streamforge-kafka";

    public static StreamId Stream(string key) => StreamId.Create(Provider, key);

    public static string Key(string pipeline, PartitionId partition) => $"{pipeline}/{partition.Source}/{partition.Partition}";

    /// <summary>The queue of a stream; there is one for each.</summary>
    public static QueueId Queue(string key) => QueueId.GetQueueId(key, 0, (uint)XxHash64.Hash(System.Text.Encoding.UTF8.GetBytes(key)));

    /// <summary>The stream of a queue.</summary>
    public static string KeyOf(QueueId queue) => queue.GetStringNamePrefix();

    /// <summary>Takes a name apart; names of pipelines and sources hold no slash.</summary>
    public static (string Pipeline, PartitionId Partition) Parse(string key)
    {
        var last = key.LastIndexOf('/');
        var first = key.LastIndexOf('/', last - 1);
        return (key[..first], new PartitionId(key[(first + 1)..last], int.Parse(key.AsSpan(last + 1), System.Globalization.CultureInfo.InvariantCulture)));
    }
}
