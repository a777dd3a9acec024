using System.Runtime.InteropServices;
using StreamForge.Cluster.Ports;
using StreamForge.Connectors.Kafka;
using StreamForge.Core;

namespace StreamForge.Silo.Pipelines;

/// <summary>Turns what <see cref="KafkaTopicPolls"/> brings into rows.</summary>
internal sealed class KafkaPollDecoder(KafkaDecoder decoder) : IPollDecoder
{
    public SourceBatch Decode(PollBatch batch)
    {
        var payload = MemoryMarshal.TryGetArray(batch.Payload, out var array) && array is { Offset: 0, Array: { } whole } && whole.Length == array.Count ? whole : batch.Payload.ToArray();
        return decoder.Decode(KafkaRecords.Deserialize(payload));
    }
}
