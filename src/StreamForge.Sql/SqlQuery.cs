using System.Buffers;
using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Sql.Binding;
using StreamForge.Sql.Evaluation;
using StreamForge.Sql.Parsing;

namespace StreamForge.Sql;

/// <summary>
/// <c>SELECT … FROM {{ input }} WHERE …</c>, compiled against an input's columns. Each row of the input gives one row, or none where the condition
/// is not true or an expression fails. Immutable, usable from any thread; each thread brings its own <see cref="EvaluationContext"/>.
/// </summary>
public sealed class SqlQuery
{
    private readonly ImmutableArray<QueryItem> _items;
    private readonly QueryItem? _where;
    private readonly InputMap _input;
    private readonly InputMap _selected;
    private readonly Schema _bound;
    private readonly int _slots;

    internal SqlQuery(Schema bound, ImmutableArray<QueryItem> items, QueryItem? where, int slots)
    {
        _bound = bound;
        _items = items;
        _where = where;
        _slots = slots;
        var selected = items.SelectMany(i => i.ColumnsRead).ToHashSet();
        _selected = new InputMap(bound, selected);
        _input = new InputMap(bound, selected.Union(where?.ColumnsRead ?? []));
        Output = new Schema(items.Select(i => new Field(i.Name, i.Expression.Type)));
        var list = string.Join(", ", items.Select(i => $"{i.Canonical} AS {Parsing.Canonical.Quoted(i.Name)}"));
        Canonical = $"SELECT {list} FROM {{{{ input }}}}{(where is null ? "" : $" WHERE {where.Canonical}")}";
    }

    public Schema Output { get; }

    /// <summary>The input columns that are needed, in the input's order.</summary>
    public ImmutableArray<string> ColumnsRead => _input.ColumnsRead;

    /// <summary>false when it asks for the time, a random number or a new identifier.</summary>
    public bool IsDeterministic => _items.All(i => i.IsDeterministic) && _where?.IsDeterministic != false;

    /// <summary>The query for fingerprints, independent of blanks, comments and the case of keywords; stars are written out.</summary>
    public string Canonical { get; }

    /// <summary>Compiles <paramref name="sql"/> against the columns of <paramref name="input"/>.</summary>
    public static SqlCompilation<SqlQuery> Compile(string sql, Schema input)
    {
        ArgumentNullException.ThrowIfNull(sql);
        ArgumentNullException.ThrowIfNull(input);
        try
        {
            var (syntax, tokens) = Parser.ParseQuery(sql);
            return QueryBinder.Bind(sql, syntax, tokens, input);
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
        return kept.Length == _items.Length ? this : new SqlQuery(_bound, kept, _where, _slots);
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
        if (_where is null) return Project(input.Count, _input.Columns(input), input.Headers, input.Origin, context, errors, null);
        var passing = ArrayPool<int>.Shared.Rent(Math.Max(input.Count, 1));
        var columns = _input.Columns(input);
        var count = Filter(input.Count, columns, context, errors, passing);
        ColumnBatch result;
        if (count == input.Count)
        {
            result = Project(count, columns, input.Headers, input.Origin, context, errors, null);
        }
        else
        {
            var rows = passing.AsSpan(0, count);
            var gathered = new Column[_bound.Count];
            foreach (var index in _selected.Read) gathered[index] = columns[index].Gather(rows);
            var headers = input.Headers.Gather(rows);
            result = Project(count, gathered, headers, input.Origin, context, errors, passing);
            foreach (var index in _selected.Read) gathered[index].Release();
            headers.Release();
        }
        ArrayPool<int>.Shared.Return(passing);
        return result;
    }

    /// <summary>Writes the rows for which the condition is true to <paramref name="passing"/>; returns how many.</summary>
    private int Filter(int rows, Column[] columns, EvaluationContext context, IRowErrors errors, int[] passing)
    {
        var frame = new Frame(rows, columns, _slots, context, errors, null);
        var condition = (BooleanColumn)_where!.Expression.Evaluate(frame, Selection.All(rows));
        var values = condition.Values;
        var valid = condition.Valid;
        var count = 0;
        for (var i = 0; i < rows; i++)
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
        return count;
    }

    private ColumnBatch Project(int rows, Column[] columns, RowHeaders headers, BatchOrigin origin, EvaluationContext context, IRowErrors errors, int[]? rowMap)
    {
        var frame = new Frame(rows, columns, _slots, context, errors, rowMap);
        var results = new Column[_items.Length];
        for (var i = 0; i < results.Length; i++) results[i] = _items[i].Expression.Evaluate(frame, Selection.All(rows));
        headers.Retain();
        var batch = new ColumnBatch(Output, results, headers, origin);
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
