using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;
using StreamForge.Cluster.Tests.Fixture;
using StreamForge.Core;
using StreamForge.Embedded.Sinks;
using StreamForge.Embedded.Storage;
using StreamForge.Grains.Hosting;
using StreamForge.ObjectStores.Local;

namespace StreamForge.Cluster.Tests.Faults;

/// <summary>
/// A cluster whose sinks write Iceberg tables to a folder of its own, and whose silos can be killed at one instruction (<see cref="SiloLine"/>). At rest it is compared with the embedded host over the same topics.
/// </summary>
internal sealed class TestedCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly string _folder;
    private readonly bool _ownsFolder;
    private readonly Func<string, MemoryTopic>? _events;

    private TestedCluster(ClusterFixture fixture, string folder, bool ownsFolder, Func<string, MemoryTopic>? events)
    {
        (Fixture, _folder, _ownsFolder, _events) = (fixture, folder, ownsFolder, events);
    }

    public ClusterFixture Fixture { get; }

    public IReadOnlyList<InProcessSiloHandle> Silos => Fixture.Cluster.Silos;

    /// <summary>Starts a cluster.</summary>
    /// <param name="setup">Its sinks are all of type iceberg.</param>
    /// <param name="events">What the embedded host reads of a source, where the cluster reads something else than its own topics.</param>
    public static Task<TestedCluster> StartAsync(ClusterSetup setup, Func<string, MemoryTopic>? events = null) =>
        StartAsync(setup, Directory.CreateTempSubdirectory("streamforge-cluster-").FullName, ownsFolder: true, events);

    /// <summary>Another cluster over the storage, the topics and the tables of this one, which has lost all its silos.</summary>
    public Task<TestedCluster> StartAnotherAsync() => StartAsync(
        Fixture.Setup with { Storage = Fixture.Storage, OpenTopic = Fixture.Setup.OpenTopic ?? (source => Topic(source).Poll()), EndOf = Fixture.Setup.EndOf ?? (p => Task.FromResult(Topic(p.Source).End(p.Partition))) },
        _folder, ownsFolder: false, Topic);

    /// <summary>A source's topic, for writing to it.</summary>
    public MemoryTopic Topic(string source) => _events?.Invoke(source) ?? Fixture.Topic(source);

    /// <summary>Kills a silo as a crash does.</summary>
    public Task KillAsync(InProcessSiloHandle silo)
    {
        Line(silo).Cut();
        return Silos.Count > 1 ? Fixture.KillAsync(silo) : Fixture.Cluster.KillSiloAsync(silo);
    }

    public static SiloLine Line(InProcessSiloHandle silo) => (SiloLine)silo.ServiceProvider.GetRequiredService<StreamForgeSiloOptions>().Pipelines[0].Storage;

    /// <summary>The silo that polls the most partitions.</summary>
    public InProcessSiloHandle Busiest() => Silos.MaxBy(PartitionsOf)!;

    /// <summary>How many partitions belong to a silo.</summary>
    public int PartitionsOf(InProcessSiloHandle silo)
    {
        var pipelines = silo.ServiceProvider.GetRequiredService<SiloPipelines>();
        return pipelines.Streams.Count(s => pipelines.OwnerOf(s)?.Name == silo.SiloAddress.ToParsableString());
    }

    /// <summary>How many events partitions have taken.</summary>
    public async Task<long> ReceivedAsync() => (await Fixture.Control.OverviewAsync(CancellationToken.None)).Reports.Sum(r => r?.Received ?? 0);

    /// <summary>Waits until the cluster has come to rest with everything that was fed, and holds it against the embedded host.</summary>
    /// <param name="after">What has happened, for the failure.</param>
    public async Task HoldAsync(string after = "all is well")
    {
        await Fixture.RestAsync();
        var keys = new Dictionary<string, byte[][]>(StringComparer.Ordinal);
        foreach (var (view, sample) in await KeysAsync()) keys[view.Name] = [.. sample.Keys];
        var expected = await EmbeddedHost.RunAsync(Fixture.Setup.Pipeline, Topic, keys);
        // Commits and revisions of windows follow when everything is durable.
        await UntilAsync($"the tables have what those of the embedded host have, after {after}", async () =>
            Answer.Differences(await TablesAsync(), expected.Tables) is { Length: > 0 } found ? $"{found}; {await TimeTextAsync()}" : "");
        var difference = (await AnswerAsync()).Differences(expected);
        Assert.True(difference.Length == 0, $"The cluster (here) and the embedded host (there) differ, after {after}: {difference}\n{Fixture.Log}");
    }

    /// <summary>Waits until something holds.</summary>
    /// <param name="missing">What is seen instead; empty when it holds. A retryable failure counts as not.</param>
    public async Task UntilAsync(string what, Func<Task<string>> missing)
    {
        var last = "nothing";
        using var patience = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(Look);
        try
        {
            do
            {
                try
                {
                    if ((last = await missing().WaitAsync(patience.Token)).Length == 0) return;
                }
                catch (StreamForgeException error) when (error.Retryable)
                {
                    last = error.Message;
                }
            }
            while (await timer.WaitForNextTickAsync(patience.Token));
        }
        catch (OperationCanceledException end) when (patience.IsCancellationRequested)
        {
            throw new TimeoutException($"It was waited in vain until {what}; seen last: {last}\n{Fixture.Log}", end);
        }
    }

    /// <summary>What the cluster has come to.</summary>
    public async Task<Answer> AnswerAsync()
    {
        var views = await KeysAsync();
        var keys = views.SelectMany(v => v.Sample.Keys.Select(k => (v.View, k))).ToArray();
        var reader = await Fixture.Pipeline(Silos.Count - 1).Features.GatherAsync(keys, CancellationToken.None);
        return new Answer(
            Answer.Read(reader, keys), views.ToDictionary(v => v.View.Name, v => v.Sample.Total, StringComparer.Ordinal), await TablesAsync(), await LedgerAsync(LedgerKind.DeadLetters), await LedgerAsync(LedgerKind.Late));
    }

    private async Task<List<(ViewDescription View, KeySample Sample)>> KeysAsync()
    {
        var features = Fixture.Pipeline().Features;
        var views = new List<(ViewDescription, KeySample)>();
        foreach (var view in features.Views) views.Add((view, await features.SampleKeysAsync(view, int.MaxValue, CancellationToken.None)));
        return views;
    }

    public async ValueTask DisposeAsync()
    {
        await Fixture.DisposeAsync();
        if (_ownsFolder) Directory.Delete(_folder, recursive: true);
    }

    private static async Task<TestedCluster> StartAsync(ClusterSetup setup, string folder, bool ownsFolder, Func<string, MemoryTopic>? events)
    {
        var silos = 0;
        var fixture = await ClusterFixture.StartAsync(setup with { Configure = options => Wire(setup.Configure(options), folder, Path.Combine(folder, $"silo-{Guid.NewGuid():n}-{Interlocked.Increment(ref silos)}")) });
        return new TestedCluster(fixture, folder, ownsFolder, events);
    }

    /// <summary>Gives a silo its line, and sinks that write tables.</summary>
    private static StreamForgeSiloOptions Wire(StreamForgeSiloOptions options, string folder, string data)
    {
        var pipeline = options.Pipelines.Single();
        var line = new SiloLine(pipeline.Storage);
        var sinks = new SinkFactory(pipeline.Plan, new DataDirectory(data), Warehouse(folder), TimeProvider.System);
        // Fewer and larger files: tests read all of them again and again.
        return options with { SinkInterval = TimeSpan.FromSeconds(1), Pipelines = [pipeline with { Storage = line, OpenSink = sink => line.Over(sinks.Open(pipeline.Plan.Sinks[sink])) }] };
    }

    private static string Warehouse(string folder) => LocalPath.ToLocation(Path.Combine(folder, "warehouse"));

    private Task<Dictionary<string, string[]>> TablesAsync() => Answer.ReadTablesAsync(Fixture.Plan, Warehouse(_folder));

    private async Task<string> TimeTextAsync()
    {
        var time = (await Fixture.Control.OverviewAsync(CancellationToken.None)).Time;
        var due = 0;
        for (var view = 0; view < Fixture.Plan.Views.Length; view++) due += (await Fixture.Storage.Keys.DueAsync(view, 0, KeyGroup.Count, time.Watermark, int.MaxValue, CancellationToken.None)).Count;
        return $"the watermark is {EventTime.FormatOrNull(time.Watermark)}, the last event that is not judged yet {EventTime.FormatOrNull(time.Final)}, and {due} stored keys have windows due";
    }

    private async Task<string[]> LedgerAsync(LedgerKind ledger) =>
        [.. (await Fixture.Storage.Records.LedgerAsync(ledger, backwards: false, 0, int.MaxValue, CancellationToken.None)).Items.Order(StringComparer.Ordinal)];
}
