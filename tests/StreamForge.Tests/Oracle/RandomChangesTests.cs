using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Oracle;

public class RandomChangesTests
{
    private static readonly OracleOp[] InTimeAndLate = [OracleOp.Create, OracleOp.Update, OracleOp.Delete];

    [Fact]
    public void Changes_meet_every_window_with_every_aggregate_by_every_op_in_time_and_late()
    {
        var left = new HashSet<(OracleWindowKind Window, OracleFunction Function, OracleOp Op, bool IsLate)>();
        foreach (var function in Enum.GetValues<OracleFunction>())
        {
            foreach (var window in Enum.GetValues<OracleWindowKind>())
            {
                foreach (var op in Enum.GetValues<OracleOp>().Where(op => op != OracleOp.Other)) left.Add((window, function, op, false));
                if (window == OracleWindowKind.Lifetime) continue;
                foreach (var op in InTimeAndLate) left.Add((window, function, op, true));
            }
        }
        for (var seed = 0; seed < 5000 && left.Count > 0; seed++)
        {
            var scenario = RandomCases.Case(seed, CaseKinds.Changelogs);
            foreach (var arrival in new FeatureOracle(scenario).Arrivals.Where(a => a.Event.Key is not null))
            {
                foreach (var window in scenario.View.Windows)
                {
                    foreach (var aggregate in scenario.View.Aggregates) left.Remove((window.Kind, aggregate.Function, arrival.Op!.Value, arrival.Missed.Contains(window)));
                }
            }
        }
        Assert.Empty(left);
    }
}
