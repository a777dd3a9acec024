using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Sql.Binding;
using StreamForge.Sql.Evaluation;
using StreamForge.Sql.Parsing;

namespace StreamForge.Sql.Functions;

/// <summary>A function of the language.</summary>
/// <param name="Name">Upper case.</param>
/// <param name="Parameters">
/// One letter each: s string, i integer, d double, n number as it is, t timestamp, b boolean, x string or bytes, a anything, u a unit of time.
/// What follows a <c>?</c> may be left out; a final <c>*</c> repeats the last letter.
/// </param>
/// <param name="Bind">Makes the expression of one call, its arguments already of these types; null after reporting an error.</param>
/// <param name="IsDeterministic">false: the same arguments may give another result next time.</param>
internal sealed record Function(string Name, string Parameters, Func<CallSite, Expression?> Bind, bool IsDeterministic = true)
{
    private int Least => Parameters.IndexOf('?', StringComparison.Ordinal) is >= 0 and var optional ? optional : Parameters.TrimEnd('*').Length;

    private int Most => Parameters.EndsWith('*') ? int.MaxValue : Parameters.Replace("?", "", StringComparison.Ordinal).Length;

    public bool Takes(int arguments) => arguments >= Least && arguments <= Most;

    public string DescribeArity()
    {
        if (Most == int.MaxValue) return $"at least {Least} argument{(Least == 1 ? "" : "s")}";
        if (Least == Most) return Least == 0 ? "no arguments" : $"{Least} argument{(Least == 1 ? "" : "s")}";
        return $"{Least} to {Most} arguments";
    }

    /// <summary>A function computed row by row; null when any argument is.</summary>
    public static Function Row(string name, string parameters, DataType result, RowKernel kernel) =>
        new(name, parameters, call => call.Row(result, kernel));

    /// <summary>The same function under other names.</summary>
    public IEnumerable<Function> Also(params string[] names) => [this, .. names.Select(name => this with { Name = name })];
}

/// <summary>One call being bound.</summary>
internal sealed class CallSite(Binder binder, CallSyntax syntax, ImmutableArray<Expression> arguments)
{
    public Binder Binder => binder;

    public CallSyntax Syntax => syntax;

    public ImmutableArray<Expression> Arguments { get; private set; } = arguments;

    public string Source => binder.Quote(syntax);

    public TimeUnit Unit(int argument) => ((UnitSyntax)syntax.Arguments[argument]).Unit;

    public bool IsUnit(int argument) => argument < syntax.Arguments.Length && syntax.Arguments[argument] is UnitSyntax;

    /// <summary>The argument when it is a constant and not null.</summary>
    public ConstantExpression? Constant(int argument) =>
        argument < Arguments.Length && Arguments[argument] is ConstantExpression { IsNull: false } constant ? constant : null;

    public Expression? Fail(int argument, string sentence) => binder.Fail(syntax.Arguments[argument].Span, sentence);

    public Expression Row(DataType type, RowKernel kernel, bool seesNulls = false) => Row(Arguments, type, kernel, seesNulls);

    public Expression Row(ImmutableArray<Expression> over, DataType type, RowKernel kernel, bool seesNulls = false) =>
        Binder.Fold(new RowExpression(over, type, kernel, seesNulls, Source), [.. over]);

    /// <summary>Gives every argument the type of its parameter; false after reporting those that have none.</summary>
    public bool Coerce(string parameters)
    {
        var letters = parameters.Replace("?", "", StringComparison.Ordinal);
        var coerced = Arguments.ToBuilder();
        var fits = true;
        for (var i = 0; i < coerced.Count; i++)
        {
            var letter = i < letters.Length && letters[i] != '*' ? letters[i] : letters[^2];
            var argument = Coerce(coerced[i], letter, syntax.Arguments[i]);
            if (argument is null) fits = false;
            else coerced[i] = argument;
        }
        Arguments = coerced.ToImmutable();
        return fits;
    }

    private Expression? Coerce(Expression argument, char letter, Syntax written)
    {
        if ((letter == 'u') != (written is UnitSyntax)) return letter == 'a' ? argument : binder.Fail(written.Span, "unexpected here");
        var type = argument.Type;
        var (wanted, expected) = letter switch
        {
            's' => (DataType.String, "a string"),
            'i' => (DataType.BigInt, "an integer"),
            'd' => (DataType.Double, "a number"),
            't' => (type.Kind == TypeKind.TimestampTz ? type : DataType.Timestamp, "a date or timestamp"),
            'b' => (DataType.Boolean, "boolean"),
            'n' => (type.IsNumeric ? type : DataType.BigInt, "a number"),
            'x' => (type.Kind == TypeKind.Bytes ? type : DataType.String, "a string or bytes"),
            _ => (type, ""),
        };
        if (letter is 'u' or 'a' || type == wanted) return argument;
        if (argument is ConstantExpression { Untyped: true }) return ConstantExpression.Null(wanted);
        var converts = letter switch
        {
            'i' => type.IsInteger,
            'd' => type.IsNumeric,
            't' => type.Kind == TypeKind.Date || (written is LiteralSyntax { Kind: LiteralKind.Text } && type.Kind == TypeKind.String),
            _ => false,
        };
        if (converts) return binder.Coerce(argument, wanted, written);
        var hint = letter is 's' or 'i' ? $"; use CAST({binder.Quote(written)} AS {(letter == 's' ? "STRING" : "BIGINT")})" : "";
        return binder.Fail(written.Span, $"{syntax.Name} expects {expected} here, {binder.Quote(written)} is {type}{hint}");
    }
}
