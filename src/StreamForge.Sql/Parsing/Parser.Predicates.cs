using System.Collections.Immutable;

namespace StreamForge.Sql.Parsing;

internal sealed partial class Parser
{
    private Syntax Is(Syntax operand)
    {
        _index++;
        var negated = Skip("NOT");
        if (Skip("DISTINCT"))
        {
            Expect("FROM");
            var right = Expression(ComparisonLevel + 1);
            var distinct = new BinarySyntax(operand.Span.To(right.Span), "IS DISTINCT FROM", operand, right);
            return negated ? new UnarySyntax(distinct.Span, "NOT", distinct) : distinct;
        }
        foreach (var test in (ReadOnlySpan<string>)["NULL", "TRUE", "FALSE", "UNKNOWN"])
        {
            if (Skip(test)) return new IsSyntax(SpanFrom(operand.Span), operand, test, negated);
        }
        throw Expected(negated ? "NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM after IS NOT" : "NULL, NOT, TRUE, FALSE, UNKNOWN or DISTINCT FROM after IS");
    }

    /// <summary>[NOT] IN, BETWEEN or LIKE after <paramref name="operand"/>, else null.</summary>
    private Syntax? Predicate(Syntax operand)
    {
        var negated = Current.Is("NOT");
        var word = negated ? Peek(1) : Current;
        if (!word.Is("IN") && !word.Is("BETWEEN") && !word.Is("LIKE") && !word.Is("SIMILAR"))
        {
            if (negated) throw SyntaxException.At(word, $"expected IN, BETWEEN or LIKE after NOT, found {word.Describe()}");
            return null;
        }
        _index += negated ? 2 : 1;
        if (word.Is("SIMILAR")) throw SyntaxException.At(word, "SIMILAR TO is not supported yet; use REGEXP(text, pattern)");
        if (word.Is("IN")) return In(operand, negated);
        if (word.Is("LIKE"))
        {
            var pattern = Expression(AdditiveLevel);
            var escape = Skip("ESCAPE") ? Expression(AdditiveLevel) : null;
            return new LikeSyntax(SpanFrom(operand.Span), operand, pattern, escape, negated);
        }
        var symmetric = Skip("SYMMETRIC");
        if (!symmetric) Skip("ASYMMETRIC");
        var low = Expression(AdditiveLevel);
        if (!Skip("AND")) throw Expected("AND between the bounds of BETWEEN");
        var high = Expression(AdditiveLevel);
        return new BetweenSyntax(operand.Span.To(high.Span), operand, low, high, symmetric, negated);
    }

    private InSyntax In(Syntax operand, bool negated)
    {
        ExpectSymbol("(", "'(' and a list of values after IN");
        if (Current.Is("SELECT")) throw Unsupported(Current, "a subquery in IN");
        var items = ImmutableArray.CreateBuilder<Syntax>();
        do items.Add(Expression());
        while (SkipSymbol(","));
        ExpectSymbol(")", "',' or ')'");
        return new InSyntax(SpanFrom(operand.Span), operand, items.ToImmutable(), negated);
    }
}
