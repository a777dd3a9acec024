using System.Numerics;
using StreamForge.Core;

namespace StreamForge.Sql.Evaluation;

/// <summary>+ - * / % of doubles, as IEEE 754 says: nothing fails, division by zero gives an infinity or NaN.</summary>
internal sealed class DoubleArithmetic(ArithmeticKind kind, Expression left, Expression right) : Expression(DataType.Double)
{
    public override Column Evaluate(Frame frame, Selection rows)
    {
        var a = (DoubleColumn)left.Evaluate(frame, rows);
        var b = (DoubleColumn)right.Evaluate(frame, rows);
        var result = new DoubleColumn(frame.Count);
        result.SetLength(frame.Count);
        var values = result.WritableValues;
        switch (kind)
        {
            case ArithmeticKind.Add: Loop<AddOperator>(a.Values, b.Values, values); break;
            case ArithmeticKind.Subtract: Loop<SubtractOperator>(a.Values, b.Values, values); break;
            case ArithmeticKind.Multiply: Loop<MultiplyOperator>(a.Values, b.Values, values); break;
            case ArithmeticKind.Divide: Loop<DivideOperator>(a.Values, b.Values, values); break;
            default:
                for (var i = 0; i < values.Length; i++) values[i] = a[i] % b[i];
                break;
        }
        Nulls.Combine(result, a, b);
        a.Release();
        b.Release();
        return result;
    }

    private static void Loop<TOperator>(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> result) where TOperator : struct, IOperator
    {
        var i = 0;
        for (; i <= result.Length - Vector<double>.Count; i += Vector<double>.Count)
            TOperator.Apply(new Vector<double>(a[i..]), new Vector<double>(b[i..])).CopyTo(result[i..]);
        for (; i < result.Length; i++) result[i] = TOperator.Apply(a[i], b[i]);
    }

    private interface IOperator
    {
        static abstract Vector<double> Apply(Vector<double> a, Vector<double> b);

        static abstract double Apply(double a, double b);
    }

    private readonly struct AddOperator : IOperator
    {
        public static Vector<double> Apply(Vector<double> a, Vector<double> b) => a + b;
        public static double Apply(double a, double b) => a + b;
    }

    private readonly struct SubtractOperator : IOperator
    {
        public static Vector<double> Apply(Vector<double> a, Vector<double> b) => a - b;
        public static double Apply(double a, double b) => a - b;
    }

    private readonly struct MultiplyOperator : IOperator
    {
        public static Vector<double> Apply(Vector<double> a, Vector<double> b) => a * b;
        public static double Apply(double a, double b) => a * b;
    }

    private readonly struct DivideOperator : IOperator
    {
        public static Vector<double> Apply(Vector<double> a, Vector<double> b) => a / b;
        public static double Apply(double a, double b) => a / b;
    }
}
