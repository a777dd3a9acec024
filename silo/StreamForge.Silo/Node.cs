using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StreamForge.Cli;
using StreamForge.Cli.Cluster;
using StreamForge.Cli.Lake;
using StreamForge.Cli.Running;
using StreamForge.Cluster.Pipelines;
using StreamForge.Core;
using StreamForge.Grains.Hosting;
using StreamForge.Server;
using StreamForge.Silo.Hosting;
using StreamForge.Silo.Pipelines;
using StreamForge.Silo.Reading;
using StreamForge.Silo.Storage;
using StreamForge.Silo.Telemetry;

namespace StreamForge.Silo;

/// <summary>
/// A node of a cluster: the composition root. In this order: files are loaded, storage is opened and its definitions compared, the HTTP port is taken, the silo joins; so whatever can be refused is refused before the
/// others hear of this node. The end comes in the reverse order, and the port stays open, not ready, until the silo has left: lookups that are under way are answered.
/// </summary>
internal sealed partial class Node(Shell shell, NodeOptions options)
{
    /// <summary>How often the pipelines are asked how they are.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync()
    {
        shell.Signals.LastWords = "ended at once; what was not flushed is read again by the other nodes, or by the next start";
        var logging = new QuietLogging(shell.Log, shell.Log.Level, shell.Clock);
        await using var storage = ClusterStorage.Open(options, logging);
        if (storage.Warning is { } warning) shell.Errors.Line(warning);
        var pipelines = new NodePipelines(shell, options, storage, stop => SiloHost.LivingAsync(options, storage.ConnectionString, logging, shell.Clock, stop));
        var loaded = await pipelines.LoadAsync();
        try
        {
            foreach (var notice in loaded.SelectMany(l => l.Notices)) shell.Errors.Line($"{notice} (notice)");
            var opened = ImmutableArray.CreateBuilder<NodePipeline>();
            foreach (var pipeline in loaded) opened.Add(await pipelines.OpenAsync(pipeline));
            return await RunAsync(opened.ToImmutable(), storage, logging);
        }
        finally
        {
            foreach (var pipeline in loaded) await pipeline.DisposeAsync();
        }
    }

    private async Task<int> RunAsync(ImmutableArray<NodePipeline> pipelines, ClusterStorage storage, QuietLogging logging)
    {
        using var health = new NodeHealth();
        var topics = new OpenTopics();
        using var host = SiloHost.Build(options, storage.ConnectionString, logging, health, silo => silo.AddPipelines(pipelines, topics, options, shell));
        var silo = host.Services.GetRequiredService<ILocalSiloDetails>();
        var name = silo.SiloAddress.ToParsableString();
        using var telemetry = NodeTelemetry.Start(Shell.Environment(NodeTelemetry.EndpointVariable), name);
        var all = host.Services.GetRequiredService<SiloPipelines>();
        SiloPipeline[] here = [.. pipelines.Select(p => all.Get(p.Name))];
        var view = new ClusterView(options.ClusterId, host.Services.GetRequiredService<IClusterMembershipService>(), silo, all, here, topics, shell.Clock);
        var watched = new ClusterPipelineReader(here.Select(p => new WatchedPipeline(p.Pipeline.Plan, p.Cluster.Control, p.Pipeline.Storage)), shell.Clock);
        var ports = new ServerPorts(PipelineServices.Features(here), health, new ClusterMetrics(view, here, new PipelineMetrics(watched)))
        {
            Cluster = view,
            Switch = view,
            Pipelines = watched,
            Origins = new ClusterOrigins(watched),
            Tables = new TableReader(new Lakehouse(options.Data, options.Warehouse, shell.Clock), shell.Clock),
        };
        await using var server = await FeatureServer.StartAsync(new FeatureServerOptions(options.Bind, options.Port), ports, shell.Clock, logging, shell.Interrupted);
        shell.Errors.Line($"listening on {server.Address}");
        var log = logging.CreateLogger<Node>();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(shell.Interrupted, health.Failed);
        try
        {
            await host.StartAsync(end.Token);
            health.Wait(null);
            LogJoined(log, name, options.ClusterId);
            if (Hints.Curl(server.Address, [.. pipelines.Select(p => p.Plan)]) is { } curl) shell.Errors.Line($"try: {curl}");
            await Task.WhenAll(storage.WatchAsync(health, shell.Clock, end.Token), view.WatchAsync(health, end.Token), watched.WatchAsync(Look, shell.Clock, end.Token));
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The end, as asked for or because the silo cannot go on.
        }
        if (health.Failure is { } failure) throw new StreamForgeException(ErrorKind.Unavailable, failure, retryable: true);
        await DrainAsync(host, health, log);
        return shell.Signals.Signal == PosixSignal.SIGINT ? ExitCodes.Interrupted : ExitCodes.Done;
    }

    /// <summary>Says that it is going, lets the silo flush, hand over and leave, and waits for that no longer than was agreed.</summary>
    private async Task DrainAsync(IHost host, NodeHealth health, ILogger log)
    {
        health.Drain();
        shell.Errors.Line("leaving the cluster; a second signal ends at once");
        var started = shell.Clock.GetTimestamp();
        using var timeout = new CancellationTokenSource(options.DrainTimeout, shell.Clock);
        try
        {
            await host.StopAsync(timeout.Token).WaitAsync(timeout.Token);
            var seconds = shell.Clock.GetElapsedTime(started).TotalSeconds;
            LogLeft(log, seconds);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            LogDrainTimeout(log, options.DrainTimeout.TotalSeconds);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "the silo {Silo} has joined the cluster {Cluster}")]
    private static partial void LogJoined(ILogger log, string silo, string cluster);

    [LoggerMessage(Level = LogLevel.Information, Message = "the silo has left the cluster after {Seconds:N1} s")]
    private static partial void LogLeft(ILogger log, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the silo has not left within {Seconds:N0} s; what was not flushed is read again by the others")]
    private static partial void LogDrainTimeout(ILogger log, double seconds);
}
