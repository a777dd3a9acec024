using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Sql.Parsing;

internal sealed partial class Parser
{
    // Binding powers, loosest first, as in Calcite's grammar.
    private const int OrLevel = 1, AndLevel = 2, NotLevel = 3, IsLevel = 4, ComparisonLevel = 5, RangeLevel = 6, AdditiveLevel = 7, MultiplicativeLevel = 8, SignLevel = 9;

    private Syntax Expression(int level = OrLevel)
    {
        if (++_nesting > MaxDepth) throw TooDeep(Current);
        var left = Prefix();
        while (true)
        {
            var next = Infix(left, level);
            if (next is null) break;
            left = Bounded(next);
        }
        _nesting--;
        return left;
    }

    private static SyntaxException TooDeep(Token token) =>
        SyntaxException.At(token, $"the expression is nested deeper than {MaxDepth} levels; split it over several transformations");

    private static Syntax Bounded(Syntax syntax) => syntax.Depth <= MaxDepth
        ? syntax
        : throw SyntaxException.At(syntax.Span, $"the expression is nested deeper than {MaxDepth} levels; split it over several transformations");

    private Syntax Prefix()
    {
        var first = Current;
        if (Skip("NOT"))
        {
            var operand = Expression(NotLevel);
            return Bounded(new UnarySyntax(SpanFrom(Span(first)), "NOT", operand));
        }
        if (first.IsSymbol("-") || first.IsSymbol("+"))
        {
            _index++;
            var signed = Expression(SignLevel);
            var span = SpanFrom(Span(first));
            // -9223372036854775808 is a literal, though its digits alone are none.
            if (signed is LiteralSyntax { Kind: LiteralKind.Integer or LiteralKind.Decimal or LiteralKind.Double } literal && literal.Text[0] != '-')
                return literal with { Span = span, Text = first.Text == "-" ? "-" + literal.Text : literal.Text };
            if (signed is IntervalSyntax interval && first.Text == "-") return new IntervalSyntax(span, -interval.Months, -interval.Micros);
            return Bounded(new UnarySyntax(span, first.Text, signed));
        }
        return Primary();
    }

    /// <summary>The operator at the current token applied to <paramref name="left"/>; null when there is none that binds as tightly as <paramref name="level"/>.</summary>
    private Syntax? Infix(Syntax left, int level)
    {
        var token = Current;
        if (token.Kind == TokenKind.Symbol)
        {
            var own = token.Text switch
            {
                "=" or "<>" or "<" or "<=" or ">" or ">=" => ComparisonLevel,
                "+" or "-" => AdditiveLevel,
                "*" or "/" or "%" or "||" => MultiplicativeLevel,
                _ => 0,
            };
            if (own < level) return null;
            _index++;
            var right = Expression(own + 1);
            return new BinarySyntax(left.Span.To(right.Span), token.Text, left, right);
        }
        if (token.Kind != TokenKind.Word) return null;
        if (level <= AndLevel && token.Is("AND")) return Chain("AND", left, NotLevel);
        if (level <= OrLevel && token.Is("OR")) return Chain("OR", left, AndLevel);
        if (level <= IsLevel && token.Is("IS")) return Is(left);
        return level <= RangeLevel ? Predicate(left) : null;
    }

    /// <summary>
    /// <c>a AND b AND c …</c> as a balanced tree, so that a long list is not a deep one. Both operators are associative, in three-valued
    /// logic and in which operands a row reaches.
    /// </summary>
    private Syntax Chain(string word, Syntax first, int operandLevel)
    {
        var operands = new List<Syntax> { first };
        while (Skip(word)) operands.Add(Expression(operandLevel));
        return Balance(word, operands, 0, operands.Count);
    }

    private static Syntax Balance(string word, List<Syntax> operands, int from, int to)
    {
        if (to - from == 1) return operands[from];
        var middle = (from + to + 1) / 2;
        var left = Balance(word, operands, from, middle);
        var right = Balance(word, operands, middle, to);
        return new BinarySyntax(left.Span.To(right.Span), word, left, right);
    }

    private Syntax Primary()
    {
        var token = Current;
        var span = Span(token);
        switch (token.Kind)
        {
            case TokenKind.Number:
                _index++;
                return new LiteralSyntax(span, NumberKind(token.Text), token.Text);
            case TokenKind.Text:
                _index++;
                return new LiteralSyntax(span, LiteralKind.Text, token.Text);
            case TokenKind.QuotedName:
                return ColumnName();
            case TokenKind.Word:
                return Word(token, span);
            case TokenKind.Symbol when token.Text == "(":
                _index++;
                if (Current.Is("SELECT") || Current.Is("WITH")) throw Unsupported(Current, "a subquery");
                var inner = Expression();
                if (Current.IsSymbol(",")) throw Unsupported(Current, "a row of several values");
                ExpectSymbol(")", "an operator or ')'");
                return inner with { Span = SpanFrom(span) };
            default:
                throw Expected("an expression");
        }
    }

    private static LiteralKind NumberKind(string text)
    {
        if (text.AsSpan().ContainsAny('e', 'E')) return LiteralKind.Double;
        return text.Contains('.', StringComparison.Ordinal) ? LiteralKind.Decimal : LiteralKind.Integer;
    }

