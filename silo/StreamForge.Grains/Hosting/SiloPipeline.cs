using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.KeyGroups;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Reads;
using StreamForge.Cluster.Slices;
using StreamForge.Core;
using StreamForge.Grains.KafkaStreams;
using StreamForge.Grains.Silos;

namespace StreamForge.Grains.Hosting;

/// <summary>What one silo holds of one pipeline, besides its grains. Safe from any thread.</summary>
internal sealed class SiloPipeline : IAsyncDisposable
{
    private static readonly TimeSpan LastFlush = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Lazy<ITopicPolls>> _topics = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private Task _work = Task.CompletedTask;

    public SiloPipeline(ClusterPipeline pipeline, StreamForgeSiloOptions options, SiloMembers members, IGrainFactory grains, SiloSlicesClient services, ILoggerFactory logs)
    {
        Pipeline = pipeline;
        Codecs = [.. pipeline.Plan.Views.Select(v => new SliceCodec(v))];
        Cluster = new OrleansCluster(pipeline.Name, members, grains, services, Codecs) { Local = () => Receiver! };
        Batcher = new StateBatcher(members.Here, pipeline.Plan, pipeline.Storage.Keys, options.Batcher, Guid.NewGuid, options.Clock, logs.CreateLogger<StateBatcher>());
        Receiver = new SliceReceiver(pipeline.Plan, Cluster, Batcher);
        Features = new ClusterFeatureReader(pipeline.Plan, Cluster, Batcher.Cells, pipeline.Storage.Keys, options.Clock);
    }

    public ClusterPipeline Pipeline { get; }

    public ICluster Cluster { get; }

    public StateBatcher Batcher { get; }

    public SliceReceiver Receiver { get; }

    /// <summary>Reads features wherever their keys are.</summary>
    public IFeatureReader Features { get; }

    /// <summary>One for each view.</summary>
    public ImmutableArray<SliceCodec> Codecs { get; }

    public KeyPlacement Placement { get; } = new();

    /// <summary>Windows due of keys that are active here.</summary>
    public DueKeys Due => Batcher.Due;

    /// <summary>Whether this silo is where the keys of a group belong.</summary>
    public bool OwnsGroup(int group) => Placement.Of(Cluster.Silos).Owner(group) == Cluster.Here;

    /// <summary>What is polled here of a source's topic.</summary>
    public ITopicPolls Topic(string source) => _topics.GetOrAdd(source, s => new Lazy<ITopicPolls>(() => Pipeline.OpenTopic(Pipeline.Plan.Source(s)))).Value;

    public void Start() => _work = Task.Run(() => Batcher.RunAsync(_stop.Token));

    /// <summary>Called when the silo's grains have been deactivated, which has brought what keys held to storage; what is left is tried for a moment more.</summary>
    public async ValueTask DisposeAsync()
    {
        using var hurry = new CancellationTokenSource(LastFlush);
        if (Batcher.DirtyKeys > 0) await ((Task)Batcher.FlushAsync(hurry.Token)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _stop.CancelAsync();
        await _work;
        _stop.Dispose();
        foreach (var topic in _topics.Values) await topic.Value.DisposeAsync();
    }
}
