using StreamForge.Core;
using StreamForge.Sql.Evaluation;

namespace StreamForge.Sql.Functions;

/// <summary>Functions of doubles, and ABS, SIGN and MOD, which keep exact numbers exact.</summary>
internal static class MathFunctions
{
    public static IEnumerable<Function> All =>
    [
        Unary("SQRT", Math.Sqrt), Unary("EXP", Math.Exp), Unary("LN", Math.Log), Unary("LOG10", Math.Log10), Unary("LOG2", Math.Log2),
        Unary("SIN", Math.Sin), Unary("COS", Math.Cos), Unary("TAN", Math.Tan), Unary("COT", x => 1 / Math.Tan(x)),
        Unary("ASIN", Math.Asin), Unary("ACOS", Math.Acos), Unary("ATAN", Math.Atan),
        Unary("SINH", Math.Sinh), Unary("COSH", Math.Cosh), Unary("TANH", Math.Tanh),
        Unary("DEGREES", x => x * (180 / Math.PI)), Unary("RADIANS", x => x * (Math.PI / 180)), Unary("CBRT", Math.Cbrt),
        .. Function.Row("POWER", "dd", DataType.Double, call => call.Return(Math.Pow(call.Double(0), call.Double(1)))).Also("POW"),
        Function.Row("ATAN2", "dd", DataType.Double, call => call.Return(Math.Atan2(call.Double(0), call.Double(1)))),
        // LOG(x) is natural, LOG(base, x) is to a base.
        Function.Row("LOG", "d?d", DataType.Double, call => call.Return(call.Count == 1 ? Math.Log(call.Double(0)) : Math.Log(call.Double(1)) / Math.Log(call.Double(0)))),
        Function.Row("PI", "", DataType.Double, call => call.Return(Math.PI)),
        Function.Row("E", "", DataType.Double, call => call.Return(Math.E)),
        new("ABS", "n", Abs),
        new("SIGN", "n", Sign),
        new("MOD", "nn", call => call.Binder.Arithmetic(ArithmeticKind.Modulo, call.Syntax, call.Arguments[0], call.Arguments[1])),
    ];

    private static Function Unary(string name, Func<double, double> function) => new(name, "d", call =>
        Binding.Binder.Fold(new DoubleFunction(call.Arguments[0], function), call.Arguments[0]));

    private static Expression Abs(CallSite call) => call.Arguments[0].Type.Kind switch
    {
        TypeKind.Double => call.Row(DataType.Double, row => row.Return(Math.Abs(row.Double(0)))),
        TypeKind.Decimal => call.Row(call.Arguments[0].Type, row => row.Return(Int128.Abs(row.Decimal(0)))),
        _ => call.Row(DataType.BigInt, row =>
        {
            if (row.Integer(0) == long.MinValue) row.Fail("bigint overflow");
            else row.Return(Math.Abs(row.Integer(0)));
        }),
    };

    /// <summary>-1, 0 or 1: an int, of doubles a double.</summary>
    private static Expression Sign(CallSite call) => call.Arguments[0].Type.Kind switch
    {
        TypeKind.Double => call.Row(DataType.Double, row => row.Return(double.IsNaN(row.Double(0)) ? double.NaN : Math.Sign(row.Double(0)))),
        TypeKind.Decimal => call.Row(DataType.Int, row => row.Return((long)Int128.Sign(row.Decimal(0)))),
        _ => call.Row(DataType.Int, row => row.Return((long)Math.Sign(row.Integer(0)))),
    };
}

/// <summary>A function of one double, over the whole vector.</summary>
internal sealed class DoubleFunction(Expression operand, Func<double, double> function) : Expression(DataType.Double)
{
    public override Column Evaluate(Frame frame, Selection rows)
    {
        var source = (DoubleColumn)operand.Evaluate(frame, rows);
        var result = new DoubleColumn(frame.Count);
        result.SetLength(frame.Count);
        var x = source.Values;
        var y = result.WritableValues;
        for (var i = 0; i < y.Length; i++) y[i] = function(x[i]);
        result.CopyValidity(source);
        source.Release();
        return result;
    }
}
