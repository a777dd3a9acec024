using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using StreamForge.Grains.Features;
using StreamForge.Grains.KafkaStreams;
using StreamForge.Grains.Partitions;
using StreamForge.Grains.Silos;

namespace StreamForge.Grains.Hosting;

/// <summary>Makes a silo one that runs pipelines.</summary>
public static class SiloBuilderExtensions
{
    /// <summary>Adds the pipelines, their grains' placement, and the streams that bring their events. Clustering is the host's to choose; neither reminders nor grain storage are needed.</summary>
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
        silo.AddTopicStreams(StreamNames.Provider, services => services.GetRequiredService<SiloPipelines>().Streams, Open, options.GiveUpDelivery);
        return silo;
    }

    private static PartitionQueue Open(IServiceProvider services, string stream)
    {
        var pipelines = services.GetRequiredService<SiloPipelines>();
        var (pipeline, partition) = StreamNames.Parse(stream);
        return new PartitionQueue(
            StreamNames.Stream(stream), partition.Partition, () => pipelines.Get(pipeline).Topic(partition.Source), pipelines.Options.Queues, pipelines.Options.Clock, services.GetRequiredService<ILogger<PartitionQueue>>());
    }
}
