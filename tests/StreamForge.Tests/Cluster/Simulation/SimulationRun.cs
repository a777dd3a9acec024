using System.Globalization;
using StreamForge.Testing.Cluster;

namespace StreamForge.Tests.Cluster.Simulation;

/// <summary>One seed, from its workload to the judgement.</summary>
internal static class SimulationRun
{
    /// <summary>What is wrong with a seed; null when nothing is.</summary>
    public static string? Failure(int seed, SimulationOptions options, out ClusterSimulation simulation)
    {
        simulation = new ClusterSimulation(seed, options);
        simulation.Run();
        return simulation.World.Failure
            ?? new SimulationJudge(simulation, new EmbeddedTruth(simulation.Workload)).Difference()
            ?? new OracleJudge(simulation).Difference(new Random(seed));
    }

    /// <summary>A failure with the way to repeat it.</summary>
    public static string Describe(int seed, ClusterSimulation simulation, string failure) => string.Create(CultureInfo.InvariantCulture, $"""
        seed {seed} ({simulation.Workload.Order}, {simulation.Workload.Partitions} partitions) failed after {simulation.World.Now / 1e6:F3} s of its world: {failure}
        faults: {simulation.Faults.Counts}
        to repeat it, with a trace of all that happened:
        {OneSeedTests.SeedVariable}={seed} {OneSeedTests.TraceVariable}=/tmp/seed-{seed}.txt dotnet test tests/StreamForge.Tests --filter FullyQualifiedName~{nameof(OneSeedTests)}
        """);
}
