using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Sql.Parsing;

/// <summary>Calls, and the functions that SQL gives a syntax of their own.</summary>
internal sealed partial class Parser
{
    private Syntax Call()
    {
        var name = Take();
        var span = Span(name);
        var upper = name.Text.ToUpperInvariant();
        _index++;
        Syntax call = upper switch
        {
            "CAST" or "TRY_CAST" => Cast(span, upper == "TRY_CAST"),
            "JSON_VALUE" => JsonValue(span),
            "JSON_QUERY" => JsonQuery(span),
            "JSON_EXISTS" => JsonExists(span),
            "EXTRACT" => Extract(span),
            "TRIM" => Trim(span),
            "SUBSTRING" => Substring(span),
            "POSITION" => Position(span),
            "FLOOR" or "CEIL" or "CEILING" => Rounding(span, upper),
            "TIMESTAMPADD" or "TIMESTAMPDIFF" => TimestampArithmetic(span, upper),
            _ => new CallSyntax(span, upper, Arguments(name), true),
        };
        if (Current.Is("OVER")) throw Unsupported(Current, "OVER");
        if (Current.Is("FILTER") && Peek(1).IsSymbol("(")) throw Unsupported(Current, "FILTER");
        return Bounded(call with { Span = SpanFrom(span) });
    }

    private ImmutableArray<Syntax> Arguments(Token name)
    {
        if (SkipSymbol(")")) return [];
        if (Current.Is("DISTINCT")) throw Unsupported(Current, "DISTINCT");
        if (Current.Is("SELECT")) throw Unsupported(Current, "a subquery");
        if (Current.IsSymbol("*") && Peek(1).IsSymbol(")")) throw Unsupported(name, $"the aggregate {name.Text.ToUpperInvariant()}(*) in a transformation");
        var arguments = ImmutableArray.CreateBuilder<Syntax>();
        do arguments.Add(Expression());
        while (SkipSymbol(","));
        ExpectSymbol(")", "',' or ')'");
        return arguments.ToImmutable();
    }

    private UnitSyntax Unit(string expected)
    {
        if (Current.Kind != TokenKind.Word || !TimeUnits.TryParse(Current.Text, out var unit)) throw Expected(expected);
        return new UnitSyntax(Span(Take()), unit);
    }

    private CastSyntax Cast(TextSpan span, bool @try)
    {
        var operand = Expression();
        Expect("AS");
        var target = TypeName();
        ExpectSymbol(")");
        return new CastSyntax(span, operand, target, @try);
    }

    private TypeSyntax TypeName()
    {
        var first = Current;
        if (first.Kind != TokenKind.Word) throw Expected("a type");
        _index++;
        var name = first.Text.ToLowerInvariant();
        if (name == "double") Skip("PRECISION");
        var numbers = new List<int>();
        if (SkipSymbol("("))
        {
            do
            {
                if (Current.Kind != TokenKind.Number || !int.TryParse(Current.Text, out var number)) throw Expected("a whole number");
                numbers.Add(number);
                _index++;
            }
            while (SkipSymbol(","));
            ExpectSymbol(")", "',' or ')'");
        }
        if (name is "timestamp" or "time" && (Skip("WITH") || Skip("WITHOUT")))
        {
            var with = _tokens[_index - 1].Is("WITH");
            var local = Skip("LOCAL");
            Expect("TIME");
            Expect("ZONE");
            if (with && !local) throw Unsupported(first, "TIMESTAMP WITH TIME ZONE (there is TIMESTAMP_LTZ)");
            if (with) name = "timestamp_ltz";
        }
        if (name is "time" or "array" or "map" or "row" or "multiset") throw Unsupported(first, $"a cast to {name.ToUpperInvariant()}");
        var isText = name is "varchar" or "char" or "string";
        var takesLength = isText || name is "varbinary" or "binary" or "bytes" or "timestamp" or "timestamp_ltz" or "timestamptz";
        if (takesLength)
        {
            if (numbers.Count > 1) throw SyntaxException.At(first, $"{first.Text} takes one number");
            var known = DataType.TryParse(name, out var plain);
            if (known && plain.IsTimestamp && numbers is [> 9]) throw SyntaxException.At(first, "the precision of a timestamp is 0 to 9");
            if (isText && numbers is [0]) throw SyntaxException.At(first, "the length must be at least 1");
            return new TypeSyntax(plain, numbers.Count == 1 ? numbers[0] : name == "char" ? 1 : null, name == "char");
        }
        var text = numbers.Count == 0 ? name : $"{name}({string.Join(',', numbers)})";
        if (DataType.TryParse(text, out var type)) return new TypeSyntax(type, null, false);
        throw SyntaxException.At(first, name is "decimal" or "numeric" or "dec"
            ? "a decimal has 1 to 38 digits, and not more of them after the point than in all"
            : $"unknown type '{first.Text}'; {Suggestion.For(first.Text, TypeNames)}");
    }

