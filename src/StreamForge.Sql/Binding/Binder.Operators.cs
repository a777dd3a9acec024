using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Sql.Evaluation;
using StreamForge.Sql.Parsing;

namespace StreamForge.Sql.Binding;

internal sealed partial class Binder
{
    private Expression? Unary(UnarySyntax unary)
    {
        if (unary.Operator == "NOT")
        {
            var condition = BindCondition(unary.Operand, "the operand of NOT");
            return condition is null ? null : Fold(new NotExpression(condition), condition);
        }
        var operand = Bind(unary.Operand);
        if (operand is null) return null;
        if (operand is ConstantExpression { Untyped: true }) return operand;
        if (!operand.Type.IsNumeric) return Fail(unary.Span, $"the operand of {unary.Operator} must be a number, {Quote(unary.Operand)} is {operand.Type}");
        if (unary.Operator == "+") return operand;
        // 0 - x, but -1 * x for doubles, which have a negative zero.
        var type = operand.Type.Kind == TypeKind.Decimal ? DataType.Decimal(operand.Type.Precision, operand.Type.Scale) : DataType.Int;
        return operand.Type.Kind switch
        {
            TypeKind.Double => Fold(new DoubleArithmetic(ArithmeticKind.Multiply, Coerce(ConstantExpression.Of(DataType.Int, -1), DataType.Double, unary), operand), operand),
            TypeKind.Decimal => Fold(new DecimalArithmetic(ArithmeticKind.Subtract, Coerce(ConstantExpression.Of(DataType.Int, 0), type, unary), operand, type, Quote(unary)), operand),
            _ => Fold(new Int64Arithmetic(ArithmeticKind.Subtract, ConstantExpression.Of(type, 0), operand, Quote(unary)), operand),
        };
    }

    private Expression? Binary(BinarySyntax binary)
    {
        switch (binary.Operator)
        {
            case "AND" or "OR":
                var a = BindCondition(binary.Left, $"an operand of {binary.Operator}");
                var b = BindCondition(binary.Right, $"an operand of {binary.Operator}");
                return a is null || b is null ? null : Fold(new LogicExpression(a, b, binary.Operator == "AND"), a, b);
            case "+" or "-" when binary.Left is IntervalSyntax || binary.Right is IntervalSyntax:
                return AddInterval(binary);
        }
        var left = Bind(binary.Left);
        var right = Bind(binary.Right);
        if (left is null || right is null) return null;
        return binary.Operator switch
        {
            "||" => Concatenate(binary, left, right),
            "+" => Arithmetic(ArithmeticKind.Add, binary, left, right),
            "-" => Arithmetic(ArithmeticKind.Subtract, binary, left, right),
            "*" => Arithmetic(ArithmeticKind.Multiply, binary, left, right),
            "/" => Arithmetic(ArithmeticKind.Divide, binary, left, right),
            "%" => Arithmetic(ArithmeticKind.Modulo, binary, left, right),
            "IS DISTINCT FROM" => Comparable(binary.Span, ref left, binary.Left, ref right, binary.Right) ? Fold(new DistinctExpression(left, right), left, right) : null,
            "=" => Compare(ComparisonKind.Equal, binary.Span, left, binary.Left, right, binary.Right),
            "<>" => Compare(ComparisonKind.NotEqual, binary.Span, left, binary.Left, right, binary.Right),
            "<" => Compare(ComparisonKind.Less, binary.Span, left, binary.Left, right, binary.Right),
            "<=" => Compare(ComparisonKind.LessOrEqual, binary.Span, left, binary.Left, right, binary.Right),
            ">" => Compare(ComparisonKind.Greater, binary.Span, left, binary.Left, right, binary.Right),
            _ => Compare(ComparisonKind.GreaterOrEqual, binary.Span, left, binary.Left, right, binary.Right),
        };
    }

