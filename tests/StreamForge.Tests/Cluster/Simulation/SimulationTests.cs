using System.Globalization;
using StreamForge.Testing.Cluster;
using StreamForge.Testing.Cluster.World;
using Xunit.Abstractions;

namespace StreamForge.Tests.Cluster.Simulation;

/// <summary>
/// The cluster's protocol in worlds that misbehave: silos die and come, activations are doubled and lost, storage and network fail in every way, sinks fail, streams deliver twice and pass over. After each seed, when all faults have
/// stopped, every feature, every committed row, every closed window and both ledgers are what the embedded engine makes of the same events and, but for rows of sinks, what the oracle says, and on the way nothing that the protocol promises was broken.
/// STREAMFORGE_SIMULATION_SEEDS asks for more seeds than the usual 2,000. The seeds are spread over four classes, which run side by side.
/// </summary>
public abstract class SimulationTests(int share, ITestOutputHelper output)
{
    private const int Shares = 4;
    private const int Parts = 10;

    private static int Seeds => int.TryParse(Environment.GetEnvironmentVariable("STREAMFORGE_SIMULATION_SEEDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var seeds) ? seeds : 2000;

    public static TheoryData<int> AllParts => [.. Enumerable.Range(0, Parts)];

    [Theory]
    [MemberData(nameof(AllParts))]
    public void Everything_is_counted_once_whatever_goes_wrong(int part)
    {
        var counts = new FaultCounts();
        long calls = 0, seconds = 0;
        var seeds = Enumerable.Range(0, Seeds).Where(s => s % (Shares * Parts) == share * Parts + part).ToArray();
        foreach (var seed in seeds)
        {
            if (SimulationRun.Failure(seed, new SimulationOptions(), out var simulation) is { } failure) Assert.Fail(SimulationRun.Describe(seed, simulation, failure));
            counts.Add(simulation.Faults.Counts);
            calls += simulation.Network.Calls;
            seconds += simulation.World.Now / 1_000_000;
        }
        output.WriteLine($"{seeds.Length} seeds, {seconds} s of their worlds, {calls} calls; {counts}");
    }
}

public class FirstSimulationTests(ITestOutputHelper output) : SimulationTests(0, output);

public class SecondSimulationTests(ITestOutputHelper output) : SimulationTests(1, output);

public class ThirdSimulationTests(ITestOutputHelper output) : SimulationTests(2, output);

public class FourthSimulationTests(ITestOutputHelper output) : SimulationTests(3, output);
