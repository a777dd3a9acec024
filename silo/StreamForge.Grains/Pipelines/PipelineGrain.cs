using Microsoft.Extensions.Logging;
using StreamForge.Cluster.Pipelines;
using StreamForge.Core;
using StreamForge.Grains.Hosting;
using StreamForge.Grains.KeyGroups;
using StreamForge.Grains.Sinks;

namespace StreamForge.Grains.Pipelines;

/// <summary>An activation of a pipeline's own part: runs its <see cref="PipelineProcess"/>. Partitions, which are kept alive by their streams, keep it alive by reporting; it keeps sinks and key groups alive.</summary>
[GrainType("pipeline")]
internal sealed partial class PipelineGrain : OwnerGrain, IPipelineGrain
{
    private readonly ILogger _log;
    private readonly SiloPipeline _pipeline;
    private readonly PipelineProcess _process;
    private readonly ISinkGrain[] _sinks;
    private readonly IKeyGroupGrain[] _groups;

    public PipelineGrain(IGrainContext context, IGrainFactory grains, SiloPipelines pipelines, ILogger<PipelineProcess> log)
        : base(context, pipelines)
    {
        _log = log;
        _pipeline = pipelines.Get(Key);
        var plan = _pipeline.Pipeline.Plan;
        _process = new PipelineProcess(plan, _pipeline.Pipeline.Storage, pipelines.Options.Clock, Guid.NewGuid(), log);
        _sinks = [.. plan.Sinks.Select((_, sink) => grains.GetGrain<ISinkGrain>($"{Key}/{sink}"))];
        _groups = [.. plan.Views.Select((_, view) => view).Where(plan.Emits).SelectMany(view => KeyGroupRange.All.Select(r => grains.GetGrain<IKeyGroupGrain>(r.Key(Key, view))))];
    }

    public ValueTask<PipelineTime> ReportAsync(PartitionReport report) => GuardAsync(cancellation => _process.ReportAsync(report, cancellation));

    public ValueTask<PipelineTime> TimeAsync() => GuardAsync(_process.TimeAsync);

    public async ValueTask OrderAsync(PipelineOrder order) => await GuardAsync(async cancellation => await _process.OrderAsync(order, cancellation));

    public ValueTask<PipelineOverview> OverviewAsync() => GuardAsync(_process.OverviewAsync);

    protected override async Task StartAsync(CancellationToken cancellation) => await _process.StartAsync(_pipeline.Pipeline.Partitions, cancellation);

    protected override async Task TickAsync(CancellationToken cancellation)
    {
        // Nobody waits for them: one that does not answer is called again with the next tick.
        foreach (var sink in _sinks) _ = WakeAsync(sink.GetGrainId(), sink.StatusAsync().AsTask());
        foreach (var group in _groups) _ = WakeAsync(group.GetGrainId(), group.WakeAsync().AsTask());
        try
        {
            await _process.TickAsync(cancellation);
        }
        catch (StreamForgeException error) when (error.Retryable)
        {
            NotWritten(_log, Key, error.Message);
        }
    }

    private async Task WakeAsync(GrainId grain, Task call)
    {
        try
        {
            await call;
        }
        catch (Exception error)
        {
            NotAwake(_log, grain, error.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Pipeline}: how far time is could not be written: {Reason}")]
    private static partial void NotWritten(ILogger log, string pipeline, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Grain} could not be activated: {Reason}")]
    private static partial void NotAwake(ILogger log, GrainId grain, string reason);
}
