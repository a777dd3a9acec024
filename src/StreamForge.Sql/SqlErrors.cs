using System.Collections.Immutable;

namespace StreamForge.Sql;

internal static class SqlErrors
{
    /// <summary>In the order of the text, each once.</summary>
    public static ImmutableArray<SqlError> Ordered(IEnumerable<SqlError> errors) => [.. errors.Distinct().OrderBy(e => (e.Line, e.Column))];
}
