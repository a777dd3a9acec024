using StreamForge.Sql.Evaluation;

namespace StreamForge.Sql.Functions;

/// <summary>Functions that choose between their arguments, and compute no more of them than they need.</summary>
internal static class ConditionalFunctions
{
    public static IEnumerable<Function> All =>
    [
        new("IF", "baa", call => call.Binder.If(call)),
        new("COALESCE", "a*", call => call.Binder.Coalesce(call)),
        new("IFNULL", "aa", call => call.Binder.Coalesce(call)),
        new("NULLIF", "aa", call => call.Binder.NullIf(call)),
        new("GREATEST", "a*", call => call.Binder.Extreme(call, ComparisonKind.Greater)),
        new("LEAST", "a*", call => call.Binder.Extreme(call, ComparisonKind.Less)),
    ];
}
