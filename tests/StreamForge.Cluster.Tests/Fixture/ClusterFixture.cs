using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.TestingHost;
using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.Ports;
using StreamForge.Connectors.Kafka;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Grains.Hosting;
using StreamForge.Grains.KafkaStreams;
using StreamForge.Pipeline.Plans;
using StreamForge.Silo.Pipelines;

namespace StreamForge.Cluster.Tests.Fixture;

/// <summary>
/// A cluster in this process that runs one pipeline: its silos, their storage and topics. Tests feed it, stop, kill and add silos, wait until everything that was fed is durable (<see cref="RestAsync"/>), and read features
/// and published rows, which then do not depend on what happened meanwhile.
/// </summary>
internal sealed class ClusterFixture : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly LoadedPipeline _loaded;
    private readonly ImmutableDictionary<string, MemoryTopic> _topics;
    private readonly ImmutableArray<MemoryTable> _tables;

    private ClusterFixture(ClusterSetup setup, LoadedPipeline loaded)
    {
        _loaded = loaded;
        _topics = Plan.Sources.ToImmutableDictionary(s => s.Name, _ => new MemoryTopic(setup.Partitions) { MaxRecords = setup.MaxRecords }, StringComparer.Ordinal);
        _tables = [.. Plan.Sinks.Select(_ => new MemoryTable())];
        Setup = setup;
        var builder = new InProcessTestClusterBuilder(setup.Silos);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddStreamForge(Options());
            silo.Services.AddSingleton<IFatalErrorHandler, SurvivedFailures>();
            // Silos of a machine that is busy are slow, not dead; who kills one says so (KillAsync).
            silo.Configure<ClusterMembershipOptions>(o => o.ProbeTimeout = TimeSpan.FromSeconds(20));
            silo.Configure<SiloMessagingOptions>(o => o.ResponseTimeout = TimeSpan.FromSeconds(10));
        });
        builder.ConfigureSiloHost((_, host) => host.Logging.SetMinimumLevel(LogLevel.Warning).AddProvider(Log));
        Cluster = builder.Build();
    }

    public ClusterSetup Setup { get; }

    public InProcessTestCluster Cluster { get; }

    public PipelinePlan Plan => _loaded.Plan;

    /// <summary>What the silos have said, from warnings on.</summary>
    public MemoryLog Log { get; } = new();

    /// <summary>The storage, where the setup has no other.</summary>
    public SharedStorage Memory { get; } = new();

    public IPipelineStorage Storage => Setup.Storage ?? Memory;

    /// <summary>The topic of a source, where the setup has no other.</summary>
    public MemoryTopic Topic(string source) => _topics[source];

    /// <summary>What a sink has published.</summary>
    public MemoryTable Table(string sink) => _tables[IndexOfSink(sink)];

    /// <summary>Starts a cluster.</summary>
    public static async Task<ClusterFixture> StartAsync(ClusterSetup setup)
    {
        var file = new PipelineFileText("pipeline.yaml", Path.GetTempPath(), setup.Pipeline, ImmutableDictionary<string, string>.Empty);
        var loaded = await PipelineLoader.LoadAsync(file, new Dictionary<string, Schema>(StringComparer.Ordinal), TimeProvider.System, CancellationToken.None);
        var fixture = new ClusterFixture(setup, loaded);
        await fixture.Cluster.DeployAsync();
        return fixture;
    }

    /// <summary>What a silo holds of the pipeline.</summary>
    public SiloPipeline Pipeline(int silo = 0) => Pipeline(Cluster.Silos[silo]);

    public SiloPipeline Pipeline(InProcessSiloHandle silo) => silo.ServiceProvider.GetRequiredService<SiloPipelines>().Get(Plan.Name);

    /// <summary>Kills a silo: nothing of it is written or handed over any more. The others know of it at once, which they otherwise find out by probing.</summary>
    public async Task KillAsync(InProcessSiloHandle silo)
    {
        await Cluster.KillSiloAsync(silo);
        await Cluster.Silos[0].ServiceProvider.GetRequiredService<IClusterMembershipService>().TryKill(silo.SiloAddress);
    }

    /// <summary>The pipeline's own part, called from a silo.</summary>
    public IPipelineControl Control => Pipeline().Cluster.Control;

    /// <summary>Waits until something holds.</summary>
    /// <param name="what">For the failure: what was waited for.</param>
    /// <param name="holds">A retryable failure counts as no.</param>
    public async Task UntilAsync(string what, Func<Task<bool>> holds)
    {
        using var patience = new CancellationTokenSource(Patience);
        for (Exception? last = null; ;)
        {
            try
            {
                if (await holds().WaitAsync(patience.Token)) return;
                await Task.Delay(Look, patience.Token);
            }
            catch (StreamForgeException error) when (error.Retryable)
            {
                last = error;
                await Task.Delay(Look, CancellationToken.None);
            }
            catch (OperationCanceledException) when (patience.IsCancellationRequested)
            {
                throw new TimeoutException($"It was waited in vain until {what}. {last?.Message}\n{await StateAsync()}\n{Log}", last);
            }
        }
    }

    /// <summary>Waits until everything that topics hold is durable and every row of it is published.</summary>
    public Task RestAsync() => UntilAsync("everything is durable", async () =>
    {
        var overview = await Control.OverviewAsync(CancellationToken.None);
        if (overview.Time.Failure is { } failure) throw new InvalidOperationException(failure);
        for (var i = 0; i < overview.Names.Length; i++)
        {
            if (overview.Reports[i]?.Durable != await EndAsync(overview.Names[i])) return false;
        }
        foreach (var sink in Plan.Sinks)
        {
            if ((await Storage.Records.OutboxAsync(sink.Name, 1, CancellationToken.None)).Count > 0) return false;
        }
        return true;
    });

    /// <summary>All features of all keys as the cluster answers for them now, a line each, in order.</summary>
    /// <param name="silo">The silo that is asked.</param>
    /// <param name="at">The moment; null for now by each view's clock.</param>
    public async Task<string[]> FeaturesAsync(int silo = 0, long? at = null)
    {
        var reader = Pipeline(silo).Features;
        var keys = new List<(ViewDescription View, byte[] Key)>();
        foreach (var view in reader.Views)
        {
            var sample = await reader.SampleKeysAsync(view, int.MaxValue, CancellationToken.None);
            keys.AddRange(sample.Keys.Select(k => (view, k)));
        }
        return FeatureLines.Of(await reader.GatherAsync(keys, CancellationToken.None), keys, at);
    }

    /// <summary>One key's features by name.</summary>
    public async Task<Dictionary<string, FeatureValue>> LookupAsync(string view, string key, int silo = 0)
    {
        var reader = Pipeline(silo).Features;
        var description = reader.Views.Single(v => v.Name == view);
        var bytes = KeyCodec.FromText(description.Entity, description.Entity.Zip(key.Split(',')).ToDictionary(p => p.First.Name, p => p.Second, StringComparer.Ordinal));
        var gathered = await reader.GatherAsync([(description, bytes)], CancellationToken.None);
        var row = new FeatureRow();
        gathered.Read(description, bytes, null, row);
        return description.Features.Select((f, i) => (f.Name, row.Values[i])).ToDictionary(f => f.Name, f => f.Item2, StringComparer.Ordinal);
    }

    /// <summary>Bytes of the states of all keys that are active in the first silo.</summary>
    public async Task<long> StateBytesAsync()
    {
        var bytes = 0L;
        for (var view = 0; view < Plan.Views.Length; view++)
        {
            foreach (var key in await Memory.KeysOfAsync(view)) bytes += Pipeline().Batcher.Cells.TryGet(view, key, out var cell) ? cell.Bytes : 0;
        }
        return bytes;
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        await _loaded.DisposeAsync();
    }

    private async Task<long> EndAsync(PartitionId partition)
    {
        if (Setup.OpenTopic is null) return Topic(partition.Source).End(partition.Partition);
        return await Setup.EndOf!(partition);
    }

    private int IndexOfSink(string sink) => Plan.Sinks.Select(s => s.Name).ToList().IndexOf(sink);

    private StreamForgeSiloOptions Options()
    {
        var sources = _loaded.Sources.Cast<KafkaSource>().ToDictionary(s => s.Name, StringComparer.Ordinal);
        ImmutableArray<PartitionId> partitions = [.. Plan.Sources.SelectMany(s => Enumerable.Range(0, Setup.Partitions).Select(p => new PartitionId(s.Name, p)))];
        var pipeline = new ClusterPipeline(
            Plan,
            partitions,
            Storage,
            source => Setup.OpenTopic?.Invoke(source.Name) ?? Topic(source.Name).Poll(),
            partition => new KafkaPollDecoder(sources[partition.Source].Decoder(partition, Plan.Source(partition.Source).Columns)),
            sink => _tables[sink].Open(Plan.Sinks[sink].Name));
        return Setup.Configure(new StreamForgeSiloOptions
        {
            Pipelines = [pipeline],
            Batcher = new BatcherOptions { FlushInterval = Setup.FlushInterval },
            SinkInterval = Setup.FlushInterval,
            Tick = Setup.Tick,
            Queues = PartitionQueueOptions.Default with { Heartbeat = TimeSpan.FromMilliseconds(200) },
        });
    }

    private async Task<string> StateAsync()
    {
        var text = new StringBuilder();
        try
        {
            var overview = await Control.OverviewAsync(CancellationToken.None);
            for (var i = 0; i < overview.Names.Length; i++) text.AppendLine($"{overview.Names[i]} of {await EndAsync(overview.Names[i])}: {overview.Reports[i]}");
        }
        catch (StreamForgeException error)
        {
            text.AppendLine(error.Message);
        }
        return text.ToString();
    }
}
