namespace StreamForge.Sql.Parsing;

internal enum TokenKind : byte
{
    /// <summary>An unquoted word: a keyword or a name.</summary>
    Word,

    /// <summary>A name in backticks or double quotes; the text is without them.</summary>
    QuotedName,

    Number,

    /// <summary>A string literal; the text is what it stands for.</summary>
    Text,

    /// <summary>An operator or a punctuation mark; <c>!=</c> is given as <c>&lt;&gt;</c>.</summary>
    Symbol,

    /// <summary><c>{{ input }}</c>.</summary>
    Input,

    End,
}

/// <summary>A token and its place: offsets into the text, and line and column from 1.</summary>
internal sealed record Token(TokenKind Kind, string Text, int Start, int End, int Line, int Column)
{
    public bool Is(string word) => Kind == TokenKind.Word && Text.Equals(word, StringComparison.OrdinalIgnoreCase);

    public bool IsSymbol(string symbol) => Kind == TokenKind.Symbol && Text == symbol;

    /// <summary>As error messages show it.</summary>
    public string Describe() => Kind switch
    {
        TokenKind.End => "the end of the text",
        TokenKind.Text => $"the string '{Shorten(Text)}'",
        _ => $"'{Shorten(Text)}'",
    };

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