    private static readonly string[] TypeNames =
        ["BOOLEAN", "TINYINT", "SMALLINT", "INT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL", "STRING", "VARCHAR", "CHAR", "BYTES", "DATE", "TIMESTAMP", "TIMESTAMP_LTZ"];

    private CallSyntax Extract(TextSpan span)
    {
        var unit = Unit("a field of a date, such as YEAR or HOUR");
        Expect("FROM");
        var operand = Expression();
        ExpectSymbol(")");
        return new CallSyntax(span, "EXTRACT", [unit, operand], true);
    }

    private CallSyntax Trim(TextSpan span)
    {
        var name = "BTRIM";
        var specified = true;
        if (Skip("BOTH")) name = "BTRIM";
        else if (Skip("LEADING")) name = "LTRIM";
        else if (Skip("TRAILING")) name = "RTRIM";
        else specified = false;
        if (specified && Skip("FROM")) return Finish([Expression()]);
        var first = Expression();
        if (Skip("FROM")) return Finish([Expression(), first]);
        if (specified) throw Expected("FROM");
        return Finish([first]);

        CallSyntax Finish(ImmutableArray<Syntax> arguments)
        {
            ExpectSymbol(")");
            return new CallSyntax(span, name, arguments, true);
        }
    }

    private CallSyntax Substring(TextSpan span)
    {
        var arguments = ImmutableArray.CreateBuilder<Syntax>();
        arguments.Add(Expression());
        if (Skip("FROM"))
        {
            arguments.Add(Expression());
            if (Skip("FOR")) arguments.Add(Expression());
        }
        else
        {
            while (SkipSymbol(",")) arguments.Add(Expression());
        }
        ExpectSymbol(")", "FROM, ',' or ')'");
        return new CallSyntax(span, "SUBSTRING", arguments.ToImmutable(), true);
    }

    private CallSyntax Position(TextSpan span)
    {
        // IN binds at the level of the operands' predicates, so the first operand stops before it.
        var sought = Expression(AdditiveLevel);
        Expect("IN");
        var text = Expression();
        ExpectSymbol(")");
        return new CallSyntax(span, "LOCATE", [sought, text], true);
    }

    private CallSyntax Rounding(TextSpan span, string name)
    {
        var operand = Expression();
        if (Skip("TO"))
        {
            var unit = Unit("a unit of time, such as HOUR");
            ExpectSymbol(")");
            return new CallSyntax(span, name == "FLOOR" ? "FLOOR" : "CEIL", [operand, unit], true);
        }
        ExpectSymbol(")", "TO or ')'");
        return new CallSyntax(span, name == "FLOOR" ? "FLOOR" : "CEIL", [operand], true);
    }

    private CallSyntax TimestampArithmetic(TextSpan span, string name)
    {
        var unit = Unit("a unit of time, such as MINUTE");
        if (!TimeUnits.IsLength(unit.Unit)) throw SyntaxException.At(unit.Span, "expected a unit from MICROSECOND to YEAR");
        ExpectSymbol(",");
        var first = Expression();
        ExpectSymbol(",");
        var second = Expression();
        ExpectSymbol(")");
        return new CallSyntax(span, name, [unit, first, second], true);
    }
}
