using System.Buffers;
using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Sql.Evaluation;

/// <summary>CASE WHEN … THEN … ELSE … END. Each condition sees only rows that no earlier one took, each result only the rows of its condition.</summary>
internal sealed class CaseExpression(ImmutableArray<Expression> conditions, ImmutableArray<Expression> results, Expression otherwise, DataType type) : Expression(type)
{
    public override Column Evaluate(Frame frame, Selection rows)
    {
        using var choice = new Choice(frame, rows, results.Length + 1);
        for (var branch = 0; branch < conditions.Length && choice.AnyLeft; branch++)
        {
            var condition = (BooleanColumn)conditions[branch].Evaluate(frame, choice.Left);
            choice.TakeWhereTrue(condition);
            condition.Release();
            choice.Evaluate(branch, results[branch]);
        }
        choice.TakeRest();
        choice.Evaluate(results.Length, otherwise);
        return choice.Merge(Type);
    }
}

/// <summary>The first argument that is not null; an argument sees only rows where all before it were null.</summary>
internal sealed class CoalesceExpression(ImmutableArray<Expression> arguments, DataType type) : Expression(type)
{
    public override Column Evaluate(Frame frame, Selection rows)
    {
        using var choice = new Choice(frame, rows, arguments.Length);
        for (var branch = 0; branch < arguments.Length && choice.AnyLeft; branch++)
        {
            var column = arguments[branch].Evaluate(frame, choice.Left);
            if (branch == 0 && !column.HasNulls) return column;
            choice.TakeWhereNotNull(branch, column);
        }
        return choice.Merge(Type);
    }
}

/// <summary>Which branch gives each row's value. Rows that no branch takes are null.</summary>
internal sealed class Choice : IDisposable
{
    private const int None = -1;

    private readonly Frame _frame;
    private readonly Selection _left;
    private readonly Selection _taken;
    private readonly Column?[] _columns;
    private readonly int[] _choices;

    public Choice(Frame frame, Selection rows, int branches)
    {
        _frame = frame;
        _left = rows.Copy();
        _taken = rows.Copy();
        _taken.Mask.Clear();
        _columns = new Column?[branches];
        _choices = ArrayPool<int>.Shared.Rent(Math.Max(frame.Count, 1));
        _choices.AsSpan(0, frame.Count).Fill(None);
    }

    /// <summary>Rows that no branch has taken yet.</summary>
    public Selection Left => _left;

    public bool AnyLeft => _left.Any;

    public void TakeWhereTrue(BooleanColumn condition)
    {
        var left = _left.Mask;
        var taken = _taken.Mask;
        var values = condition.Values;
        var valid = condition.Valid;
        for (var i = 0; i < left.Length; i++)
        {
            taken[i] = (byte)(left[i] & values[i] & valid[i]);
            left[i] ^= taken[i];
        }
    }

    public void TakeRest() => _left.Mask.CopyTo(_taken.Mask);

    /// <summary>Computes the result of <paramref name="branch"/> for the rows that were just taken.</summary>
    public void Evaluate(int branch, Expression result)
    {
        if (!_taken.Any) return;
        var taken = _taken.Mask;
        for (var i = 0; i < taken.Length; i++)
        {
            if (taken[i] != 0) _choices[i] = branch;
        }
        _columns[branch] = result.Evaluate(_frame, _taken);
    }

    /// <summary>Takes over <paramref name="column"/> for the rows left where it is not null.</summary>
    public void TakeWhereNotNull(int branch, Column column)
    {
        _columns[branch] = column;
        var left = _left.Mask;
        var valid = column.Valid;
        for (var i = 0; i < left.Length; i++)
        {
            if ((left[i] & valid[i]) == 0) continue;
            _choices[i] = branch;
            left[i] = 0;
        }
    }

    /// <summary>Each row's value from its branch's column.</summary>
    public Column Merge(DataType type)
    {
        var result = Column.Create(type, _frame.Count);
        switch (result)
        {
            case Int64Column column: MergeFixed(column); break;
            case DoubleColumn column: MergeFixed(column); break;
            case DecimalColumn column: MergeFixed(column); break;
            case BooleanColumn column: MergeFixed(column); break;
            default:
                for (var i = 0; i < _frame.Count; i++)
                {
                    if (_choices[i] == None) result.AppendNull();
                    else result.AppendFrom(_columns[_choices[i]]!, i);
                }
                break;
        }
        return result;
    }

    private void MergeFixed<T>(FixedColumn<T> result) where T : unmanaged
    {
        result.SetLength(_frame.Count);
        var values = result.WritableValues;
        var valid = result.WritableValid;
        valid.Clear();
        for (var branch = 0; branch < _columns.Length; branch++)
        {
            if (_columns[branch] is not FixedColumn<T> column) continue;
            var from = column.Values;
            var fromValid = column.Valid;
            for (var i = 0; i < values.Length; i++)
            {
                if (_choices[i] != branch) continue;
                values[i] = from[i];
                valid[i] = fromValid[i];
            }
        }
        result.MarkNulls();
    }

    public void Dispose()
    {
        foreach (var column in _columns) column?.Release();
        _left.Return();
        _taken.Return();
        ArrayPool<int>.Shared.Return(_choices);
    }
}
