using System.Collections.Immutable;

namespace StreamForge.Cli.Bench;

/// <summary>The scenarios of <c>bench</c>, in the order in which they are listed.</summary>
internal static class BenchScenarios
{
    public static ImmutableArray<IBenchScenario> All { get; } =
    [
        new IngestScenario(), new LakeScenario(), new CommitScenario(), new ParquetScenario(Environment.GetEnvironmentVariable(ParquetReferences.Interpreter)), new LookupsScenario(), new StateScenario(), new SqlScenario(),
    ];
}
