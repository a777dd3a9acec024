using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using StreamForge.Cluster.KeyGroups;
using StreamForge.Core;
using StreamForge.Grains.Hosting;

namespace StreamForge.Grains.KeyGroups;

/// <summary>An activation for some key groups: runs their <see cref="KeyGroupProcess"/>. Two that are active at once do no harm.</summary>
[GrainType("keygroup")]
internal sealed partial class KeyGroupGrain : IGrainBase, IKeyGroupGrain
{
    private readonly IGrainContext _context;
    private readonly ILogger _log;
    private readonly SiloPipeline _pipeline;
    private readonly KeyGroupProcess _process;
    private readonly Ownership _ownership;
    private readonly TimeSpan _tick;

    public KeyGroupGrain(IGrainContext context, SiloPipelines pipelines, ILogger<KeyGroupProcess> log)
    {
        var (pipeline, groups) = KeyGroupRange.Parse(context.GrainId.Key.ToString()!);
        _context = context;
        _log = log;
        _pipeline = pipelines.Get(pipeline);
        _process = new KeyGroupProcess(groups, _pipeline.Cluster, _pipeline.Pipeline.Storage.Keys, _pipeline.Due, pipelines.Options.Clock);
        _ownership = new Ownership(this);
        _tick = pipelines.Options.Tick;
    }

    public IGrainContext GrainContext => _context;

    public Task OnActivateAsync(CancellationToken token)
    {
        _ownership.Begin(_tick, SweepAsync);
        return Task.CompletedTask;
    }

    public Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token)
    {
        _ownership.Dispose();
        return Task.CompletedTask;
    }

    public ValueTask WakeAsync() => ValueTask.CompletedTask;

    private async ValueTask SweepAsync(CancellationToken cancellation)
    {
        try
        {
            var (_, error) = await _process.SweepAsync(await _pipeline.Cluster.Control.TimeAsync(cancellation), cancellation);
            if (error is not null) NotSwept(_log, _context.GrainId, error.Message);
        }
        catch (StreamForgeException error)
        {
            NotSwept(_log, _context.GrainId, error.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Grain}: windows could not be closed now: {Reason}")]
    private static partial void NotSwept(ILogger log, GrainId grain, string reason);
}
