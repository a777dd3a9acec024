using System.Collections.Immutable;
using System.Text;
using StreamForge.Core;
using StreamForge.Sql.Evaluation;
using StreamForge.Sql.Parsing;

namespace StreamForge.Sql.Binding;

/// <summary>
/// Gives names, operators and functions their meaning and every expression its type. Goes on after an error, so that all are found;
/// an expression with an error is null, and so is what contains it. Parts that are constant are computed here.
/// </summary>
internal sealed partial class Binder(Scope scope, string text)
{
    private const int LongestQuote = 60;

    private static readonly string[] Niladic = ["CURRENT_TIMESTAMP", "CURRENT_ROW_TIMESTAMP", "CURRENT_DATE", "LOCALTIMESTAMP"];

    public List<SqlError> Errors { get; } = [];

    /// <summary>Positions of the input columns that were named since this was last replaced.</summary>
    public SortedSet<int> ColumnsRead { get; set; } = [];

    /// <summary>Where each name that means a column ends, and the column's name in fingerprints, by where it begins in the text.</summary>
    public Dictionary<int, (int End, string Canonical)> Names { get; } = [];

    public bool IsDeterministic { get; set; } = true;

    /// <summary>Values that expressions share, numbered from 0.</summary>
    public int Slots { get; private set; }

    public Expression? Fail(TextSpan span, string sentence)
    {
        Errors.Add(new SqlError(span.Line, span.Column, sentence));
        return null;
    }

    public Expression? Bind(Syntax syntax) => syntax switch
    {
        LiteralSyntax literal => Literal(literal),
        NameSyntax name => Name(name),
        UnarySyntax unary => Unary(unary),
        BinarySyntax binary => Binary(binary),
        IsSyntax test => Is(test),
        InSyntax list => In(list),
        BetweenSyntax between => Between(between),
        LikeSyntax like => Like(like),
        CaseSyntax cases => Case(cases),
        CastSyntax cast => Cast(cast),
        CallSyntax call => Call(call),
        JsonValueSyntax json => JsonValue(json),
        JsonQuerySyntax json => JsonQuery(json),
        JsonExistsSyntax json => JsonExists(json),
        IntervalSyntax => Fail(syntax.Span, "an interval can only be added to or subtracted from a date or timestamp"),
        _ => Fail(syntax.Span, "unexpected here"),
    };

    /// <summary>An expression that must be a condition.</summary>
    public Expression? BindCondition(Syntax syntax, string what)
    {
        var bound = Bind(syntax);
        if (bound is null) return null;
        if (bound is ConstantExpression { Untyped: true }) return ConstantExpression.Null(DataType.Boolean);
        return bound.Type.Kind == TypeKind.Boolean ? bound : Fail(syntax.Span, $"{what} must be boolean, {Quote(syntax)} is {bound.Type}");
    }

    /// <summary>The text of <paramref name="syntax"/> in one line, cut when long.</summary>
    public string Quote(Syntax syntax)
    {
        var result = new StringBuilder();
        var blank = false;
        foreach (var c in text.AsSpan(syntax.Span.Start, syntax.Span.End - syntax.Span.Start))
        {
            if (char.IsWhiteSpace(c))
            {
                blank = true;
                continue;
            }
            if (blank) result.Append(' ');
            blank = false;
            result.Append(c);
            if (result.Length >= LongestQuote) return result.Append('…').ToString();
        }
        return result.ToString();
    }

    /// <summary>The constant that <paramref name="expression"/> is when all its <paramref name="operands"/> are constants and it does not fail.</summary>
    public static Expression Fold(Expression expression, params ReadOnlySpan<Expression?> operands)
    {
        foreach (var operand in operands)
        {
            if (operand is not null and not ConstantExpression) return expression;
        }
        var errors = new RowErrors();
        var frame = new Frame(1, [], 0, new EvaluationContext(TimeProvider.System), errors, null);
        var value = expression.Evaluate(frame, Selection.All(1));
        frame.Close();
        if (!errors.Any) return new ConstantExpression(value);
        value.Release();
        return expression;
    }

