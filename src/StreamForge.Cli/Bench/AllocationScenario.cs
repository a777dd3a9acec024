using StreamForge.Embedded;

namespace StreamForge.Cli.Bench;

/// <summary>
/// <c>allocation</c>: managed memory that is allocated for each event in steady state. The runtime's counter of the whole process is read twice while the engine works, when its pools are warm and its keys known, and once more
/// before it ends; what the engine allocates at its start and at its end is thus left out. Memory that the state has grown by meanwhile is kept and no garbage, and is told apart. No event comes too late: what is written down
/// of one that does is made for people.
/// </summary>
internal sealed class AllocationScenario : IBenchScenario
{
    private const long FullEvents = 5_000_000;
    private const int Users = 100_000;
    private const double From = 0.6;
    private const double To = 0.95;

    public string Name => "allocation";

    public string Summary => "managed bytes allocated per event of a file in steady state";

    public async Task<BenchReport> RunAsync(BenchContext context, CancellationToken cancellation)
    {
        var events = Math.Max(1, (long)(FullEvents * context.Scale));
        var input = await IngestScenario.InputAsync(context, events, Users, cancellation, late: 0);
        context.Progress("warming up");
        await EngineRun.OfAsync(context, "warm-up", IngestScenario.Pipeline(input), cancellation);
        context.Progress("counting");
        EngineRun.Collect();
        await using var opened = await BenchEngine.OpenAsync(context.WorkDirectory, "counted", IngestScenario.Pipeline(input), bounded: true, cancellation);
        var collections = GC.CollectionCount(0);
        var running = opened.Engine.RunAsync(cancellation);
        var first = await ReachAsync(opened.Engine, (long)(events * From), running);
        var last = await ReachAsync(opened.Engine, (long)(events * To), running);
        await running;
        cancellation.ThrowIfCancellationRequested();
        var counted = Math.Max(1, last.Events - first.Events);
        var grown = last.State - first.State;
        return new BenchReport(
        [
            new("events", opened.Engine.Status().Events, "events"),
            new("events_counted", counted, "events"),
            new("allocated_bytes_per_event", Math.Max(0, last.Bytes - first.Bytes - grown) / (double)counted, "bytes", 1, GoalIsLimit: true),
            new("state_growth_bytes_per_event", grown / (double)counted, "bytes"),
            new("garbage_collections", GC.CollectionCount(0) - collections, "collections"),
            EngineRun.PeakResidentMeasure,
        ])
        {
            Notes = ["What is left are objects of a batch, shared by its thousands of events; below one byte an event is none for an event."],
        };
    }

    /// <summary>Waits until so many events have been taken, or all.</summary>
    private static async Task<(long Events, long Bytes, long State)> ReachAsync(PipelineEngine engine, long events, Task running)
    {
        while (engine.Events < events && !running.IsCompleted) await Task.Delay(1);
        return (engine.Events, GC.GetTotalAllocatedBytes(), engine.Status().Views[0].Bytes);
    }
}
