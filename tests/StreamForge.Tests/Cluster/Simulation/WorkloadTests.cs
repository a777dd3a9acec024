using StreamForge.Testing.Cluster.Workload;

namespace StreamForge.Tests.Cluster.Simulation;

/// <summary>The workloads themselves: that they hold what they are to test.</summary>
public class WorkloadTests
{
    [Fact]
    public void Workloads_hold_late_events_dead_letters_null_keys_and_closed_windows()
    {
        long late = 0, dead = 0, closed = 0, rows = 0, events = 0;
        for (var seed = 0; seed < 40; seed++)
        {
            var workload = new SimulatedWorkload(new Random(seed), 200);
            var truth = new EmbeddedTruth(workload);
            if (workload.Order == WorkloadOrder.InTime && workload.Before is null) Assert.Empty(truth.Late);
            late += truth.Late.Count;
            dead += truth.DeadLetters.Count;
            closed += truth.Closed.Count;
            rows += truth.Rows["lines"].Count;
            events += workload.Topics.Sum(t => t.Records.Count);
        }
        Assert.True(late > 50 && dead > 100 && closed > 500 && rows > 2000 && events > 4000, $"late {late}, dead {dead}, closed {closed}, rows {rows}, events {events}");
    }
}
