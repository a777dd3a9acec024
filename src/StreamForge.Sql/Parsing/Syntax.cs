using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Sql.Parsing;

/// <summary>Part of the text: offsets, and the line and column (from 1) of its beginning.</summary>
internal readonly record struct TextSpan(int Start, int End, int Line, int Column)
{
    public TextSpan To(TextSpan last) => this with { End = last.End };
}

/// <summary>An expression as written.</summary>
/// <param name="Depth">Levels of nesting below and including this one; bounded by the parser, so that later passes may recurse.</param>
internal abstract record Syntax(TextSpan Span, int Depth)
{
    protected static int Deepest(params ReadOnlySpan<Syntax?> children)
    {
        var depth = 0;
        foreach (var child in children) depth = Math.Max(depth, child?.Depth ?? 0);
        return depth + 1;
    }
}

internal enum LiteralKind : byte
{
    Integer,
    Decimal,
    Double,
    Text,
    True,
    False,
    Null,
    Date,
    Timestamp,
}

internal sealed record LiteralSyntax(TextSpan Span, LiteralKind Kind, string Text) : Syntax(Span, 1);

/// <summary>A length of time: a number of months or of microseconds, the other being 0.</summary>
internal sealed record IntervalSyntax(TextSpan Span, long Months, long Micros) : Syntax(Span, 1);

internal sealed record NameSyntax(TextSpan Span, string? Qualifier, string Name, bool Quoted) : Syntax(Span, 1);

/// <summary>The unit in <c>EXTRACT(unit FROM …)</c> and its kin.</summary>
internal sealed record UnitSyntax(TextSpan Span, TimeUnit Unit) : Syntax(Span, 1);

/// <param name="Operator">NOT, - or +.</param>
internal sealed record UnarySyntax(TextSpan Span, string Operator, Syntax Operand) : Syntax(Span, Deepest(Operand));

/// <param name="Operator">AND, OR, a comparison, an arithmetic sign, ||, or IS DISTINCT FROM.</param>
internal sealed record BinarySyntax(TextSpan Span, string Operator, Syntax Left, Syntax Right) : Syntax(Span, Deepest(Left, Right));

/// <param name="Test">NULL, TRUE, FALSE or UNKNOWN.</param>
internal sealed record IsSyntax(TextSpan Span, Syntax Operand, string Test, bool Negated) : Syntax(Span, Deepest(Operand));

internal sealed record InSyntax(TextSpan Span, Syntax Operand, ImmutableArray<Syntax> Items, bool Negated)
    : Syntax(Span, Math.Max(Operand.Depth, Deepest([.. Items])) + 1);

internal sealed record BetweenSyntax(TextSpan Span, Syntax Operand, Syntax Low, Syntax High, bool Symmetric, bool Negated)
    : Syntax(Span, Deepest(Operand, Low, High));

internal sealed record LikeSyntax(TextSpan Span, Syntax Operand, Syntax Pattern, Syntax? Escape, bool Negated)
    : Syntax(Span, Deepest(Operand, Pattern, Escape));

internal sealed record CaseSyntax(TextSpan Span, Syntax? Operand, ImmutableArray<Syntax> Conditions, ImmutableArray<Syntax> Results, Syntax? Else)
    : Syntax(Span, Math.Max(Deepest(Operand, Else), Math.Max(Deepest([.. Conditions]), Deepest([.. Results]))));

/// <param name="Length">n of VARCHAR(n), CHAR(n) and TIMESTAMP(n).</param>
/// <param name="Padded">CHAR rather than VARCHAR.</param>
internal sealed record TypeSyntax(DataType Type, int? Length, bool Padded);

internal sealed record CastSyntax(TextSpan Span, Syntax Operand, TypeSyntax Target, bool Try) : Syntax(Span, Deepest(Operand));

/// <param name="Name">Upper case.</param>
/// <param name="Parenthesised">false for CURRENT_TIMESTAMP and its kin, which are written like names.</param>
internal sealed record CallSyntax(TextSpan Span, string Name, ImmutableArray<Syntax> Arguments, bool Parenthesised) : Syntax(Span, Deepest([.. Arguments]));

internal enum JsonBehaviour : byte
{
    Null,
    Error,
    Default,
}

internal sealed record JsonValueSyntax(
    TextSpan Span, Syntax Document, Syntax Path, TypeSyntax? Returning,
    JsonBehaviour OnEmpty, Syntax? EmptyDefault, JsonBehaviour OnError, Syntax? ErrorDefault)
    : Syntax(Span, Deepest(Document, Path, EmptyDefault, ErrorDefault));

internal enum JsonWrapper : byte
{
    None,
    Conditional,
    Unconditional,
}

/// <summary>What JSON_QUERY gives instead of a value.</summary>
internal enum JsonStandIn : byte
{
    Null,
    EmptyArray,
    EmptyObject,
    Error,
}

internal sealed record JsonQuerySyntax(TextSpan Span, Syntax Document, Syntax Path, JsonWrapper Wrapper, JsonStandIn OnEmpty, JsonStandIn OnError)
    : Syntax(Span, Deepest(Document, Path));

/// <param name="OnError">The answer for a text that is no JSON: true, false, or null for UNKNOWN.</param>
/// <param name="Fails">ERROR ON ERROR: such a text fails the row.</param>
internal sealed record JsonExistsSyntax(TextSpan Span, Syntax Document, Syntax Path, bool? OnError, bool Fails) : Syntax(Span, Deepest(Document, Path));

/// <summary>One item of a select list.</summary>
/// <param name="Expression">null for <c>*</c> and <c>a.*</c>.</param>
/// <param name="StarQualifier">a of <c>a.*</c>.</param>
internal sealed record SelectItem(TextSpan Span, Syntax? Expression, string? Alias, string? StarQualifier);

/// <param name="Table">The place of the table's name.</param>
/// <param name="Alias">The table's name where none is given.</param>
internal sealed record JoinSyntax(TextSpan Span, bool IsInner, TextSpan Table, string Name, string Alias, Syntax Condition);

/// <param name="InputNames">The names by which columns of the input may be qualified.</param>
internal sealed record SelectSyntax(ImmutableArray<SelectItem> Items, ImmutableArray<string> InputNames, ImmutableArray<JoinSyntax> Joins, Syntax? Where);
