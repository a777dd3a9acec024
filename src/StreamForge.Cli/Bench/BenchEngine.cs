using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StreamForge.Core;
using StreamForge.Embedded;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Storage;

namespace StreamForge.Cli.Bench;

/// <summary>A pipeline opened as <c>run</c> opens it, with its own locked data directory, from a text instead of a file.</summary>
internal sealed class BenchEngine : IAsyncDisposable
{
    private readonly LoadedPipeline _pipeline;
    private readonly IDisposable _lock;

    private BenchEngine(LoadedPipeline pipeline, IDisposable @lock, PipelineEngine engine, TimeSpan opening)
    {
        _pipeline = pipeline;
        _lock = @lock;
        Engine = engine;
        Opening = opening;
    }

    public PipelineEngine Engine { get; }

    /// <summary>What opening took after the definition was loaded: restoring the newest checkpoint, where there is one.</summary>
    public TimeSpan Opening { get; }

    /// <summary>Loads a pipeline whose relative paths start in <paramref name="folder"/>; its data directory is a folder of <paramref name="dataName"/> there.</summary>
    /// <param name="log">Takes what the engine says; null for nobody.</param>
    /// <param name="change">What is done to the pipeline before it is opened.</param>
    public static async Task<BenchEngine> OpenAsync(
        string folder, string dataName, string yaml, bool bounded, CancellationToken cancellation, ILogger? log = null, Func<LoadedPipeline, LoadedPipeline>? change = null)
    {
        var data = new DataDirectory(Path.Combine(folder, dataName));
        var pipeline = await LoadAsync(folder, yaml, cancellation);
        if (change is not null) pipeline = change(pipeline);
        var held = data.Lock();
        var started = Stopwatch.GetTimestamp();
        try
        {
            var engine = await PipelineEngine.OpenAsync(pipeline, data, new EngineOptions(bounded), TimeProvider.System, log ?? NullLogger.Instance, cancellation);
            return new BenchEngine(pipeline, held, engine, Stopwatch.GetElapsedTime(started));
        }
        catch
        {
            held.Dispose();
            await pipeline.DisposeAsync();
            throw;
        }
    }

    public static Task<LoadedPipeline> LoadAsync(string folder, string yaml, CancellationToken cancellation) => PipelineLoader.LoadAsync(
        new PipelineFileText("bench.yaml", folder, yaml, ImmutableDictionary<string, string>.Empty), new Dictionary<string, Schema>(StringComparer.Ordinal), TimeProvider.System, cancellation);

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        _lock.Dispose();
        await _pipeline.DisposeAsync();
    }
}
