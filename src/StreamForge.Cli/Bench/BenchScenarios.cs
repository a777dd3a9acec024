using System.Collections.Immutable;

namespace StreamForge.Cli.Bench;

/// <summary>The scenarios of <c>bench</c>, in the order in which they are listed.</summary>
internal static class BenchScenarios
{
    public static ImmutableArray<IBenchScenario> All { get; } =
    [
        new IngestScenario("ingest", "5 million clickstream lines of 100,000 users from a file: count, sum and max over sliding 1m, 30m and 1h", 100_000, IngestScenario.Sliding, 1_000_000),
        new IngestScenario("users", "the same of 1 million users", 1_000_000, IngestScenario.Sliding, 600_000),
        new IngestScenario("tumbling", "the same over tumbling minutes alone", 100_000, "[{tumbling: 1m}]", 1_300_000),
        new ChangelogScenario(), new AllocationScenario(), new StateScenario(), new CheckpointScenario(), new RecoveryScenario(), new LookupsScenario(), new FreshnessScenario(),
        new LakeScenario(), new CommitScenario(), new ParquetScenario(Environment.GetEnvironmentVariable(ParquetReferences.Interpreter)), new SqlScenario(),
    ];
}
