using StreamForge.Core;
using StreamForge.Sql.Ranges;

namespace StreamForge.Sql.Evaluation;

internal enum ComparisonKind : byte
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary>How two values of a type compare, known to the compiler so that loops are specialised.</summary>
internal interface IComparison
{
    static abstract bool Holds<T>(T a, T b) where T : IComparable<T>, System.Numerics.IComparisonOperators<T, T, bool>;

    static abstract bool Holds(int order);
}

/// <summary>Comparison of two columns of the same storage; the result is null where either is.</summary>
internal sealed class ComparisonExpression(ComparisonKind kind, Expression left, Expression right) : Expression(DataType.Boolean)
{
    public override Column Evaluate(Frame frame, Selection rows)
    {
        var a = left.Evaluate(frame, rows);
        if (right is ConstantExpression { IsNull: false, Value: BytesColumn } constant && a is BytesColumn text)
        {
            var compared = Comparisons.WithConstant(kind, text, constant.Bytes);
            a.Release();
            return compared;
        }
        var b = right.Evaluate(frame, rows);
        var result = Comparisons.Compare(kind, a, b);
        a.Release();
        b.Release();
        return result;
    }

    public override Truth Possible(RangeFrame frame) => Truths.Compare(kind, left.Range(frame), right.Range(frame));
}

/// <summary>IS DISTINCT FROM: inequality that takes null for a value; never null.</summary>
internal sealed class DistinctExpression(Expression left, Expression right) : Expression(DataType.Boolean)
{
    public override Column Evaluate(Frame frame, Selection rows)
    {
        var a = left.Evaluate(frame, rows);
        var b = right.Evaluate(frame, rows);
        var result = Comparisons.Compare(ComparisonKind.NotEqual, a, b);
        if (result.HasNulls)
        {
            var values = result.WritableValues;
            var valid = result.WritableValid;
            for (var i = 0; i < values.Length; i++)
            {
                if (valid[i] != 0) continue;
                values[i] = a.IsNull(i) == b.IsNull(i) ? (byte)0 : (byte)1;
                valid[i] = 1;
            }
            result.MarkNulls();
        }
        a.Release();
        b.Release();
        return result;
    }
}
