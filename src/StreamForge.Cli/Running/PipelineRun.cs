using StreamForge.Cli.Lake;
using StreamForge.Core;
using StreamForge.Embedded;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Evolution;
using StreamForge.Embedded.Storage;
using StreamForge.Server;

namespace StreamForge.Cli.Running;

/// <param name="Load">Loads the pipelines; the run disposes of them.</param>
/// <param name="Once">To the sources' present end.</param>
/// <param name="Server">Where to listen; null for nowhere.</param>
/// <param name="Drain">Also emit open windows at the end.</param>
internal sealed record RunOptions(Func<Task<List<LoadedPipeline>>> Load, bool Once, DataDirectory Data, bool IsDefaultData, FeatureServerOptions? Server, bool Json, bool Drain = false)
{
    /// <summary>Where tables are kept, a location; null for what each pipeline says.</summary>
    public string? Warehouse { get; init; }

    /// <summary>Bytes of stored images that may be in memory, a partition; null for the engine's own.</summary>
    public long? ImageMemory { get; init; }
}

/// <summary>
/// <c>run</c> and <c>demo</c>: the composition root of the embedded host. In this order: all files are loaded, the data directory is locked, the port is taken, engines restore their state, and only then
/// anything is read; so whatever can be refused is refused before something has changed. The end comes in the reverse order.
/// </summary>
internal sealed class PipelineRun(Shell shell, RunOptions options, IRunVoice voice)
{
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync()
    {
        var loaded = await options.Load();
        try
        {
            foreach (var notice in loaded.SelectMany(l => l.Notices)) shell.Errors.Line($"{notice} (notice)");
            using var held = options.Data.Lock();
            for (var i = 0; i < loaded.Count; i++)
            {
                var warehouse = new TableHome(options.Data, options.Warehouse).Of(loaded[i].Plan.Definition);
                loaded[i] = await ResumedDefinition.ResumeAsync(loaded[i], options.Data, warehouse, shell.Clock, shell.Interrupted);
            }
            var plans = loaded.Select(l => l.Plan).ToList();
            var reader = new CompositeFeatureReader(plans);
            var status = new RunStatus(reader);
            var metrics = new EngineMetrics();
            var origins = new PipelineOrigins();
            var monitor = new PipelineMonitor(options.Data, shell.Clock);
            await using var server = options.Server is { } address
                ? await FeatureServer.StartAsync(address, new ServerPorts(reader, status, metrics) { Pipelines = monitor, Origins = origins, Tables = new TableReader(new Lakehouse(options.Data, null, shell.Clock), shell.Clock) }, shell.Clock, shell.Log, shell.Interrupted)
                : null;
            var pipelines = new List<RunningPipeline>();
            try
            {
                foreach (var pipeline in loaded) pipelines.Add(await OpenAsync(pipeline, reader));
                metrics.Show(pipelines);
                monitor.Show(pipelines);
                origins.Show(pipelines);
                return await RunAsync(pipelines, server?.Address, status, monitor);
            }
            finally
            {
                foreach (var pipeline in pipelines) await pipeline.Engine.DisposeAsync();
            }
        }
        finally
        {
            foreach (var pipeline in loaded) await pipeline.DisposeAsync();
        }
    }

    private async Task<RunningPipeline> OpenAsync(LoadedPipeline pipeline, CompositeFeatureReader reader)
    {
        var engineOptions = new EngineOptions(options.Once, Drain: options.Drain, Warehouse: options.Warehouse);
        if (options.ImageMemory is { } memory) engineOptions = engineOptions with { ImageMemory = memory };
        var engine = await PipelineEngine.OpenAsync(pipeline, options.Data, engineOptions, shell.Clock, shell.Log.CreateLogger("engine"), shell.Interrupted);
        reader.Attach(pipeline.Plan.Name, engine.Features);
        return new RunningPipeline(engine);
    }

    private async Task<int> RunAsync(List<RunningPipeline> pipelines, Uri? address, RunStatus status, PipelineMonitor monitor)
    {
        var started = shell.Clock.GetTimestamp();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(shell.Interrupted);
        using var end = new CancellationTokenSource();
        await using var word = shell.Interrupted.Register(() => shell.Errors.Line("stopping after a last checkpoint; Ctrl-C again ends at once"));
        var words = voice.BeginAsync(address, pipelines, end.Token);
        var report = new ProgressReport(shell, pipelines).RunAsync(end.Token);
        var watching = monitor.RunAsync(end.Token);
        try
        {
            await Task.WhenAll(pipelines.Select(p => RunOneAsync(p, stop, monitor)));
            if (!options.Once) await StayAsync();
        }
        catch
        {
            status.Fail();
            throw;
        }
        finally
        {
            await end.CancelAsync();
            await Task.WhenAll(report, words, watching);
        }
        var summary = RunSummary.Of(pipelines.Select(p => p.Status()), shell.Clock.GetElapsedTime(started));
        if (shell.Interrupted.IsCancellationRequested)
        {
            shell.Errors.Line($"stopped after {summary.Events:N0} events; the same command goes on from here");
            return ExitCodes.Interrupted;
        }
        voice.End(summary, pipelines);
        return ExitCodes.Done;
    }

    /// <summary>A pipeline that fails stops the others in order; its name goes with its failure.</summary>
    private static async Task RunOneAsync(RunningPipeline pipeline, CancellationTokenSource stop, PipelineMonitor monitor)
    {
        try
        {
            await pipeline.Engine.RunAsync(stop.Token);
            monitor.End(pipeline.Name, null);
        }
        catch (Exception error)
        {
            monitor.End(pipeline.Name, error.Message);
            await stop.CancelAsync();
            if (error is StreamForgeException known)
                throw new StreamForgeException(known.Kind, known.Message.StartsWith(pipeline.Name + ":", StringComparison.Ordinal) ? known.Message : $"{pipeline.Name}: {known.Message}", known.Retryable, known);
            throw;
        }
    }

    /// <summary>Every source has ended, but nobody has asked to stop: lookups go on.</summary>
    private async Task StayAsync()
    {
        if (shell.Interrupted.IsCancellationRequested) return;
        shell.Errors.Line("all sources have ended; lookups are still answered, Ctrl-C stops");
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = shell.Interrupted.Register(stopped.SetResult);
        await stopped.Task;
    }
}