    private Expression? Concatenate(BinarySyntax binary, Expression left, Expression right)
    {
        if (left is ConstantExpression { Untyped: true } || right is ConstantExpression { Untyped: true }) return ConstantExpression.Null(DataType.String);
        foreach (var (bound, syntax) in (ReadOnlySpan<(Expression, Syntax)>)[(left, binary.Left), (right, binary.Right)])
        {
            if (bound.Type.Kind != TypeKind.String) return Fail(syntax.Span, $"an operand of || must be a string, {Quote(syntax)} is {bound.Type}; use CAST({Quote(syntax)} AS STRING)");
        }
        return Fold(new RowExpression([left, right], DataType.String, Functions.TextFunctions.Concat, seesNulls: false, Quote(binary)), left, right);
    }

    /// <summary>Arithmetic on two bound operands, for operators and for functions such as MOD.</summary>
    public Expression? Arithmetic(ArithmeticKind kind, Syntax syntax, Expression left, Expression right)
    {
        if (left is ConstantExpression { Untyped: true }) left = ConstantExpression.Null(right.Type);
        if (right is ConstantExpression { Untyped: true }) right = ConstantExpression.Null(left.Type);
        if (!left.Type.IsNumeric || !right.Type.IsNumeric)
        {
            if (left is ConstantExpression { Untyped: true }) return left;
            var hint = (TypeRules.IsTime(left.Type), TypeRules.IsTime(right.Type)) switch
            {
                (true, true) => "; use TIMESTAMPDIFF(unit, from, to)",
                (true, false) or (false, true) => "; add an INTERVAL to a time",
                _ => left.Type.Kind == TypeKind.String || right.Type.Kind == TypeKind.String ? "; use CAST for the string" : "",
            };
            return Fail(syntax.Span, $"arithmetic needs two numbers, {Quote(syntax)} has {left.Type} and {right.Type}{hint}");
        }
        if (left.Type.Kind == TypeKind.Double || right.Type.Kind == TypeKind.Double)
            return Fold(new DoubleArithmetic(kind, Coerce(left, DataType.Double, syntax), Coerce(right, DataType.Double, syntax)), left, right);
        if (left.Type.Kind != TypeKind.Decimal && right.Type.Kind != TypeKind.Decimal)
            return Fold(new Int64Arithmetic(kind, left, right, Quote(syntax)), left, right);
        DataType a = TypeRules.AsDecimal(left.Type), b = TypeRules.AsDecimal(right.Type);
        var type = TypeRules.Arithmetic(kind, a, b);
        return Fold(new DecimalArithmetic(kind, Coerce(left, a, syntax), Coerce(right, b, syntax), type, Quote(syntax)), left, right);
    }

    private Expression? AddInterval(BinarySyntax binary)
    {
        var (intervalSyntax, timeSyntax) = binary.Right is IntervalSyntax ? (binary.Right, binary.Left) : (binary.Left, binary.Right);
        var interval = (IntervalSyntax)intervalSyntax;
        if (timeSyntax is IntervalSyntax || (binary.Operator == "-" && binary.Left is IntervalSyntax))
            return Fail(binary.Span, "an interval can only be added to or subtracted from a date or timestamp");
        var time = Bind(timeSyntax);
        if (time is null) return null;
        if (time is ConstantExpression { Untyped: true }) return ConstantExpression.Null(DataType.Timestamp);
        if (!TypeRules.IsTime(time.Type))
            return Fail(timeSyntax.Span, $"an interval can only be added to or subtracted from a date or timestamp, {Quote(timeSyntax)} is {time.Type}");
        var sign = binary.Operator == "-" ? -1 : 1;
        return AddTime(binary, time, timeSyntax, ConstantExpression.Of(DataType.BigInt, 1), interval.Months * sign, interval.Micros * sign);
    }

    /// <summary><paramref name="count"/> times so many months or microseconds after <paramref name="time"/>.</summary>
    public Expression AddTime(Syntax syntax, Expression time, Syntax timeSyntax, Expression count, long months, long micros)
    {
        // A date stays one as long as whole days are added.
        if (time.Type.Kind == TypeKind.Date && micros % EventTime.Day != 0) time = Coerce(time, DataType.Timestamp, timeSyntax);
        return Fold(new RowExpression([time, count], time.Type, Functions.TimeArithmetic.Add(time.Type, months, micros), seesNulls: false, Quote(syntax)), time, count);
    }

