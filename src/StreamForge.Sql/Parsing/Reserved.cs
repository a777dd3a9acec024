using System.Collections.Frozen;

namespace StreamForge.Sql.Parsing;

/// <summary>Words that cannot be names unless quoted. Few, so that columns called value, date, count, position or offset need no quotes.</summary>
internal static class Reserved
{
    private static readonly FrozenSet<string> Words = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "BETWEEN", "LIKE", "SIMILAR", "IS", "NULL", "TRUE", "FALSE", "CASE", "WHEN", "THEN", "ELSE",
        "END", "AS", "ON", "JOIN", "INNER", "CROSS", "NATURAL", "GROUP", "ORDER", "HAVING", "LIMIT", "FETCH", "UNION", "INTERSECT", "EXCEPT",
        "DISTINCT", "ESCAPE", "EXISTS", "WITH", "OVER", "QUALIFY");

    /// <summary>Clauses and operators of SQL that this dialect knows but does not compute yet, where they may follow a query's parts.</summary>
    private static readonly FrozenSet<string> UnsupportedClauses = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "FETCH", "UNION", "INTERSECT",
        "EXCEPT", "MINUS", "WINDOW", "QUALIFY", "LATERAL", "MATCH_RECOGNIZE", "TABLESAMPLE");

    public static bool Contains(string word) => Words.Contains(word);

    /// <summary>The sentence's subject when <paramref name="token"/> begins such a clause, else null.</summary>
    public static string? UnsupportedClause(Token token)
    {
        if (token.IsSymbol(",")) return "a join of several inputs";
        if (token.Kind != TokenKind.Word || !UnsupportedClauses.Contains(token.Text)) return null;
        return token.Text.ToUpperInvariant() switch
        {
            "RIGHT" or "FULL" or "CROSS" or "NATURAL" => $"{token.Text.ToUpperInvariant()} JOIN",
            "GROUP" => "GROUP BY",
            "ORDER" => "ORDER BY",
            var other => other,
        };
    }
}
