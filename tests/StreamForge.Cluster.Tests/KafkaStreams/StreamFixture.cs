using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.TestingHost;
using StreamForge.Cluster.Tests.Fixture;
using StreamForge.Grains.KafkaStreams;

namespace StreamForge.Cluster.Tests.KafkaStreams;

/// <summary>Silos whose streams bring a topic's partitions to a <see cref="RecordingGrain"/> each.</summary>
internal sealed class StreamFixture : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly InProcessTestCluster _cluster;

    private StreamFixture(MemoryTopic topic, short silos, TimeSpan giveUp)
    {
        Topic = topic;
        var builder = new InProcessTestClusterBuilder(silos);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton(Recorder);
            silo.Services.AddSingleton<IFatalErrorHandler, SurvivedFailures>();
            silo.AddTopicStreams(
                RecordingGrain.Provider, _ => Streams, (services, stream) => new PartitionQueue(
                    StreamId.Create(RecordingGrain.Provider, stream), PartitionOf(stream), Polls, Options, TimeProvider.System, services.GetRequiredService<ILogger<PartitionQueue>>()), giveUp);
        });
        builder.ConfigureSiloHost((_, host) => host.Logging.SetMinimumLevel(LogLevel.Warning).AddProvider(Log));
        _cluster = builder.Build();
    }

    public static PartitionQueueOptions Options { get; } = new(Batches: 3, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100));

    public MemoryTopic Topic { get; }

    public Recorder Recorder { get; } = new();

    public MemoryLog Log { get; } = new();

    public string[] Streams => [.. Enumerable.Range(0, Topic.Partitions).Select(Stream)];

    public IGrainFactory Grains => _cluster.Client;

    public static string Stream(int partition) => $"suite/topic/{partition}";

    /// <param name="giveUp">How long the agent repeats a delivery that fails; null for ever.</param>
    /// <param name="onBatch">What consumers do with a batch that follows; it is not taken when this fails.</param>
    public static async Task<StreamFixture> StartAsync(MemoryTopic topic, short silos = 1, TimeSpan? giveUp = null, Func<KafkaBatch, Task>? onBatch = null)
    {
        var fixture = new StreamFixture(topic, silos, giveUp ?? Timeout.InfiniteTimeSpan);
        if (onBatch is not null) fixture.Recorder.OnBatch = onBatch;
        await fixture._cluster.DeployAsync();
        return fixture;
    }

    /// <summary>Waits until something holds.</summary>
    public async Task UntilAsync(string what, Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!holds())
        {
            if (patience.IsCancellationRequested) throw new TimeoutException($"It was waited in vain until {what}.\n{Log}");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    /// <summary>Waits until all that a partition holds has been taken, and checks that it was taken once and in order.</summary>
    public async Task TakenWholeAsync(int partition, string[] written)
    {
        await UntilAsync($"partition {partition} is taken", () => Recorder.Taken(Stream(partition)).Length >= written.Length);
        Assert.Equal(written, Recorder.Taken(Stream(partition)));
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private ITopicPolls Polls() => Topic.Poll();

    private static int PartitionOf(string stream) => StreamNames.Parse(stream).Partition.Partition;
}
