using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Sql.Evaluation;
using StreamForge.Sql.Functions;
using StreamForge.Sql.Parsing;

namespace StreamForge.Sql.Binding;

internal sealed partial class Binder
{
    private Expression? Case(CaseSyntax cases)
    {
        if (cases.Operand is null)
            return CaseOf(cases, [.. cases.Conditions.Select(c => BindCondition(c, "a condition after WHEN"))]);
        var operand = Bind(cases.Operand);
        var values = cases.Conditions.Select(Bind).ToArray();
        if (operand is null || values.Contains(null))
        {
            BindResults(cases);
            return null;
        }
        return Share(operand, x => CaseOf(cases,
            [.. values.Select((v, i) => Compare(ComparisonKind.Equal, cases.Conditions[i].Span, x, cases.Operand, v!, cases.Conditions[i]))]));
    }

    private List<Expression?> BindResults(CaseSyntax cases)
    {
        var results = cases.Results.Select(Bind).ToList();
        results.Add(cases.Else is null ? ConstantExpression.NullLiteral() : Bind(cases.Else));
        return results;
    }

    private Expression? CaseOf(CaseSyntax cases, ImmutableArray<Expression?> conditions)
    {
        var results = BindResults(cases);
        if (conditions.Contains(null) || results.Contains(null)) return null;
        var unified = Unify([.. results.Select(r => r!)], [.. cases.Results, cases.Else ?? cases], "the results of CASE");
        if (unified.IsDefault) return null;
        return CaseOf([.. conditions.Select(c => c!)], unified);
    }

    private static Expression CaseOf(ImmutableArray<Expression> conditions, ImmutableArray<Expression> results) =>
        Fold(new CaseExpression(conditions, results[..^1], results[^1], results[0].Type), [.. conditions, .. results]);

    /// <summary>All of <paramref name="values"/> as their common type; default after an error.</summary>
    public ImmutableArray<Expression> Unify(ImmutableArray<Expression> values, ImmutableArray<Syntax> syntax, string what)
    {
        DataType? type = null;
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] is ConstantExpression { Untyped: true }) continue;
            var common = type is { } known ? TypeRules.Common(known, values[i].Type) : values[i].Type;
            if (common is null)
            {
                Fail(syntax[i].Span, $"{what} must have a common type, {Quote(syntax[i])} is {values[i].Type} and those before it {type}; use CAST");
                return default;
            }
            type = common;
        }
        var target = type ?? DataType.String;
        return [.. values.Select((v, i) => Coerce(v, target, syntax[i]))];
    }

    /// <summary>IF(condition, a, b).</summary>
    public Expression? If(CallSite call)
    {
        var condition = call.Arguments[0];
        if (condition is ConstantExpression { Untyped: true }) condition = ConstantExpression.Null(DataType.Boolean);
        var results = Unify([call.Arguments[1], call.Arguments[2]], [call.Syntax.Arguments[1], call.Syntax.Arguments[2]], "the results of IF");
        return results.IsDefault ? null : CaseOf([condition], results);
    }

    public Expression? Coalesce(CallSite call)
    {
        var values = Unify(call.Arguments, call.Syntax.Arguments, $"the arguments of {call.Syntax.Name}");
        return values.IsDefault ? null : Fold(new CoalesceExpression(values, values[0].Type), [.. values]);
    }

    /// <summary>NULLIF(a, b): a, unless it equals b.</summary>
    public Expression? NullIf(CallSite call) => Share(call.Arguments[0], value =>
    {
        var equal = Compare(ComparisonKind.Equal, call.Syntax.Span, value, call.Syntax.Arguments[0], call.Arguments[1], call.Syntax.Arguments[1]);
        return equal is null ? null : CaseOf([equal], [ConstantExpression.Null(value.Type), value]);
    });

    /// <summary>GREATEST and LEAST: null when any argument is.</summary>
    public Expression? Extreme(CallSite call, ComparisonKind better)
    {
        var values = Unify(call.Arguments, call.Syntax.Arguments, $"the arguments of {call.Syntax.Name}");
        if (values.IsDefault) return null;
        Expression? best = values[0];
        for (var i = 1; i < values.Length && best is not null; i++)
        {
            var next = values[i];
            best = Share(best, a => Share(next, b =>
            {
                var wins = Compare(better, call.Syntax.Span, a, call.Syntax, b, call.Syntax);
                if (wins is null) return null;
                // Neither a < b nor not: one of them is null, and so is the result.
                var unknown = new IsNullExpression(wins, negated: false);
                return CaseOf([wins, Fold(unknown, wins)], [a, ConstantExpression.Null(a.Type), b]);
            }));
        }
        return best;
    }

    private Expression? Cast(CastSyntax cast)
    {
        var operand = Bind(cast.Operand);
        return operand is null ? null : CastTo(cast, operand, cast.Operand, cast.Target, cast.Try);
    }

    private Expression? CastTo(Syntax syntax, Expression operand, Syntax operandSyntax, TypeSyntax target, bool isTry)
    {
        var type = target.Type;
        if (operand is ConstantExpression { Untyped: true }) return ConstantExpression.Null(type);
        if (!Conversions.Exists(operand.Type, type))
        {
            var hint = TypeRules.IsTime(operand.Type) && type.IsNumeric ? "; use UNIX_TIMESTAMP or EXTRACT"
                : operand.Type.IsNumeric && TypeRules.IsTime(type) ? "; use TO_TIMESTAMP_LTZ(number, precision)" : "";
            return Fail(syntax.Span, $"cannot cast {operand.Type} to {type}{hint}");
        }
        var result = operand.Type == type ? operand : Fold(new CastExpression(operand, type, isTry, Quote(syntax)), operand);
        if (target.Length is not { } length || (type.IsTimestamp && length >= 6)) return result;
        var kernel = type.IsTimestamp ? TimeArithmetic.CutFraction(length) : TextFunctions.Fit(length, target.Padded);
        return type.IsTimestamp || type.Kind == TypeKind.String
            ? Fold(new RowExpression([result], type, kernel, seesNulls: false, Quote(operandSyntax)), result)
            : result;
    }

    private Expression? Call(CallSyntax call)
    {
        var function = FunctionTable.Find(call.Name);
        var bound = call.Arguments.Select(a => a is UnitSyntax ? ConstantExpression.NullLiteral() : Bind(a)).ToArray();
        if (function is null) return Fail(call.Span, FunctionTable.Unknown(call.Name));
        if (bound.Contains(null)) return null;
        if (!function.Takes(bound.Length)) return Fail(call.Span, $"{call.Name} takes {function.DescribeArity()}, found {bound.Length}");
        if (!function.IsDeterministic) IsDeterministic = false;
        var site = new CallSite(this, call, [.. bound.Select(b => b!)]);
        return site.Coerce(function.Parameters) ? function.Bind(site) : null;
    }
}
