using System.Globalization;
using StreamForge.Testing.Cluster;
using Xunit.Abstractions;

namespace StreamForge.Tests.Cluster.Simulation;

/// <summary>One seed, for whoever looks for the cause of a failure: STREAMFORGE_SIMULATION_SEED names it, STREAMFORGE_SIMULATION_TRACE a file that gets its events, its pipeline and all that happened, line by line.</summary>
public class OneSeedTests(ITestOutputHelper output)
{
    internal const string SeedVariable = "STREAMFORGE_SIMULATION_SEED";
    internal const string TraceVariable = "STREAMFORGE_SIMULATION_TRACE";

    [Fact]
    public void A_seed_gives_the_same_run_every_time_and_passes()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 7;
        var failure = SimulationRun.Failure(seed, new SimulationOptions { IsTraced = true }, out var simulation);
        if (Environment.GetEnvironmentVariable(TraceVariable) is { } file)
        {
            var events = simulation.Workload.Topics.SelectMany(t => t.Records.Select(r => $"{t.Partition}/{r.Offset} at {r.At}: {System.Text.Encoding.UTF8.GetString(r.Value)}"));
            var ledger = simulation.Storage.Content.Ledger.Select(e => e.Json);
            File.WriteAllLines(file, [simulation.Workload.Definition, "", "events", .. events, "", "trace", .. simulation.World.Trace, "", "ledgers", .. ledger]);
            output.WriteLine($"the trace of seed {seed} is in {file}");
        }
        output.WriteLine($"seed {seed}: digest {simulation.World.Digest:x16}");
        if (failure is not null) Assert.Fail(SimulationRun.Describe(seed, simulation, failure));
        SimulationRun.Failure(seed, new SimulationOptions { IsTraced = true }, out var again);
        Assert.Equal(simulation.World.Trace, again.World.Trace);
        Assert.Equal(simulation.World.Digest, again.World.Digest);
    }

    [Fact]
    public void Without_faults_nothing_is_rewound()
    {
        var failure = SimulationRun.Failure(3, new SimulationOptions { IsTraced = true, Faults = Testing.Cluster.World.FaultPlan.None }, out var simulation);
        if (failure is not null) Assert.Fail(SimulationRun.Describe(3, simulation, failure));
        Assert.Empty(simulation.Faults.Counts.All);
        Assert.DoesNotContain(simulation.World.Trace, line => line.Contains("goes back to", StringComparison.Ordinal));
    }
}
