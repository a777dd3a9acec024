using StreamForge.Core;
using StreamForge.Testing.Cluster.Workload;
using StreamForge.Testing.Oracle;

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

    [Fact]
    public void Workloads_have_every_aggregate_over_every_shape_of_window_and_every_change_under_each_kind_of_source()
    {
        var (pairs, changes) = (new HashSet<(OracleSource, OracleWindowKind, OracleFunction)>(), new HashSet<(OracleSource, string)>());
        for (var seed = 0; seed < 1000; seed++)
        {
            var workload = new SimulatedWorkload(new Random(seed), 60);
            foreach (var view in new[] { workload.Views.Customers, workload.Views.Products })
                pairs.UnionWith(from window in view.Windows from aggregate in view.Aggregates select (workload.Source, window.Kind, aggregate.Function));
            foreach (var change in workload.Changes)
            {
                changes.Add((workload.Source, change.Kind.ToString()));
                if (change.Snapshot != SnapshotPhase.None) changes.Add((workload.Source, change.Snapshot.ToString()));
                if (change is not { Before: { } before, After: { } after }) continue;
                if (before.Customer != after.Customer) changes.Add((workload.Source, "move to another key"));
                if (before.Time != after.Time) changes.Add((workload.Source, "move to another time"));
                if (after.LacksKind) changes.Add((workload.Source, "value that is not sent"));
            }
        }
        Assert.Equal(Enum.GetValues<OracleSource>().Length * Enum.GetValues<OracleWindowKind>().Length * Enum.GetValues<OracleFunction>().Length, pairs.Count);
        string[] both = ["Create", "Read", "Update", "Delete", "Tombstone", "Other", "Reading", "Last", "move to another key", "move to another time"];
        string[] stored = ["Truncate", "Incremental", "value that is not sent"];
        Assert.Equal(both.Select(c => (OracleSource.Full, c)).Concat(both.Concat(stored).Select(c => (OracleSource.Stored, c))).Order(), changes.Order());
    }
}
