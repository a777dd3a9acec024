using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Engine;

/// <summary>What the engine is held to on random cases.</summary>
internal static class BuiltKinds
{
    public static CaseKinds Append { get; } = CaseKinds.All with { Sources = [OracleSource.Append] };

    public static CaseKinds Changelogs { get; } = CaseKinds.Changelogs;

    /// <summary>Of views whose closed windows are emitted.</summary>
    public static CaseKinds Closing { get; } = Append with { Windows = [OracleWindowKind.Sliding, OracleWindowKind.Tumbling, OracleWindowKind.Lifetime], HasExact = false };

    /// <summary>Whether a sink may take a window's closed instances.</summary>
    public static bool IsEmitted(OracleWindow window, OracleSource source) => Closing.Windows.Contains(window.Kind) && Closing.Sources.Contains(source) && window.Closes;
}
