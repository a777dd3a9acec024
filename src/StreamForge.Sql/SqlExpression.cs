using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Sql.Binding;
using StreamForge.Sql.Evaluation;
using StreamForge.Sql.Parsing;
using StreamForge.Sql.Ranges;

namespace StreamForge.Sql;

/// <summary>
/// One expression over the columns of an input, compiled: <c>amount &gt; 0 AND NOT cancelled</c>. Immutable, usable from any thread; each thread brings its own <see cref="EvaluationContext"/>.
/// </summary>
public sealed class SqlExpression
{
    private readonly Expression _expression;
    private readonly InputMap _input;
    private readonly int _width;
    private readonly int _slots;

    private SqlExpression(Expression expression, InputMap input, int width, int slots, bool isDeterministic, string canonical)
    {
        _expression = expression;
        _input = input;
        _width = width;
        _slots = slots;
        IsDeterministic = isDeterministic;
        Canonical = canonical;
    }

    public DataType Type => _expression.Type;

    /// <summary>The input columns that are needed, in the input's order.</summary>
    public ImmutableArray<string> ColumnsRead => _input.ColumnsRead;

    /// <summary>false when it asks for the time, a random number or a new identifier.</summary>
    public bool IsDeterministic { get; }

    /// <summary>The expression for fingerprints, independent of blanks, comments and the case of keywords.</summary>
    public string Canonical { get; }

    /// <summary>Compiles <paramref name="sql"/> against an input's columns.</summary>
    public static SqlCompilation<SqlExpression> Compile(string sql, Schema input)
    {
        ArgumentNullException.ThrowIfNull(sql);
        ArgumentNullException.ThrowIfNull(input);
        try
        {
            var (syntax, tokens) = Parser.ParseExpression(sql);
            var binder = new Binder(new Scope(input, ["input"]), sql);
            var bound = binder.Bind(syntax);
            if (binder.Errors.Count > 0 || bound is null) return new(null, SqlErrors.Ordered(binder.Errors));
            var canonical = Parsing.Canonical.Write(tokens, syntax.Span, binder.Names);
            return new(new SqlExpression(bound, new InputMap(input, binder.ColumnsRead), input.Count, binder.Slots, binder.IsDeterministic, canonical), []);
        }
        catch (SyntaxException e)
        {
            return new(null, [e.Error]);
        }
    }

    /// <summary>
    /// Whether the expression, which is boolean, may be true for some row whose columns are as <paramref name="ranges"/> says: what files and parts of files need not be read for a filter. Comparisons, BETWEEN, IN, LIKE with
    /// a text before its first wildcard, IS NULL, IS TRUE, AND, OR and NOT are looked into, with SQL's three-valued logic, over columns, known values and conversions of numbers and times; anything else may be true.
    /// </summary>
    /// <param name="ranges">Is asked for each of <see cref="ColumnsRead"/>.</param>
    /// <returns>false only when no such row can make it true. true promises nothing.</returns>
    public bool MayBeTrue(Func<string, ColumnRange> ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        return (_expression.Possible(new RangeFrame(_input.Ranges(ranges), _slots)) & Truth.True) != Truth.None;
    }

    /// <summary>
    /// One value for each row of <paramref name="batch"/>, which has at least the columns read. A row that fails is null and reported.
    /// The caller owns one reference to the result, which may be a column of the batch.
    /// </summary>
    public Column Evaluate(ColumnBatch batch, EvaluationContext context, IRowErrors errors)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(errors);
        var frame = new Frame(batch.Count, _input.Columns(batch, _width), _slots, context, errors, null);
        var result = _expression.Evaluate(frame, Selection.All(batch.Count));
        if (frame.Failures > 0) result = Nulls.WhereFailed(result, frame);
        frame.Close();
        return result;
    }
}
