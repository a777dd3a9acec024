using System.Numerics;
using StreamForge.Core;

namespace StreamForge.Sql.Evaluation;

internal enum ArithmeticKind : byte
{
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// <summary>+ - * / % of 64-bit integers. Overflow and division by zero fail the row; division truncates towards zero.</summary>
/// <param name="source">As written, for messages.</param>
internal sealed class Int64Arithmetic(ArithmeticKind kind, Expression left, Expression right, string source) : Expression(DataType.BigInt)
{
    public override Column Evaluate(Frame frame, Selection rows)
    {
        var a = (Int64Column)left.Evaluate(frame, rows);
        var b = (Int64Column)right.Evaluate(frame, rows);
        var result = new Int64Column(DataType.BigInt, frame.Count);
        result.SetLength(frame.Count);
        Nulls.Combine(result, a, b);
        var clean = kind switch
        {
            ArithmeticKind.Add => Add(a.Values, b.Values, result.WritableValues),
            ArithmeticKind.Subtract => Subtract(a.Values, b.Values, result.WritableValues),
            ArithmeticKind.Multiply => Multiply(a.Values, b.Values, result.WritableValues),
            _ => false,
        };
        if (!clean) Carefully(frame, rows, a.Values, b.Values, result);
        a.Release();
        b.Release();
        return result;
    }

    /// <returns>false when some row overflowed, null or not.</returns>
    private static bool Add(ReadOnlySpan<long> a, ReadOnlySpan<long> b, Span<long> result)
    {
        var overflow = Vector<long>.Zero;
        var i = 0;
        for (; i <= result.Length - Vector<long>.Count; i += Vector<long>.Count)
        {
            Vector<long> x = new(a[i..]), y = new(b[i..]);
            var sum = x + y;
            overflow |= (x ^ sum) & (y ^ sum);
            sum.CopyTo(result[i..]);
        }
        var rest = 0L;
        for (; i < result.Length; i++)
        {
            var sum = unchecked(a[i] + b[i]);
            rest |= (a[i] ^ sum) & (b[i] ^ sum);
            result[i] = sum;
        }
        return rest >= 0 && !Vector.LessThanAny(overflow, Vector<long>.Zero);
    }

    private static bool Subtract(ReadOnlySpan<long> a, ReadOnlySpan<long> b, Span<long> result)
    {
        var overflow = Vector<long>.Zero;
        var i = 0;
        for (; i <= result.Length - Vector<long>.Count; i += Vector<long>.Count)
        {
            Vector<long> x = new(a[i..]), y = new(b[i..]);
            var difference = x - y;
            overflow |= (x ^ y) & (x ^ difference);
            difference.CopyTo(result[i..]);
        }
        var rest = 0L;
        for (; i < result.Length; i++)
        {
            var difference = unchecked(a[i] - b[i]);
            rest |= (a[i] ^ b[i]) & (a[i] ^ difference);
            result[i] = difference;
        }
        return rest >= 0 && !Vector.LessThanAny(overflow, Vector<long>.Zero);
    }

    private static bool Multiply(ReadOnlySpan<long> a, ReadOnlySpan<long> b, Span<long> result)
    {
        var overflow = 0L;
        for (var i = 0; i < result.Length && i < a.Length && i < b.Length; i++)
        {
            var high = Math.BigMul(a[i], b[i], out var low);
            overflow |= high ^ (low >> 63);
            result[i] = low;
        }
        return overflow == 0;
    }

    /// <summary>Row by row, looking at what is null and wanted: for division, and where the fast loops saw an overflow.</summary>
    private void Carefully(Frame frame, Selection rows, ReadOnlySpan<long> a, ReadOnlySpan<long> b, Int64Column result)
    {
        var values = result.WritableValues;
        var valid = result.WritableValid;
        for (var i = 0; i < values.Length; i++)
        {
            if (valid[i] == 0) continue;
            string? fault = null;
            long x = a[i], y = b[i];
            var wide = kind switch
            {
                ArithmeticKind.Add => (Int128)x + y,
                ArithmeticKind.Subtract => (Int128)x - y,
                ArithmeticKind.Multiply => (Int128)x * y,
                _ => 0,
            };
            switch (kind)
            {
                case ArithmeticKind.Divide or ArithmeticKind.Modulo when y == 0: fault = "division by zero"; break;
                case ArithmeticKind.Divide when y == -1: wide = -(Int128)x; break;
                case ArithmeticKind.Divide: wide = x / y; break;
                case ArithmeticKind.Modulo: wide = y == -1 ? 0 : x % y; break;
            }
            if (wide > long.MaxValue || wide < long.MinValue) fault = "bigint overflow";
            if (fault is null)
            {
                values[i] = (long)wide;
                continue;
            }
            valid[i] = 0;
            if (rows.Contains(i)) frame.Fail(i, $"{fault} in {source}");
        }
        result.MarkNulls();
    }
}
