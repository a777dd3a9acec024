using Orleans.Internal;
using Orleans.Runtime.Providers;
using Orleans.Streams;

namespace StreamForge.Grains.KafkaStreams;

/// <summary>Adds topic partitions as persistent streams.</summary>
internal static class TopicStreams
{
    /// <summary>How often an agent looks whether something can be pulled; it then waits a little for more.</summary>
    private static readonly TimeSpan Pull = TimeSpan.FromMilliseconds(20);

    /// <param name="provider">The provider's name.</param>
    /// <param name="streams">The keys of all streams, the same in all silos.</param>
    /// <param name="open">Makes the queue of a stream.</param>
    /// <param name="giveUp">How long a delivery that fails is repeated before it is passed over, which makes the consumer rewind.</param>
    public static void AddTopicStreams(
        this ISiloBuilder silo, string provider, Func<IServiceProvider, IReadOnlyCollection<string>> streams, Func<IServiceProvider, string, PartitionQueue> open, TimeSpan giveUp) =>
        silo.AddPersistentStreams(provider, (services, name) => new QueueAdapter(name, streams(services), stream => open(services, stream)), configurator =>
        {
            configurator.ConfigureStreamPubSub(StreamPubSubType.ImplicitOnly);
            configurator.ConfigurePartitionBalancing(QueueBalancer.Create);
            configurator.ConfigureBackoffProvider((_, _) => (IMessageDeliveryBackoffProvider)new DeliveryBackoff());
            configurator.ConfigurePullingAgent(agent => agent.Configure(o =>
            {
                o.GetQueueMsgsTimerPeriod = Pull;
                o.MaxEventDeliveryTime = giveUp;
                // A stream that is forgotten for being quiet would have to find its consumer again.
                o.StreamInactivityPeriod = TimeSpan.FromDays(36_500);
            }));
        });

    /// <summary>How long the agent waits before it repeats a delivery.</summary>
    private sealed class DeliveryBackoff() : FixedBackoff(TimeSpan.FromMilliseconds(200)), IMessageDeliveryBackoffProvider;
}
