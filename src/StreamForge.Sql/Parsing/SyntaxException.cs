namespace StreamForge.Sql.Parsing;

/// <summary>Ends parsing at the first syntax error; never leaves this assembly.</summary>
internal sealed class SyntaxException(int line, int column, string sentence) : Exception(sentence)
{
    public SqlError Error { get; } = new(line, column, sentence);

    public static SyntaxException At(Token token, string sentence) => new(token.Line, token.Column, sentence);

    public static SyntaxException At(TextSpan span, string sentence) => new(span.Line, span.Column, sentence);
}
