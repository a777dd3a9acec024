using System.Collections.Immutable;

namespace StreamForge.Testing.Oracle;

/// <summary>What random cases are made of.</summary>
/// <param name="Sources">Those of which one is drawn.</param>
/// <param name="HasSignals">Partitions fall idle and finish.</param>
/// <param name="HasFilters">A transformation before the view drops rows, or finds them broken; some drop so many that the view lags behind its source.</param>
/// <param name="HasExact">Some views have exact tails.</param>
public sealed record CaseKinds(
    ImmutableArray<OracleWindowKind> Windows, ImmutableArray<OracleFunction> Functions, ImmutableArray<OracleSource> Sources, bool HasSignals = true, bool HasFilters = true, bool HasExact = true)
{
    /// <summary>Everything.</summary>
    public static CaseKinds All { get; } = new([.. Enum.GetValues<OracleWindowKind>()], [.. Enum.GetValues<OracleFunction>()], [.. Enum.GetValues<OracleSource>()]);

    /// <summary>Append sources alone, with every window and aggregate.</summary>
    public static CaseKinds Append { get; } = All with { Sources = [OracleSource.Append], HasSignals = false };

    /// <summary>Changelogs alone.</summary>
    public static CaseKinds Changelogs { get; } = All with { Sources = [OracleSource.Full, OracleSource.Stored] };
}
