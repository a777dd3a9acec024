using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Engine;

/// <summary>What the engine is held to on random cases.</summary>
internal static class BuiltKinds
{
    public static CaseKinds Append { get; } = CaseKinds.All with { Sources = [OracleSource.Append] };

    public static CaseKinds Changelogs { get; } = CaseKinds.Changelogs;

    public static CaseKinds All { get; } = CaseKinds.All;
}
