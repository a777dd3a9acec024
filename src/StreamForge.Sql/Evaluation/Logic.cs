using StreamForge.Core;
using StreamForge.Sql.Ranges;

namespace StreamForge.Sql.Evaluation;

/// <summary>
/// AND and OR of Kleene's three-valued logic. The right operand is computed only for rows that the left one does not decide,
/// so an error there does not fail a decided row.
/// </summary>
internal sealed class LogicExpression(Expression left, Expression right, bool isAnd) : Expression(DataType.Boolean)
{
    public override Column Evaluate(Frame frame, Selection rows)
    {
        // The value that decides: FALSE for AND, TRUE for OR.
        var deciding = isAnd ? (byte)0 : (byte)1;
        var first = (BooleanColumn)left.Evaluate(frame, rows);
        var undecided = rows.Copy();
        var mask = undecided.Mask;
        var a = first.Values;
        var aValid = first.Valid;
        for (var i = 0; i < mask.Length; i++) mask[i] &= (byte)~(aValid[i] & (a[i] ^ deciding ^ 1));
        var any = mask.Contains((byte)1);
        var second = any ? (BooleanColumn)right.Evaluate(frame, mask.Contains((byte)0) ? undecided : rows) : null;
        if (second is null)
        {
            undecided.Return();
            return first;
        }
        var b = second.Values;
        var bValid = second.Valid;
        var result = new BooleanColumn(frame.Count);
        result.SetLength(frame.Count);
        var values = result.WritableValues;
        var valid = result.WritableValid;
        for (var i = 0; i < values.Length; i++)
        {
            var decidedByA = aValid[i] & (a[i] ^ deciding ^ 1);
            var decidedByB = bValid[i] & (b[i] ^ deciding ^ 1);
            var decided = decidedByA | decidedByB;
            values[i] = (byte)(decided ^ deciding ^ 1);
            valid[i] = (byte)(decided | (aValid[i] & bValid[i]));
        }
        result.MarkNulls();
        undecided.Return();
        first.Release();
        second.Release();
        return result;
    }

    public override Truth Possible(RangeFrame frame)
    {
        var (a, b) = (left.Possible(frame), right.Possible(frame));
        return isAnd ? Truths.And(a, b) : Truths.Or(a, b);
    }
}

internal sealed class NotExpression(Expression operand) : Expression(DataType.Boolean)
{
    public override Column Evaluate(Frame frame, Selection rows)
    {
        var source = (BooleanColumn)operand.Evaluate(frame, rows);
        var result = new BooleanColumn(frame.Count);
        result.SetLength(frame.Count);
        var from = source.Values;
        var to = result.WritableValues;
        for (var i = 0; i < to.Length; i++) to[i] = (byte)(from[i] ^ 1);
        result.CopyValidity(source);
        source.Release();
        return result;
    }

    public override Truth Possible(RangeFrame frame) => Truths.Not(operand.Possible(frame));
}

/// <summary>IS [NOT] NULL over any type; never null itself.</summary>
internal sealed class IsNullExpression(Expression operand, bool negated) : Expression(DataType.Boolean)
{
    public override Column Evaluate(Frame frame, Selection rows)
    {
        var source = operand.Evaluate(frame, rows);
        var result = new BooleanColumn(frame.Count);
        result.SetLength(frame.Count);
        var to = result.WritableValues;
        if (source.HasNulls)
        {
            var flip = negated ? (byte)0 : (byte)1;
            var valid = source.Valid;
            for (var i = 0; i < to.Length; i++) to[i] = (byte)(valid[i] ^ flip);
        }
        else
        {
            to.Fill(negated ? (byte)1 : (byte)0);
        }
        source.Release();
        return result;
    }

    public override Truth Possible(RangeFrame frame)
    {
        var range = operand.Range(frame);
        var isNull = Truths.Of(!range.NeverNull, !range.AlwaysNull, false);
        return negated ? Truths.Not(isNull) : isNull;
    }
}

/// <summary>IS [NOT] TRUE and IS [NOT] FALSE; never null.</summary>
internal sealed class IsTruthExpression(Expression operand, bool truth, bool negated) : Expression(DataType.Boolean)
{
    public override Column Evaluate(Frame frame, Selection rows)
    {
        var source = (BooleanColumn)operand.Evaluate(frame, rows);
        var result = new BooleanColumn(frame.Count);
        result.SetLength(frame.Count);
        var to = result.WritableValues;
        var from = source.Values;
        var valid = source.Valid;
        var sought = truth ? (byte)1 : (byte)0;
        var flip = negated ? (byte)1 : (byte)0;
        for (var i = 0; i < to.Length; i++) to[i] = (byte)((valid[i] & (from[i] ^ sought ^ 1)) ^ flip);
        source.Release();
        return result;
    }

    public override Truth Possible(RangeFrame frame)
    {
        var all = operand.Possible(frame);
        var wanted = truth ? Truth.True : Truth.False;
        var holds = Truths.Of((all & wanted) != Truth.None, (all & ~wanted) != Truth.None, false);
        return negated ? Truths.Not(holds) : holds;
    }
}
