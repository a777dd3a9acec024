using FsCheck;
using FsCheck.Fluent;
using StreamForge.Testing.Oracle;
using StreamForge.Tests.Engine;

namespace StreamForge.Tests.Cluster;

/// <summary>Cells against the oracle that the embedded engine is held to, whatever happens to slices, cells and flushes on the way.</summary>
public class CellOracleTests
{
    private static int Cases => int.TryParse(Environment.GetEnvironmentVariable("STREAMFORGE_ORACLE_CASES"), out var cases) ? cases : 400;

    [Fact]
    public void Features_equal_the_oracles_though_slices_come_twice_and_cells_vanish()
    {
        var seeds = Gen.Choose(0, int.MaxValue - 1).Select(seed => (Seed: seed, Case: Case(seed)));
        Check(seeds, (scenario, seed) => Difference(scenario, seed, emits: false));
    }

    [Fact]
    public void Closed_windows_equal_the_oracles_and_no_revision_is_emitted_twice_or_left_out()
    {
        var seeds = Gen.Choose(0, int.MaxValue - 1).Select(seed => (Seed: seed, Case: ClosedWindowOracleTests.WithClosing(RandomCases.Case(seed, BuiltKinds.Append with { HasSignals = false }), seed)));
        Check(seeds, (scenario, seed) => Difference(scenario, seed, emits: true));
    }

    [Fact]
    public void A_key_that_lost_what_was_sent_to_it_answers_behind()
    {
        var behind = 0;
        for (var seed = 0; seed < 40; seed++)
        {
            var world = new CellWorld(Case(seed), new Random(seed), emits: false);
            world.Run();
            behind += world.Behind;
        }
        Assert.True(behind > 0);
    }

    private static OracleCase Case(int seed) => RandomCases.Case(seed, BuiltKinds.Append with { HasSignals = false });

    private static void Check(Gen<(int Seed, OracleCase Case)> seeds, Func<OracleCase, int, string?> difference)
    {
        var arbitrary = Arb.From(seeds, s => CaseShrinking.Shrink(s.Case).Where(c => c.View.Windows.Length == s.Case.View.Windows.Length).Select(c => (s.Seed, c)));
        FsCheck.Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(Cases),
            Prop.ForAll(arbitrary, s => difference(s.Case, s.Seed) is { } found ? throw new Xunit.Sdk.XunitException($"seed {s.Seed}: {found}\n{s.Case}") : true));
    }

    private static string? Difference(OracleCase scenario, int seed, bool emits)
    {
        var random = new Random(seed);
        var oracle = new FeatureOracle(scenario);
        var world = new CellWorld(scenario, random, emits);
        world.Run();
        if (emits && WindowComparison.Difference(oracle, scenario.View, world.Plan, world.Closed, drained: false) is { } closed) return closed;
        return ReadComparison.Difference(oracle, world.Read, world.Plan.Views[0].Description, scenario, random);
    }
}