    /// <summary><paramref name="bound"/> as <paramref name="type"/>; the conversion must exist.</summary>
    public Expression Coerce(Expression bound, DataType type, Syntax syntax)
    {
        if (bound.Type == type) return bound;
        if (bound is ConstantExpression { IsNull: true }) return ConstantExpression.Null(type);
        return Fold(new CastExpression(bound, type, isTry: false, Quote(syntax)), bound);
    }

    /// <summary>Lets <paramref name="body"/> use a value several times while it is computed once.</summary>
    private Expression? Share(Expression value, Func<Expression, Expression?> body)
    {
        if (value is ConstantExpression or ColumnExpression or SlotExpression) return body(value);
        var slot = Slots++;
        var bound = body(new SlotExpression(slot, value.Type));
        return bound is null ? null : new LetExpression(slot, value, bound);
    }

    private Expression? Name(NameSyntax name)
    {
        var index = scope.Find(name, out var problem);
        if (index >= 0)
        {
            ColumnsRead.Add(index);
            Names[name.Span.Start] = (name.Span.End, scope.Canonical(index));
            return new ColumnExpression(index, scope[index].Type);
        }
        if (name is { Qualifier: null, Quoted: false } && Niladic.Contains(name.Name, StringComparer.OrdinalIgnoreCase))
            return Call(new CallSyntax(name.Span, name.Name.ToUpperInvariant(), [], false));
        return problem.Length == 0 ? null : Fail(name.Span, problem);
    }

    private Expression? Literal(LiteralSyntax literal)
    {
        switch (literal.Kind)
        {
            case LiteralKind.True: return ConstantExpression.Of(true);
            case LiteralKind.False: return ConstantExpression.Of(false);
            case LiteralKind.Null: return ConstantExpression.NullLiteral();
            case LiteralKind.Text: return ConstantExpression.Of(literal.Text);
        }
        var type = literal.Kind switch
        {
            LiteralKind.Date => DataType.Date,
            LiteralKind.Timestamp => DataType.Timestamp,
            LiteralKind.Double => DataType.Double,
            LiteralKind.Integer when int.TryParse(literal.Text, out _) => DataType.Int,
            LiteralKind.Integer when long.TryParse(literal.Text, out _) => DataType.BigInt,
            _ => DecimalLiteral(literal.Text),
        };
        if (type.Kind == TypeKind.Decimal && type.Precision == 0) return Fail(literal.Span, $"the number {literal.Text} has more than {DataType.MaxPrecision} digits");
        return LiteralOf(type, literal.Text, literal.Span);
    }

    /// <summary>A text that is written where a value of <paramref name="type"/> is meant, such as <c>DATE '2011-12-09'</c>.</summary>
    private Expression? LiteralOf(DataType type, string value, TextSpan span)
    {
        var column = Column.Create(type, 1);
        if (TextConversion.TryAppend(column, Encoding.UTF8.GetBytes(value)) && !IsInfinite(column))
            return new ConstantExpression(column);
        var form = type.Kind switch
        {
            TypeKind.Date => "; write it like '2011-12-09'",
            TypeKind.Timestamp or TypeKind.TimestampTz => "; write it like '2011-12-09 12:50:00'",
            _ => "",
        };
        return Fail(span, $"'{value}' is no {type}{form}");
    }

    private static bool IsInfinite(Column column) => column is DoubleColumn doubles && double.IsInfinity(doubles[0]);

    /// <summary>1.50 is decimal(3,2), 0.05 is decimal(2,2).</summary>
    private static DataType DecimalLiteral(string text)
    {
        text = text.TrimStart('-');
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var scale = point < 0 ? 0 : text.Length - point - 1;
        var whole = (point < 0 ? text : text[..point]).TrimStart('0').Length;
        var precision = Math.Max(whole + scale, 1);
        return precision > DataType.MaxPrecision ? new DataType(TypeKind.Decimal) : DataType.Decimal(precision, scale);
    }
}
