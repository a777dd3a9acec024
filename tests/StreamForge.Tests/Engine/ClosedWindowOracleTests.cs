using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Engine;

/// <summary>Closed windows against the oracle: which are emitted, how their revisions count, and what the last one says.</summary>
public class ClosedWindowOracleTests
{
    [Fact]
    public void Last_revisions_equal_the_oracles_whatever_the_events_batches_shards_and_restarts() => Check(0.12, BuiltKinds.Append);

    [Fact]
    public void Last_revisions_and_deletes_equal_the_oracles_whatever_the_changes_batches_shards_and_restarts() => Check(0.12, BuiltKinds.Changelogs);

    private static void Check(double share, CaseKinds kinds) =>
        CaseRun.Check(share, seed => WithClosing(RandomCases.Case(seed, kinds), seed), Difference, scenario => scenario.View.Windows.Any(w => w.Closes));

    /// <summary>The case with a window that closes.</summary>
    internal static OracleCase WithClosing(OracleCase scenario, int seed)
    {
        if (scenario.View.Windows.Any(w => w.Closes)) return scenario;
        long[] seconds = [1, 60, 3600, 86_400];
        // Of whole tiles.
        var window = OracleWindow.Tumbling(scenario.View.Resolution * (1 + seed % 7) ?? seconds[seed % seconds.Length] * 1_000_000);
        return scenario with { View = scenario.View with { Windows = scenario.View.Windows.Add(window) } };
    }

    private static string? Difference(OracleCase scenario, int seed)
    {
        var random = new Random(seed);
        var oracle = new FeatureOracle(scenario);
        var engine = new EngineCase(scenario, random.Next(1, 4), emits: true);
        engine.Run(random);
        if (WindowComparison.Difference(oracle, scenario.View, engine.Plan, engine.Closed, drained: false) is { } closed) return closed;
        engine.Emit(all: true);
        if (WindowComparison.Difference(oracle, scenario.View, engine.Plan, engine.Closed, drained: true) is { } drained) return "drained: " + drained;
        var before = engine.Closed.Count;
        engine.Emit(all: true);
        return engine.Closed.Count == before ? null : "something was drained twice";
    }
}
