using Microsoft.Extensions.Logging;
using StreamForge.Cluster.KeyGroups;
using StreamForge.Core;
using StreamForge.Grains.Hosting;

namespace StreamForge.Grains.KeyGroups;

/// <summary>An activation for some key groups: runs their <see cref="KeyGroupProcess"/>. Two that are active at once do no harm.</summary>
[GrainType("keygroup")]
internal sealed partial class KeyGroupGrain : OwnerGrain, IKeyGroupGrain
{
    private readonly ILogger _log;
    private readonly SiloPipeline _pipeline;
    private readonly KeyGroupProcess _process;

    public KeyGroupGrain(IGrainContext context, SiloPipelines pipelines, ILogger<KeyGroupProcess> log)
        : base(context, pipelines)
    {
        var (pipeline, groups) = KeyGroupRange.Parse(Key);
        _log = log;
        _pipeline = pipelines.Get(pipeline);
        _process = new KeyGroupProcess(groups, _pipeline.Cluster, _pipeline.Pipeline.Storage.Keys, _pipeline.Due, pipelines.Options.Clock);
    }

    public ValueTask WakeAsync() => ValueTask.CompletedTask;

    protected override Task StartAsync(CancellationToken cancellation) => Task.CompletedTask;

    protected override async Task TickAsync(CancellationToken cancellation)
    {
        try
        {
            var (_, error) = await _process.SweepAsync(await _pipeline.Cluster.Control.TimeAsync(cancellation), cancellation);
            if (error is not null) NotSwept(_log, Key, error.Message);
        }
        catch (StreamForgeException error)
        {
            NotSwept(_log, Key, error.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Key groups {Groups}: windows could not be closed now: {Reason}")]
    private static partial void NotSwept(ILogger log, string groups, string reason);
}
