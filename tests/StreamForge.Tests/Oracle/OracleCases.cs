using FsCheck;
using FsCheck.Fluent;
using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Oracle;

/// <summary>Random oracle cases for properties, shrunk to the smallest failing one: <c>Prop.ForAll(OracleCases.Arbitrary(), c => …)</c>.</summary>
internal static class OracleCases
{
    /// <summary>Cases of every shape.</summary>
    public static Arbitrary<OracleCase> Arbitrary() => From(RandomEvents.Case);

    /// <summary>Cases of one shape with random views.</summary>
    public static Arbitrary<OracleCase> Arbitrary(EventShape shape) => From(seed => RandomEvents.Case(seed, shape));

    private static Arbitrary<OracleCase> From(Func<int, OracleCase> make) =>
        Arb.From(Gen.Choose(0, int.MaxValue).Select(make), CaseShrinking.Shrink);
}
