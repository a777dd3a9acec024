using System.Text;

namespace StreamForge.Sql.Parsing;

/// <summary>
/// Text for fingerprints: tokens with one blank between them, words in upper case, columns by the name they resolve to, in backticks.
/// Blanks, comments, and the case and quotes of names make no difference to it.
/// </summary>
internal static class Canonical
{
    /// <param name="names">What each name that means a column is replaced by, by where the name begins.</param>
    public static string Write(List<Token> tokens, TextSpan span, IReadOnlyDictionary<int, (int End, string Canonical)> names)
    {
        var result = new StringBuilder();
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (token.Start < span.Start || token.Kind == TokenKind.End) continue;
            if (token.Start >= span.End) break;
            if (result.Length > 0) result.Append(' ');
            if (names.TryGetValue(token.Start, out var name))
            {
                result.Append(name.Canonical);
                while (tokens[i + 1].Kind != TokenKind.End && tokens[i + 1].Start < name.End) i++;
                continue;
            }
            switch (token.Kind)
            {
                case TokenKind.Word: result.Append(token.Text.ToUpperInvariant()); break;
                case TokenKind.Text: result.Append('\'').Append(token.Text.Replace("'", "''", StringComparison.Ordinal)).Append('\''); break;
                case TokenKind.QuotedName: result.Append(Quoted(token.Text)); break;
                case TokenKind.Number: result.Append(token.Text.ToUpperInvariant()); break;
                default: result.Append(token.Text); break;
            }
        }
        return result.ToString();
    }

    public static string Quoted(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";
}