    private Expression? Compare(ComparisonKind kind, TextSpan span, Expression left, Syntax leftSyntax, Expression right, Syntax rightSyntax) =>
        Comparable(span, ref left, leftSyntax, ref right, rightSyntax) ? Fold(new ComparisonExpression(kind, left, right), left, right) : null;

    /// <summary>Gives both sides the same storage, or reports why they cannot be compared.</summary>
    public bool Comparable(TextSpan span, ref Expression left, Syntax leftSyntax, ref Expression right, Syntax rightSyntax)
    {
        if (left is ConstantExpression { Untyped: true }) left = ConstantExpression.Null(right.Type);
        if (right is ConstantExpression { Untyped: true }) right = ConstantExpression.Null(left.Type);
        if (!TryTimeLiteral(ref left, leftSyntax, right.Type) || !TryTimeLiteral(ref right, rightSyntax, left.Type)) return false;
        DataType a = left.Type, b = right.Type;
        if (a.Kind is TypeKind.Array or TypeKind.Map or TypeKind.Row || b.Kind is TypeKind.Array or TypeKind.Map or TypeKind.Row)
        {
            Fail(span, $"values of type {(a.IsVariableLength && a.Kind is not (TypeKind.String or TypeKind.Bytes) ? a : b)} cannot be compared; use JSON_VALUE to take a part of it");
            return false;
        }
        if (a.IsNumeric && b.IsNumeric)
        {
            if (a.Kind == TypeKind.Double || b.Kind == TypeKind.Double)
            {
                left = Coerce(left, DataType.Double, leftSyntax);
                right = Coerce(right, DataType.Double, rightSyntax);
            }
            else if (a.Kind == TypeKind.Decimal || b.Kind == TypeKind.Decimal)
            {
                left = Coerce(left, TypeRules.AsDecimal(a), leftSyntax);
                right = Coerce(right, TypeRules.AsDecimal(b), rightSyntax);
            }
            return true;
        }
        if (TypeRules.IsTime(a) && TypeRules.IsTime(b))
        {
            if (a.Kind == TypeKind.Date && b.Kind != TypeKind.Date) left = Coerce(left, b, leftSyntax);
            if (b.Kind == TypeKind.Date && a.Kind != TypeKind.Date) right = Coerce(right, a, rightSyntax);
            return true;
        }
        if (a.Kind == b.Kind) return true;
        var hint = a.Kind == TypeKind.String || b.Kind == TypeKind.String ? "; use CAST" : "";
        Fail(span, $"cannot compare {a} with {b}{hint}");
        return false;
    }

    /// <summary>A string literal next to a date or timestamp is one; false after an error.</summary>
    private bool TryTimeLiteral(ref Expression bound, Syntax syntax, DataType other)
    {
        if (!TypeRules.IsTime(other) || syntax is not LiteralSyntax { Kind: LiteralKind.Text } literal || bound.Type.Kind != TypeKind.String) return true;
        var time = LiteralOf(other, literal.Text, syntax.Span);
        if (time is null) return false;
        bound = time;
        return true;
    }

    private Expression? Is(IsSyntax test)
    {
        if (test.Test == "NULL")
        {
            var any = Bind(test.Operand);
            return any is null ? null : Fold(new IsNullExpression(any, test.Negated), any);
        }
        var operand = BindCondition(test.Operand, $"the operand of IS {test.Test}");
        if (operand is null) return null;
        return test.Test == "UNKNOWN"
            ? Fold(new IsNullExpression(operand, test.Negated), operand)
            : Fold(new IsTruthExpression(operand, test.Test == "TRUE", test.Negated), operand);
    }

