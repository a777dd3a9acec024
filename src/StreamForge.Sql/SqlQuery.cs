using System.Buffers;
using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Sql.Binding;
using StreamForge.Sql.Evaluation;
using StreamForge.Sql.Lookups;
using StreamForge.Sql.Parsing;

namespace StreamForge.Sql;

/// <summary>
/// <c>SELECT … FROM {{ input }} LEFT JOIN lookup ON … WHERE …</c>, compiled against an input's columns. Each row of the input gives one row, or none where the condition
/// is not true or an expression fails. Immutable, usable from any thread; each thread brings its own <see cref="EvaluationContext"/>.
/// <para>
/// A condition over the input alone is decided before the joins, any other after them. A LEFT JOIN of which no column is read is not made.
/// </para>
/// </summary>
public sealed class SqlQuery
{
    private readonly ImmutableArray<QueryItem> _items;
    private readonly ImmutableArray<LookupJoin> _joins;
    private readonly QueryItem? _where;
    private readonly InputMap _input;
    private readonly Schema _bound;
    private readonly int _width;
    private readonly int _slots;
    private readonly bool _joinsFirst;

    /// <summary>Bound positions that are read after the first condition, ascending.</summary>
    private readonly int[] _needed;

    internal SqlQuery(Schema bound, ImmutableArray<QueryItem> items, ImmutableArray<LookupJoin> joins, QueryItem? where, int slots)
    {
        _bound = bound;
        _items = items;
        _where = where;
        _slots = slots;
        _joinsFirst = where?.ColumnsRead.Any(c => c >= bound.Count) == true;
        _width = joins.Aggregate(bound.Count, (width, join) => Math.Max(width, join.End));
        var needed = items.SelectMany(i => i.ColumnsRead).ToHashSet();
        if (_joinsFirst) needed.UnionWith(where!.ColumnsRead);
        var made = new List<LookupJoin>();
        foreach (var join in joins.Reverse().Where(j => j.IsInner || needed.Any(j.Has)))
        {
            made.Add(join);
            needed.UnionWith(join.ColumnsRead);
        }
        _joins = [.. Enumerable.Reverse(made)];
        _needed = [.. needed.Order()];
        _input = new InputMap(bound, needed.Union(where?.ColumnsRead ?? []).Where(c => c < bound.Count));
        Output = new Schema(items.Select(i => new Field(i.Name, i.Expression.Type)));
        var list = string.Join(", ", items.Select(i => $"{i.Canonical} AS {Parsing.Canonical.Quoted(i.Name)}"));
        Canonical = $"SELECT {list} FROM {{{{ input }}}}{string.Concat(_joins.Select(j => " " + j.Canonical))}{(where is null ? "" : $" WHERE {where.Canonical}")}";
    }

    public Schema Output { get; }

    /// <summary>The input columns that are needed, in the input's order.</summary>
    public ImmutableArray<string> ColumnsRead => _input.ColumnsRead;

    /// <summary>The tables that are joined, each once.</summary>
    public ImmutableArray<LookupTable> Lookups => [.. _joins.Select(j => j.Table).Distinct()];

    /// <summary>false when it asks for the time, a random number or a new identifier.</summary>
    public bool IsDeterministic => _items.All(i => i.IsDeterministic) && _where?.IsDeterministic != false && _joins.All(j => j.IsDeterministic);

    /// <summary>The query for fingerprints, independent of blanks, comments and the case of keywords; stars are written out. What the lookups hold is not in it.</summary>
    public string Canonical { get; }

    /// <summary>Compiles <paramref name="sql"/> against the columns of <paramref name="input"/>.</summary>
    /// <param name="lookups">The tables that may be joined, by name.</param>
    public static SqlCompilation<SqlQuery> Compile(string sql, Schema input, IReadOnlyDictionary<string, LookupTable>? lookups = null)
    {
        ArgumentNullException.ThrowIfNull(sql);
        ArgumentNullException.ThrowIfNull(input);
        try
        {
            var (syntax, tokens) = Parser.ParseQuery(sql);
            return QueryBinder.Bind(sql, syntax, tokens, input, lookups ?? ImmutableDictionary<string, LookupTable>.Empty);
        }
        catch (SyntaxException e)
        {
            return new(null, [e.Error]);
        }
    }

    /// <summary>The same query computing only the columns named; the condition stays. <see cref="ColumnsRead"/> may shrink.</summary>
    public SqlQuery Restrict(IReadOnlySet<string> outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        var kept = _items.Where(i => outputs.Contains(i.Name)).ToImmutableArray();
        return kept.Length == _items.Length ? this : new SqlQuery(_bound, kept, _joins, _where, _slots);
    }

    /// <summary>
    /// Runs the query over <paramref name="input"/>, which has at least the columns read and is not released. A row that fails is reported with its
    /// number in <paramref name="input"/> and left out. The caller owns one reference to the result. Headers, and columns passed through,
    /// are shared with the input when no row is left out.
    /// </summary>
    public ColumnBatch Execute(ColumnBatch input, EvaluationContext context, IRowErrors errors)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(errors);
        var rows = new WorkingRows(input, _input.Columns(input, _width));
        if (_where is not null && !_joinsFirst) Filter(rows, context, errors);
        foreach (var join in _joins) join.Apply(rows, _needed, _slots, context, errors);
        if (_joinsFirst) Filter(rows, context, errors);
        var result = Project(rows, input.Origin, context, errors);
        rows.Close();
        return result;
    }

    /// <summary>Keeps the rows for which the condition is true.</summary>
    private void Filter(WorkingRows rows, EvaluationContext context, IRowErrors errors)
    {
        var passing = ArrayPool<int>.Shared.Rent(Math.Max(rows.Count, 1));
        var frame = rows.Open(_slots, context, errors);
        var condition = (BooleanColumn)_where!.Expression.Evaluate(frame, Selection.All(rows.Count));
        var values = condition.Values;
        var valid = condition.Valid;
        var count = 0;
        for (var i = 0; i < values.Length; i++)
        {
            passing[count] = i;
            count += values[i] & valid[i];
        }
        if (frame.Failures > 0)
        {
            var kept = 0;
            for (var i = 0; i < count; i++)
            {
                if (!frame.HasFailed(passing[i])) passing[kept++] = passing[i];
            }
            count = kept;
        }
        frame.Close();
        condition.Release();
        rows.Keep(passing.AsSpan(0, count), _needed);
        ArrayPool<int>.Shared.Return(passing);
    }

    private ColumnBatch Project(WorkingRows rows, BatchOrigin origin, EvaluationContext context, IRowErrors errors)
    {
        var frame = rows.Open(_slots, context, errors);
        var results = new Column[_items.Length];
        for (var i = 0; i < results.Length; i++) results[i] = _items[i].Expression.Evaluate(frame, Selection.All(rows.Count));
        rows.Headers.Retain();
        var batch = new ColumnBatch(Output, results, rows.Headers, origin);
        if (frame.Failures > 0)
        {
            var whole = batch;
            batch = WithoutFailed(whole, frame);
            whole.Release();
        }
        frame.Close();
        return batch;
    }

    private static ColumnBatch WithoutFailed(ColumnBatch batch, Frame frame)
    {
        var kept = ArrayPool<int>.Shared.Rent(Math.Max(batch.Count, 1));
        var count = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            if (!frame.HasFailed(i)) kept[count++] = i;
        }
        var result = batch.Gather(kept.AsSpan(0, count));
        ArrayPool<int>.Shared.Return(kept);
        return result;
    }
}
