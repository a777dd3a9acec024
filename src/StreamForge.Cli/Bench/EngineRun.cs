using System.Diagnostics;

namespace StreamForge.Cli.Bench;

/// <summary>What one run of the engine took, from opening the pipeline to the end of its last checkpoint.</summary>
/// <param name="StateBytes">All memory of the first view's stores.</param>
internal sealed record EngineRun(long Events, double Seconds, double CpuSeconds, long AllocatedBytes, long Keys, long StateBytes, long Late, long DeadLetters)
{
    public double PerSecond => Events / Seconds;

    public double CpuSecondsPerMillion => CpuSeconds / Events * 1e6;

    /// <summary>The most memory that this process has had so far, bytes.</summary>
    public static long PeakResident
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }
    }

    /// <summary>The measure of <see cref="PeakResident"/>.</summary>
    public static BenchMeasure PeakResidentMeasure => new("peak_resident_memory", PeakResident / (double)(1 << 20), "MiB");

    /// <param name="name">The data directory's name, new in the work directory.</param>
    public static async Task<EngineRun> OfAsync(BenchContext context, string name, string pipeline, CancellationToken cancellation)
    {
        Collect();
        var before = ProcessUsage.Now();
        await using var opened = await BenchEngine.OpenAsync(context.WorkDirectory, name, pipeline, bounded: true, cancellation);
        await opened.Engine.RunAsync(cancellation);
        var (seconds, cpu, allocated) = before.Since();
        cancellation.ThrowIfCancellationRequested();
        var status = opened.Engine.Status();
        return new EngineRun(status.Events, seconds, cpu, allocated, status.Views[0].Keys, status.Views[0].Bytes, status.Late, status.DeadLetters);
    }

    /// <summary>So that no part pays for the garbage of the one before it.</summary>
    public static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
