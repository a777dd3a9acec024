using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Embedded.Reads;
using StreamForge.Embedded.Storage;

namespace StreamForge.Cli.Running;

/// <summary>The pipelines of this process as the control plane sees them, with rates over the last seconds. Safe from any thread.</summary>
internal sealed class PipelineMonitor(DataDirectory data, TimeProvider clock) : IPipelineReader
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private volatile PipelineGauge[] _gauges = [];

    /// <summary>The pipelines to show.</summary>
    public void Show(IReadOnlyList<RunningPipeline> pipelines) => _gauges = [.. pipelines.Select(p => new PipelineGauge(p, clock))];

    /// <summary>A pipeline has ended; null when it ended in order.</summary>
    public void End(string pipeline, string? failure) => _gauges.First(g => g.Name == pipeline).End(failure);

    /// <summary>Looks at every pipeline once a second, whoever asks, so that rates are those of the last seconds.</summary>
    public async Task RunAsync(CancellationToken end)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(end))
            {
                foreach (var gauge in _gauges) gauge.Look();
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The run is over; what was seen last stays.
        }
    }

    public ImmutableArray<PipelineStatus> Read() => [.. _gauges.Select(g => g.Read())];

    public ValueTask<LedgerSlice> ReadLedgerAsync(string pipeline, LedgerKind ledger, long skip, int limit, CancellationToken cancellation)
    {
        var state = new StateAtRest(data, clock);
        var (total, items) = ledger == LedgerKind.Late ? state.Late(pipeline, skip, limit) : state.DeadLetters(pipeline, skip, limit);
        return new ValueTask<LedgerSlice>(new LedgerSlice(total, items));
    }

    public ValueTask<LedgerSlice> ReadLedgerBackwardsAsync(string pipeline, LedgerKind ledger, long? before, int limit, CancellationToken cancellation)
    {
        var state = new StateAtRest(data, clock);
        var (total, items) = ledger == LedgerKind.Late ? state.LateBackwards(pipeline, before, limit) : state.DeadLettersBackwards(pipeline, before, limit);
        return new ValueTask<LedgerSlice>(new LedgerSlice(total, items));
    }
}
