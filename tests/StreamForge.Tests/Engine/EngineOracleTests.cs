using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Engine;

/// <summary>The engine against the oracle, which shares no code with it, on random events: every feature, every status, every late record.</summary>
public class EngineOracleTests
{
    [Fact]
    public void Features_statuses_and_late_records_equal_the_oracles_whatever_the_events() =>
        CaseRun.Check(0.4, seed => RandomCases.Case(seed, BuiltKinds.Append), Difference);

    private static string? Difference(OracleCase scenario, int seed)
    {
        var random = new Random(seed);
        var oracle = new FeatureOracle(scenario);
        var engine = new EngineCase(scenario, random.Next(1, 4));
        engine.Run(random);
        return RecordComparison.Difference(oracle, engine) ?? ReadComparison.Difference(oracle, engine.Read, engine.View, scenario, random);
    }
}
