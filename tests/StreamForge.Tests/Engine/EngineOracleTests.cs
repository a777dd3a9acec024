using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Engine;

/// <summary>The engine against the oracle, which shares no code with it, on random events: every feature, every status, every late record.</summary>
public class EngineOracleTests
{
    [Fact]
    public void Features_statuses_and_late_records_equal_the_oracles_whatever_the_events() =>
        CaseRun.Check(0.35, seed => RandomCases.Case(seed, BuiltKinds.Append), Difference);

    [Fact]
    public void Features_statuses_orphans_duplicates_and_late_records_equal_the_oracles_whatever_the_changes() =>
        CaseRun.Check(0.35, seed => RandomCases.Case(seed, BuiltKinds.Changelogs), Difference);

    [Fact]
    public void What_was_known_after_any_number_of_events_equals_the_oracles_history() => CaseRun.Check(0.04, seed => RandomCases.Case(seed, BuiltKinds.All), HistoryDifference);

    private static string? HistoryDifference(OracleCase scenario, int seed)
    {
        var random = new Random(seed);
        var oracle = new FeatureOracle(scenario);
        var engine = new EngineCase(scenario, random.Next(1, 4));
        string? found = null;
        engine.Run(random, count => found ??= Difference(oracle.After(count), engine, scenario, random) is { } difference ? $"after {count} events: {difference}" : null);
        return found ?? Difference(oracle, engine, scenario, random);
    }

    private static string? Difference(OracleCase scenario, int seed)
    {
        var random = new Random(seed);
        var oracle = new FeatureOracle(scenario);
        var engine = new EngineCase(scenario, random.Next(1, 4));
        engine.Run(random);
        return Difference(oracle, engine, scenario, random);
    }

    private static string? Difference(FeatureOracle oracle, EngineCase engine, OracleCase scenario, Random random) =>
        RecordComparison.Difference(oracle, engine) ?? ReadComparison.Difference(oracle, engine.Read, engine.View, scenario, random);
}
