using System.Text;

namespace StreamForge.Sql.Parsing;

/// <summary>Cuts a text into tokens, leaving out blanks and comments (<c>-- …</c> and <c>/* … */</c>).</summary>
internal sealed class Lexer
{
    private static readonly string[] LongSymbols = ["<>", "!=", "<=", ">=", "||", "=>"];

    private readonly string _text;
    private int _position;
    private int _line = 1;
    private int _column = 1;

    private Lexer(string text) => _text = text;

    /// <summary>All tokens; the last is <see cref="TokenKind.End"/>.</summary>
    /// <exception cref="SyntaxException">A character that begins no token, or a string, name or comment without its end.</exception>
    public static List<Token> Read(string text)
    {
        var lexer = new Lexer(text);
        var tokens = new List<Token>();
        do tokens.Add(lexer.Next());
        while (tokens[^1].Kind != TokenKind.End);
        return tokens;
    }

    private char Current => _position < _text.Length ? _text[_position] : '\0';

    private char Ahead => _position + 1 < _text.Length ? _text[_position + 1] : '\0';

    private Token Next()
    {
        SkipBlanks();
        int start = _position, line = _line, column = _column;
        Token Make(TokenKind kind, string text) => new(kind, text, start, _position, line, column);

        if (_position == _text.Length) return Make(TokenKind.End, "");
        var c = Current;
        if (char.IsLetter(c) || c == '_' || char.IsSurrogate(c))
        {
            while (char.IsLetterOrDigit(Current) || Current is '_' or '$' || char.IsSurrogate(Current)) Advance();
            return Make(TokenKind.Word, _text[start.._position]);
        }
        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Ahead))) return Number(Make);
        if (c == '\'') return Make(TokenKind.Text, Quoted("the string has no closing quote (')"));
        if (c is '`' or '"')
        {
            var name = Quoted($"the quoted name has no closing quote ({c})");
            if (name.Length == 0) throw new SyntaxException(line, column, "a quoted name must not be empty");
            return Make(TokenKind.QuotedName, name);
        }
        if (c == '{' && Ahead == '{') return Input(Make);
        foreach (var symbol in LongSymbols)
        {
            if (string.CompareOrdinal(_text, _position, symbol, 0, 2) != 0) continue;
            Advance();
            Advance();
            return Make(TokenKind.Symbol, symbol == "!=" ? "<>" : symbol);
        }
        if (!"()+-*/%,.=<>;[]".Contains(c, StringComparison.Ordinal)) throw new SyntaxException(line, column, $"unexpected character '{c}'");
        Advance();
        return Make(TokenKind.Symbol, c.ToString());
    }

    private void Advance()
    {
        var c = _text[_position++];
        if (c == '\n')
        {
            _line++;
            _column = 1;
        }
        else if (!char.IsLowSurrogate(c))
        {
            _column++;
        }
    }

    private void SkipBlanks()
    {
        while (_position < _text.Length)
        {
            if (char.IsWhiteSpace(Current) || Current == '\uFEFF')
            {
                Advance();
            }
            else if (Current == '-' && Ahead == '-')
            {
                while (_position < _text.Length && Current != '\n') Advance();
            }
            else if (Current == '/' && Ahead == '*')
            {
                int line = _line, column = _column;
                Advance();
                Advance();
                while (!(Current == '*' && Ahead == '/'))
                {
                    if (_position == _text.Length) throw new SyntaxException(line, column, "the comment has no end (*/)");
                    Advance();
                }
                Advance();
                Advance();
            }
            else
            {
                return;
            }
        }
    }

    private Token Number(Func<TokenKind, string, Token> make)
    {
        var start = _position;
        while (char.IsAsciiDigit(Current)) Advance();
        if (Current == '.')
        {
            Advance();
            while (char.IsAsciiDigit(Current)) Advance();
        }
        if (Current is 'e' or 'E')
        {
            var sign = Ahead is '+' or '-' ? 1 : 0;
            if (_position + 1 + sign < _text.Length && char.IsAsciiDigit(_text[_position + 1 + sign]))
            {
                for (var i = 0; i <= sign; i++) Advance();
                while (char.IsAsciiDigit(Current)) Advance();
            }
        }
        if (char.IsLetter(Current) || Current == '_')
            throw new SyntaxException(_line, _column, $"unexpected character '{Current}' in a number; quote a name that begins with a digit");
        return make(TokenKind.Number, _text[start.._position]);
    }

    /// <summary>The content of what is quoted by the current character, which stands for itself when doubled.</summary>
    private string Quoted(string unclosed)
    {
        int line = _line, column = _column;
        var quote = Current;
        Advance();
        var content = new StringBuilder();
        while (true)
        {
            if (_position == _text.Length) throw new SyntaxException(line, column, unclosed);
            if (Current == quote)
            {
                Advance();
                if (_position == _text.Length || Current != quote) return content.ToString();
            }
            content.Append(Current);
            Advance();
        }
    }

    private Token Input(Func<TokenKind, string, Token> make)
    {
        int line = _line, column = _column;
        var end = _text.IndexOf("}}", _position, StringComparison.Ordinal);
        var name = end < 0 ? "" : _text[(_position + 2)..end].Trim();
        if (name != "input") throw new SyntaxException(line, column, "expected {{ input }}");
        while (_position < end + 2) Advance();
        return make(TokenKind.Input, "{{ input }}");
    }
}