    private Expression? Between(BetweenSyntax between)
    {
        var value = Bind(between.Operand);
        var low = Bind(between.Low);
        var high = Bind(between.High);
        if (value is null || low is null || high is null) return null;
        var result = Share(value, x => between.Symmetric
            ? Share(low, l => Share(high, h => Or(Within(x, l, h), Within(x, h, l))))
            : Within(x, low, high));
        return result is null || !between.Negated ? result : Fold(new NotExpression(result), result);

        Expression? Within(Expression x, Expression l, Expression h)
        {
            var above = Compare(ComparisonKind.GreaterOrEqual, between.Span, x, between.Operand, l, ReferenceEquals(l, low) ? between.Low : between.High);
            var below = above is null ? null : Compare(ComparisonKind.LessOrEqual, between.Span, x, between.Operand, h, ReferenceEquals(h, high) ? between.High : between.Low);
            return above is null || below is null ? null : Fold(new LogicExpression(above, below, isAnd: true), above, below);
        }

        static Expression? Or(Expression? a, Expression? b) => a is null || b is null ? null : Fold(new LogicExpression(a, b, isAnd: false), a, b);
    }

    private Expression? Like(LikeSyntax like)
    {
        var operand = BindText(like.Operand, "the left side of LIKE");
        var pattern = BindText(like.Pattern, "the pattern of LIKE");
        var escape = like.Escape is null ? null : BindText(like.Escape, "the escape of LIKE");
        if (operand is null || pattern is null || (like.Escape is not null && escape is null)) return null;
        Expression result;
        if (pattern is ConstantExpression { IsNull: false } known && escape is null or ConstantExpression { IsNull: false })
        {
            var constant = escape as ConstantExpression;
            var compiled = DynamicLikeExpression.Compile(known.Bytes, constant is null ? default : constant.Bytes, constant is not null, out var problem);
            if (compiled is null) return Fail((like.Escape ?? like.Pattern).Span, problem);
            result = Fold(new LikeExpression(operand, compiled), operand);
        }
        else
        {
            result = Fold(new DynamicLikeExpression(operand, pattern, escape), operand, pattern, escape);
        }
        return like.Negated ? Fold(new NotExpression(result), result) : result;
    }

    private Expression? BindText(Syntax syntax, string what)
    {
        var bound = Bind(syntax);
        if (bound is null || bound.Type.Kind == TypeKind.String) return bound;
        return Fail(syntax.Span, $"{what} must be a string, {Quote(syntax)} is {bound.Type}; use CAST({Quote(syntax)} AS STRING)");
    }

    private Expression? In(InSyntax list)
    {
        var operand = Bind(list.Operand);
        var items = list.Items.Select(Bind).ToArray();
        if (operand is null || items.Contains(null)) return null;
        // One storage for all: the operand's, unless an item asks for a wider one.
        for (var i = 0; i < items.Length; i++)
        {
            if (!Comparable(list.Items[i].Span, ref operand, list.Operand, ref items[i]!, list.Items[i])) return null;
        }
        for (var i = 0; i < items.Length; i++)
        {
            if (!Comparable(list.Items[i].Span, ref operand, list.Operand, ref items[i]!, list.Items[i])) return null;
        }
        var result = InOf(operand, [.. items.Select(item => item!)]);
        return list.Negated ? Fold(new NotExpression(result), result) : result;
    }

    private static Expression InOf(Expression operand, ImmutableArray<Expression> items)
    {
        var known = items.All(item => item is ConstantExpression);
        var values = items.OfType<ConstantExpression>().Where(c => !c.IsNull).ToList();
        var hasNull = values.Count < items.Length;
        if (known && operand.Type.IsInt64Backed && items.All(item => item.Type.IsInt64Backed))
            return Fold(new InIntegers(operand, [.. values.Select(v => v.Integer).Distinct()], hasNull), operand);
        if (known && operand.Type.Kind is TypeKind.String or TypeKind.Bytes)
            return Fold(new InTexts(operand, values.Select(v => v.Bytes.ToArray()), hasNull), operand);
        var result = new InList(operand, items);
        return known ? Fold(result, operand) : result;
    }
}
