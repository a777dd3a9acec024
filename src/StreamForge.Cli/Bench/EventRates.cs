using System.Diagnostics;
using StreamForge.Embedded;

namespace StreamForge.Cli.Bench;

/// <summary>How many events an engine had taken at moments a few milliseconds apart, and what came of it between any two moments. Moments are <see cref="Stopwatch"/> ticks.</summary>
/// <param name="samples">What is known already.</param>
internal sealed class EventRates(List<(long Time, long Events)> samples)
{

    /// <summary>The last moment.</summary>
    public long End => samples[^1].Time;

    /// <summary>Events over a time.</summary>
    public readonly record struct Stretch(double Events, double Seconds)
    {
        public double PerSecond => Seconds == 0 ? 0 : Events / Seconds;

        public Stretch And(Stretch other) => new(Events + other.Events, Seconds + other.Seconds);
    }

    /// <summary>Notes until it is cancelled; blocks its thread.</summary>
    public void Watch(PipelineEngine engine, CancellationToken until)
    {
        do
        {
            samples.Add((Stopwatch.GetTimestamp(), engine.Events));
        }
        while (!until.WaitHandle.WaitOne(2));
        samples.Add((Stopwatch.GetTimestamp(), engine.Events));
    }

    /// <summary>The first moment at which so many events had been taken; the last one when they never were.</summary>
    public long When(long events) => samples.FirstOrDefault(s => s.Events >= events, samples[^1]).Time;

    /// <summary>What came between two moments.</summary>
    public Stretch Between(long from, long to) => to <= from ? new Stretch(0, 0) : new Stretch(At(to) - At(from), Stopwatch.GetElapsedTime(from, to).TotalSeconds);

    private double At(long time)
    {
        var after = samples.FindIndex(s => s.Time >= time);
        if (after <= 0) return after == 0 ? samples[0].Events : samples[^1].Events;
        var (x, y) = (samples[after - 1], samples[after]);
        return x.Events + (y.Events - x.Events) * ((double)(time - x.Time) / (y.Time - x.Time));
    }
}
