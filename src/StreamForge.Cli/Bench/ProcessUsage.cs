using System.Diagnostics;

namespace StreamForge.Cli.Bench;

/// <summary>What the whole process has used up to a moment; two of them make a stretch.</summary>
internal readonly record struct ProcessUsage(long Timestamp, TimeSpan Cpu, long AllocatedBytes)
{
    public static ProcessUsage Now() => new(Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(precise: true));

    /// <summary>Seconds, CPU seconds of all threads and allocated bytes since then.</summary>
    public (double Seconds, double CpuSeconds, long AllocatedBytes) Since()
    {
        var now = Now();
        return (Stopwatch.GetElapsedTime(Timestamp, now.Timestamp).TotalSeconds, (now.Cpu - Cpu).TotalSeconds, now.AllocatedBytes - AllocatedBytes);
    }
}
