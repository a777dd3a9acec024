using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Sql.Parsing;

/// <summary>
/// Recursive descent over the tokens, operators by precedence climbing. This part reads statements; the others read expressions,
/// predicates and calls. The first error ends it.
/// </summary>
internal sealed partial class Parser
{
    /// <summary>Levels of nesting that are taken; enough for people, few enough for every thread's stack.</summary>
    public const int MaxDepth = 256;

    private readonly List<Token> _tokens;
    private readonly string _text;
    private int _index;
    private int _nesting;

    private Parser(string text)
    {
        _text = text;
        _tokens = Lexer.Read(text);
    }

    /// <exception cref="SyntaxException"/>
    public static (SelectSyntax Query, List<Token> Tokens) ParseQuery(string text)
    {
        var parser = new Parser(text);
        return (parser.Select(), parser._tokens);
    }

    /// <exception cref="SyntaxException"/>
    public static (Syntax Expression, List<Token> Tokens) ParseExpression(string text)
    {
        var parser = new Parser(text);
        var expression = parser.Expression();
        parser.ExpectEnd("an operator or the end of the expression");
        return (expression, parser._tokens);
    }

    private Token Current => _tokens[_index];

    private Token Peek(int ahead) => _tokens[Math.Min(_index + ahead, _tokens.Count - 1)];

    private Token Take() => _tokens[Current.Kind == TokenKind.End ? _index : _index++];

    private bool Skip(string word)
    {
        if (!Current.Is(word)) return false;
        _index++;
        return true;
    }

    private bool SkipSymbol(string symbol)
    {
        if (!Current.IsSymbol(symbol)) return false;
        _index++;
        return true;
    }

    private SyntaxException Expected(string what) => SyntaxException.At(Current, $"expected {what}, found {Current.Describe()}");

    private static SyntaxException Unsupported(Token token, string what) => SyntaxException.At(token, $"{what} is not supported yet");

    private void Expect(string word)
    {
        if (!Skip(word)) throw Expected(word);
    }

    private void ExpectSymbol(string symbol, string? instead = null)
    {
        if (!SkipSymbol(symbol)) throw Expected(instead ?? $"'{symbol}'");
    }

    private void ExpectEnd(string otherwise)
    {
        SkipSymbol(";");
        if (Current.Kind != TokenKind.End) throw Expected(otherwise);
    }

    private static TextSpan Span(Token token) => new(token.Start, token.End, token.Line, token.Column);

    /// <summary>From <paramref name="first"/> to the token that was taken last.</summary>
    private TextSpan SpanFrom(TextSpan first) => first with { End = _tokens[_index - 1].End };

    private bool AtName => Current.Kind == TokenKind.QuotedName || (Current.Kind == TokenKind.Word && !Reserved.Contains(Current.Text));

    private string Name(string what)
    {
        if (AtName) return Take().Text;
        if (Current.Kind == TokenKind.Word) throw SyntaxException.At(Current, $"expected {what}, found the keyword '{Current.Text}'; quote it (`{Current.Text}`) if it is a name");
        throw Expected(what);
    }

    private SelectSyntax Select()
    {
        Expect("SELECT");
        if (Current.Is("DISTINCT")) throw Unsupported(Current, "DISTINCT");
        if (Current.Is("ALL") && !Peek(1).IsSymbol(",") && !Peek(1).Is("FROM")) _index++;
        var items = ImmutableArray.CreateBuilder<SelectItem>();
        do items.Add(Item());
        while (SkipSymbol(","));
        if (!Skip("FROM")) throw MissingFrom(items[^1]);
        var names = From();
        var joins = ImmutableArray.CreateBuilder<JoinSyntax>();
        while (Join() is { } join) joins.Add(join);
        var where = Skip("WHERE") ? Expression() : null;
        SkipSymbol(";");
        if (Reserved.UnsupportedClause(Current) is { } clause) throw Unsupported(Current, clause);
        if (Current.Kind != TokenKind.End) throw Expected(where is null ? "WHERE or the end of the query" : "an operator or the end of the query");
        return new SelectSyntax(items.ToImmutable(), names, joins.ToImmutable(), where);
    }

    /// <summary>A misspelt FROM reads as the last item's alias; the error then belongs there.</summary>
    private SyntaxException MissingFrom(SelectItem last)
    {
        var previous = _tokens[_index - 1];
        var implied = last.Alias is not null && previous.Kind == TokenKind.Word && !_tokens[_index - 2].Is("AS");
        if (implied && NearestName.Distance(previous.Text.ToUpperInvariant(), "FROM") <= 2)
            return SyntaxException.At(previous, $"expected FROM, found {previous.Describe()}");
        return Expected("FROM");
    }

    private SelectItem Item()
    {
        var first = Span(Current);
        if (SkipSymbol("*")) return new SelectItem(first, null, null, null);
        if (AtName && Peek(1).IsSymbol(".") && Peek(2).IsSymbol("*"))
        {
            var qualifier = Take().Text;
            _index += 2;
            return new SelectItem(SpanFrom(first), null, null, qualifier);
        }
        var expression = Expression();
        string? alias = null;
        if (Skip("AS")) alias = Name("a column's name after AS");
        else if (AtName) alias = Take().Text;
        return new SelectItem(SpanFrom(first), expression, alias, null);
    }

    private ImmutableArray<string> From()
    {
        string name;
        if (Current.Kind == TokenKind.Input)
        {
            _index++;
            name = "input";
        }
        else if (Current.IsSymbol("("))
        {
            throw Unsupported(Current, "a subquery in FROM");
        }
        else
        {
            name = Name("{{ input }}");
            while (SkipSymbol(".")) name = Name("a table's name");
        }
        if (Current.IsSymbol("(")) throw Unsupported(Current, "a table function");
        if (Skip("AS")) return [Name("an alias")];
        if (AtName && Reserved.UnsupportedClause(Current) is null) return [Take().Text];
        return [name];
    }

    /// <summary>[LEFT [OUTER] | INNER] JOIN name [[AS] alias] ON condition; null where no such join begins.</summary>
    private JoinSyntax? Join()
    {
        var isInner = !Current.Is("LEFT");
        if (!Current.Is("JOIN") && !Current.Is("INNER") && isInner) return null;
        var first = Span(Current);
        if (Skip("LEFT")) Skip("OUTER");
        else Skip("INNER");
        Expect("JOIN");
        if (Current.IsSymbol("(")) throw Unsupported(Current, "a subquery in a join");
        var table = Span(Current);
        var name = Name("the name of a lookup");
        if (Current.IsSymbol("(")) throw Unsupported(Current, "a table function");
        if (Current.Is("FOR")) throw Unsupported(Current, "FOR SYSTEM_TIME AS OF (lookup tables are read at start)");
        var alias = name;
        if (Skip("AS")) alias = Name("an alias");
        else if (AtName && !Current.Is("USING")) alias = Take().Text;
        if (Current.Is("USING")) throw Unsupported(Current, "USING in a join (write ON)");
        if (!Skip("ON")) throw Expected("ON");
        return new JoinSyntax(SpanFrom(first), isInner, table, name, alias, Expression());
    }
}