    private Syntax Word(Token token, TextSpan span)
    {
        switch (token.Text.ToUpperInvariant())
        {
            case "TRUE": return Literal(LiteralKind.True);
            case "FALSE": return Literal(LiteralKind.False);
            case "NULL": return Literal(LiteralKind.Null);
            case "CASE": return Case();
            case "EXISTS": throw Unsupported(token, "EXISTS");
            case "DATE" when Peek(1).Kind == TokenKind.Text: return TypedLiteral(LiteralKind.Date);
            case "TIMESTAMP" when Peek(1).Kind == TokenKind.Text: return TypedLiteral(LiteralKind.Timestamp);
            case "TIME" when Peek(1).Kind == TokenKind.Text: throw Unsupported(token, "the type TIME");
            case "INTERVAL" when Peek(1).Kind == TokenKind.Text || Peek(1).IsSymbol("-") || Peek(1).IsSymbol("+"): return Interval();
        }
        if (Reserved.Contains(token.Text)) throw Expected("an expression");
        return Peek(1).IsSymbol("(") ? Call() : ColumnName();

        LiteralSyntax Literal(LiteralKind kind)
        {
            _index++;
            return new LiteralSyntax(span, kind, token.Text);
        }

        LiteralSyntax TypedLiteral(LiteralKind kind)
        {
            _index++;
            return new LiteralSyntax(span.To(Span(Current)), kind, Take().Text);
        }
    }

    private NameSyntax ColumnName()
    {
        var first = Take();
        var span = Span(first);
        if (!Current.IsSymbol(".")) return new NameSyntax(span, null, first.Text, first.Kind == TokenKind.QuotedName);
        _index++;
        var quoted = Current.Kind == TokenKind.QuotedName;
        var name = Name("a column's name after '.'");
        if (Current.IsSymbol(".")) throw Unsupported(Current, "the field of a column");
        return new NameSyntax(SpanFrom(span), first.Text, name, quoted);
    }

    private CaseSyntax Case()
    {
        var span = Span(Take());
        var operand = Current.Is("WHEN") ? null : Expression();
        var conditions = ImmutableArray.CreateBuilder<Syntax>();
        var results = ImmutableArray.CreateBuilder<Syntax>();
        Expect("WHEN");
        do
        {
            conditions.Add(Expression());
            Expect("THEN");
            results.Add(Expression());
        }
        while (Skip("WHEN"));
        var otherwise = Skip("ELSE") ? Expression() : null;
        if (!Skip("END")) throw Expected(otherwise is null ? "WHEN, ELSE or END" : "END");
        return (CaseSyntax)Bounded(new CaseSyntax(SpanFrom(span), operand, conditions.ToImmutable(), results.ToImmutable(), otherwise));
    }

    private IntervalSyntax Interval()
    {
        var span = Span(Take());
        var sign = 1;
        if (SkipSymbol("-")) sign = -1;
        else SkipSymbol("+");
        var number = Current;
        if (number.Kind != TokenKind.Text) throw Expected("a quoted number, as in INTERVAL '5' MINUTE");
        _index++;
        var unit = Unit("a unit of time, such as MINUTE");
        if (!TimeUnits.IsLength(unit.Unit)) throw SyntaxException.At(unit.Span, "expected a unit from MICROSECOND to YEAR");
        if (Current.IsSymbol("(") || Current.Is("TO")) throw Unsupported(Current, "an interval of several units");
        return IntervalOf(SpanFrom(span), number, sign, unit.Unit);
    }

    private static IntervalSyntax IntervalOf(TextSpan span, Token number, int sign, TimeUnit unit)
    {
        var text = System.Text.Encoding.UTF8.GetBytes(number.Text.Trim());
        var months = unit switch { TimeUnit.Month => 1, TimeUnit.Quarter => 3, TimeUnit.Year => 12, _ => 0 };
        if (months > 0)
        {
            if (!Decimal128.TryParse(text, 6, 0, out var count) || text.Contains((byte)'.')) throw Bad("a whole number");
            return new IntervalSyntax(span, (long)count * months * sign, 0);
        }
        var size = unit switch
        {
            TimeUnit.Week => 7 * EventTime.Day,
            TimeUnit.Day => EventTime.Day,
            TimeUnit.Hour => EventTime.Hour,
            TimeUnit.Minute => EventTime.Minute,
            TimeUnit.Second => EventTime.Second,
            TimeUnit.Millisecond => 1000,
            _ => 1,
        };
        var fractional = unit == TimeUnit.Second;
        if (!Decimal128.TryParse(text, 24, 6, out var millionths) || (!fractional && millionths % 1_000_000 != 0)) throw Bad(fractional ? "a number" : "a whole number");
        var micros = millionths * size / 1_000_000 * sign;
        if (micros > long.MaxValue || micros < long.MinValue) throw Bad("a smaller number");
        return new IntervalSyntax(span, 0, (long)micros);

        SyntaxException Bad(string what) => SyntaxException.At(number, $"expected {what} in the interval, found '{number.Text}'");
    }
}
