using System.Diagnostics;
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
        return simulation.World.Failure ?? new SimulationJudge(simulation, new EmbeddedTruth(simulation.Workload)).Difference();
    }
}
