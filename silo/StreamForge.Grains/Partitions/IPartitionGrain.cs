using Orleans.Concurrency;

namespace StreamForge.Grains.Partitions;

/// <summary>The owner of a partition; its key is the stream's (<see cref="KafkaStreams.StreamNames"/>). It is driven by its stream.</summary>
[Alias("StreamForge.IPartitionGrain")]
internal interface IPartitionGrain : IGrainWithStringKey
{
    /// <summary>Activates it.</summary>
    [Alias("Wake"), AlwaysInterleave]
    ValueTask WakeAsync();
}
