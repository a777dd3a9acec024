using Microsoft.Extensions.Logging;
using StreamForge.Cluster.Sinks;
using StreamForge.Cluster.Slices;
using StreamForge.Grains.Hosting;

namespace StreamForge.Grains.Sinks;

/// <summary>An activation of a sink's writer: runs its <see cref="SinkProcess"/>.</summary>
[GrainType("sink")]
internal sealed class SinkGrain : OwnerGrain, ISinkGrain
{
    private readonly SinkProcess _process;

    public SinkGrain(IGrainContext context, SiloPipelines pipelines, ILogger<SinkProcess> log)
        : base(context, pipelines)
    {
        var slash = Key.LastIndexOf('/');
        var sink = int.Parse(Key.AsSpan(slash + 1), System.Globalization.CultureInfo.InvariantCulture);
        var pipeline = pipelines.Get(Key[..slash]);
        var definition = pipeline.Pipeline;
        _process = new SinkProcess(
            new SinkSettings(definition.Plan, sink, definition.Partitions) { FlushInterval = pipelines.Options.SinkInterval },
            new SinkPorts(pipeline.Cluster.Control, definition.Storage.Records, () => definition.OpenSink(sink), pipelines.Options.Clock, Guid.NewGuid),
            log);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _process.DisposeAsync();
    }

    public ValueTask<SinkAnswer> WriteAsync(SinkRows rows) => GuardAsync(cancellation => _process.WriteAsync(rows, cancellation));

    public ValueTask<SinkStatus> StatusAsync() => GuardAsync(_process.StatusAsync);

    protected override async Task StartAsync(CancellationToken cancellation) => await _process.StartAsync(cancellation);

    protected override async Task TickAsync(CancellationToken cancellation) => await _process.TickAsync(cancellation);
}
