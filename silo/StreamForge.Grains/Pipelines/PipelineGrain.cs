using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using StreamForge.Cluster.Pipelines;
using StreamForge.Core;
using StreamForge.Grains.Hosting;
using StreamForge.Grains.KeyGroups;
using StreamForge.Grains.Sinks;

namespace StreamForge.Grains.Pipelines;

/// <summary>An activation of a pipeline's own part: runs its <see cref="PipelineProcess"/>. Partitions, which are kept alive by their streams, keep it alive by reporting; it keeps sinks and key groups alive.</summary>
[GrainType("pipeline")]
internal sealed partial class PipelineGrain : IGrainBase, IPipelineGrain
{
    private readonly IGrainContext _context;
    private readonly ILogger _log;
    private readonly SiloPipeline _pipeline;
    private readonly PipelineProcess _process;
    private readonly Ownership _ownership;
    private readonly TimeSpan _tick;
    private readonly ISinkGrain[] _sinks;
    private readonly IKeyGroupGrain[] _groups;

    public PipelineGrain(IGrainContext context, IGrainFactory grains, SiloPipelines pipelines, ILogger<PipelineProcess> log)
    {
        _context = context;
        _log = log;
        _pipeline = pipelines.Get(context.GrainId.Key.ToString()!);
        _tick = pipelines.Options.Tick;
        _ownership = new Ownership(this);
        var plan = _pipeline.Pipeline.Plan;
        _process = new PipelineProcess(plan, _pipeline.Pipeline.Storage, pipelines.Options.Clock, Guid.NewGuid(), log);
        _sinks = [.. plan.Sinks.Select((_, sink) => grains.GetGrain<ISinkGrain>($"{plan.Name}/{sink}"))];
        _groups = [.. plan.Views.Select((_, view) => view).Where(plan.Emits).SelectMany(view => KeyGroupRange.All.Select(r => grains.GetGrain<IKeyGroupGrain>(r.Key(plan.Name, view))))];
    }

    public IGrainContext GrainContext => _context;

    public async Task OnActivateAsync(CancellationToken token)
    {
        await _process.StartAsync(_pipeline.Pipeline.Partitions, token);
        _ownership.Begin(_tick, TickAsync);
    }

    public Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token)
    {
        _ownership.Dispose();
        return Task.CompletedTask;
    }

    public ValueTask<PipelineTime> ReportAsync(PartitionReport report) => _ownership.GuardAsync(cancellation => _process.ReportAsync(report, cancellation));

    public ValueTask<PipelineTime> TimeAsync() => _ownership.GuardAsync(_process.TimeAsync);

    public ValueTask OrderAsync(PipelineOrder order) => _ownership.GuardAsync(cancellation => _process.OrderAsync(order, cancellation));

    public ValueTask<PipelineOverview> OverviewAsync() => _ownership.GuardAsync(_process.OverviewAsync);

    private async ValueTask TickAsync(CancellationToken cancellation)
    {
        // Nobody waits for them: one that does not answer is called again with the next tick.
        foreach (var sink in _sinks) Wake(sink.StatusAsync().AsTask(), sink.GetGrainId());
        foreach (var group in _groups) Wake(group.WakeAsync().AsTask(), group.GetGrainId());
        try
        {
            await _process.TickAsync(cancellation);
        }
        catch (StreamForgeException error) when (error.Retryable)
        {
            NotWritten(_log, _pipeline.Pipeline.Name, error.Message);
        }
    }

    private void Wake(Task call, GrainId grain) => call.ContinueWith(
        (failed, _) => NotAwake(_log, grain, failed.Exception!.InnerException!.Message), null, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Pipeline}: how far time is could not be written: {Reason}")]
    private static partial void NotWritten(ILogger log, string pipeline, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Grain} could not be activated: {Reason}")]
    private static partial void NotAwake(ILogger log, GrainId grain, string reason);
}
