using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using StreamForge.Cluster.Sinks;
using StreamForge.Cluster.Slices;
using StreamForge.Grains.Hosting;

namespace StreamForge.Grains.Sinks;

/// <summary>An activation of a sink's writer: runs its <see cref="SinkProcess"/>.</summary>
[GrainType("sink")]
internal sealed class SinkGrain : IGrainBase, ISinkGrain
{
    private readonly IGrainContext _context;
    private readonly SinkProcess _process;
    private readonly Ownership _ownership;
    private readonly TimeSpan _tick;

    public SinkGrain(IGrainContext context, SiloPipelines pipelines, ILogger<SinkProcess> log)
    {
        var key = context.GrainId.Key.ToString()!;
        var slash = key.LastIndexOf('/');
        var sink = int.Parse(key.AsSpan(slash + 1), System.Globalization.CultureInfo.InvariantCulture);
        var pipeline = pipelines.Get(key[..slash]);
        var definition = pipeline.Pipeline;
        _context = context;
        _tick = pipelines.Options.Tick;
        _ownership = new Ownership(this);
        _process = new SinkProcess(
            new SinkSettings(definition.Plan, sink, definition.Partitions) { FlushInterval = pipelines.Options.SinkInterval },
            new SinkPorts(pipeline.Cluster.Control, definition.Storage.Records, () => definition.OpenSink(sink), pipelines.Options.Clock, Guid.NewGuid),
            log);
    }

    public IGrainContext GrainContext => _context;

    public async Task OnActivateAsync(CancellationToken token)
    {
        await _process.StartAsync(token);
        _ownership.Begin(_tick, _process.TickAsync);
    }

    public async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token)
    {
        _ownership.Dispose();
        await _process.DisposeAsync();
    }

    public ValueTask<SinkAnswer> WriteAsync(SinkRows rows) => _ownership.GuardAsync(cancellation => _process.WriteAsync(rows, cancellation));

    public ValueTask<SinkStatus> StatusAsync() => _ownership.GuardAsync(_process.StatusAsync);
}
