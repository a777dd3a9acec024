using System.Diagnostics;
using System.Globalization;
using System.Text;
using StreamForge.Testing.Cluster;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Tests.Cluster.Simulation;

public class SimulationTests
{
    [Fact]
    public void Quick()
    {
        var from = int.Parse(Environment.GetEnvironmentVariable("FROM") ?? "0", CultureInfo.InvariantCulture);
        var count = int.Parse(Environment.GetEnvironmentVariable("COUNT") ?? "1", CultureInfo.InvariantCulture);
        var traced = Environment.GetEnvironmentVariable("TRACE") is not null;
        var none = Environment.GetEnvironmentVariable("NOFAULT") is not null;
        var watch = Stopwatch.StartNew();
        var failures = new StringBuilder();
        var counts = new FaultCounts();
        long steps = 0, calls = 0;
        int failed = 0;
        for (var seed = from; seed < from + count; seed++)
        {
            var failure = SimulationRun.Failure(seed, new SimulationOptions { IsTraced = traced, Faults = none ? FaultPlan.None : null }, out var simulation);
            steps += simulation.World.Steps;
            calls += simulation.Network.Calls;
            counts.Add(simulation.Faults.Counts);
            if (failure is null) continue;
            failed++;
            failures.AppendLine(CultureInfo.InvariantCulture, $"seed {seed} {simulation.Workload.Order} {simulation.Workload.Partitions}: {failure}");
            if (traced)
            {
                File.WriteAllLines($"/tmp/trace.{seed}", simulation.World.Trace);
                File.WriteAllLines($"/tmp/events.{seed}", simulation.Workload.Events.Select(e => $"{e.Partition}/{e.Offset} at {e.At} {(e.Time is { } t ? StreamForge.Core.EventTime.Format(t) : "")} {e.Product} {e.Customer}"));
                File.WriteAllLines($"/tmp/ledger.{seed}", simulation.Storage.Content.Ledger.Select(e => e.Json));
                File.WriteAllText($"/tmp/yaml.{seed}", simulation.Workload.Definition);
            }
        }
        File.WriteAllText(Environment.GetEnvironmentVariable("OUT") ?? "/tmp/simout", $"{failed} failed of {count} in {watch.ElapsedMilliseconds} ms, steps {steps}, calls {calls}, {counts}\n{failures}");
    }
}
