using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Internal;
using Orleans.Runtime;
using Orleans.Runtime.Providers;
using Orleans.Streams;
using StreamForge.Grains.Features;
using StreamForge.Grains.KafkaStreams;
using StreamForge.Grains.Partitions;
using StreamForge.Grains.Silos;

namespace StreamForge.Grains.Hosting;

/// <summary>Makes a silo one that runs pipelines.</summary>
public static class SiloBuilderExtensions
{
    /// <summary>Adds the pipelines, their grains' placement, and the streams that bring their events. Clustering and reminders are the host's to choose.</summary>
    public static ISiloBuilder AddStreamForge(this ISiloBuilder silo, StreamForgeSiloOptions options)
    {
        ArgumentNullException.ThrowIfNull(silo);
        ArgumentNullException.ThrowIfNull(options);
        silo.Services.AddSingleton(options);
        silo.Services.AddSingleton<SiloMembers>();
        silo.Services.AddSingleton<SiloSlicesClient>();
        silo.Services.AddSingleton<SiloPipelines>();
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(s => s.GetRequiredService<SiloPipelines>());
        silo.Services.AddPlacementDirector<KeyGroupPlacement, KeyGroupDirector>();
        silo.Services.AddPlacementDirector<PartitionPlacement, PartitionDirector>();
        silo.AddGrainService<SiloSlices>();
        silo.Configure<GrainCollectionOptions>(o => o.ClassSpecificCollectionAge[typeof(FeatureGrain).FullName!] = options.KeyAge);
        silo.AddPersistentStreams(StreamNames.Provider, Adapter, Streams);
        return silo;

        void Streams(ISiloPersistentStreamConfigurator streams)
        {
            streams.ConfigureStreamPubSub(StreamPubSubType.ImplicitOnly);
            streams.ConfigurePartitionBalancing(QueueBalancer.Create);
            streams.ConfigureBackoffProvider((_, _) => (IMessageDeliveryBackoffProvider)new DeliveryBackoff());
            streams.ConfigurePullingAgent(agent => agent.Configure(o =>
            {
                o.GetQueueMsgsTimerPeriod = TimeSpan.FromMilliseconds(20);
                o.MaxEventDeliveryTime = options.GiveUpDelivery;
                // A stream that is forgotten for being quiet would have to find its consumer again.
                o.StreamInactivityPeriod = TimeSpan.FromDays(36_500);
            }));
        }
    }

    /// <summary>How long the agent waits before it repeats a delivery.</summary>
    private sealed class DeliveryBackoff() : FixedBackoff(TimeSpan.FromMilliseconds(200)), IMessageDeliveryBackoffProvider;

    private static IQueueAdapterFactory Adapter(IServiceProvider services, string name)
    {
        var pipelines = services.GetRequiredService<SiloPipelines>();
        var log = services.GetRequiredService<ILogger<PartitionQueue>>();
        return new QueueAdapter(name, pipelines.Streams, stream =>
        {
            var (pipeline, partition) = StreamNames.Parse(stream);
            return new PartitionQueue(StreamNames.Stream(stream), partition.Partition, () => pipelines.Get(pipeline).Topic(partition.Source), pipelines.Options.Queues, TimeProvider.System, log);
        });
    }
}
