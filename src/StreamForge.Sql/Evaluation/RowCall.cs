using System.Collections.Immutable;
using System.Text;
using StreamForge.Core;

namespace StreamForge.Sql.Evaluation;

/// <summary>One row of a function: reads arguments from <paramref name="call"/>, none of them null, and gives exactly one result to it.</summary>
internal delegate void RowKernel(RowCall call);

/// <summary>
/// A function computed row by row. A row with a null argument is null, unless the function sees nulls itself; rows that are not wanted are skipped.
/// </summary>
internal sealed class RowExpression(ImmutableArray<Expression> arguments, DataType type, RowKernel kernel, bool seesNulls, string source) : Expression(type)
{
    public override Column Evaluate(Frame frame, Selection rows)
    {
        var columns = new Column[arguments.Length];
        for (var i = 0; i < columns.Length; i++) columns[i] = arguments[i].Evaluate(frame, rows);
        var result = Column.Create(Type, frame.Count);
        var call = new RowCall(frame, columns, result, source);
        for (var row = 0; row < frame.Count; row++)
        {
            if (!rows.Contains(row) || (!seesNulls && AnyNull(columns, row)))
            {
                result.AppendNull();
                continue;
            }
            call.Row = row;
            kernel(call);
        }
        foreach (var column in columns) column.Release();
        return result;
    }

    private static bool AnyNull(Column[] columns, int row)
    {
        foreach (var column in columns)
        {
            if (column.IsNull(row)) return true;
        }
        return false;
    }
}

/// <summary>Arguments and result of one row of a function.</summary>
internal sealed class RowCall(Frame frame, Column[] arguments, Column result, string source)
{
    public int Row { get; set; }

    /// <summary>How many arguments the call has.</summary>
    public int Count => arguments.Length;

    public Frame Frame => frame;

    public bool IsNull(int argument) => arguments[argument].IsNull(Row);

    public ReadOnlySpan<byte> Bytes(int argument) => ((BytesColumn)arguments[argument])[Row];

    public string Text(int argument) => Encoding.UTF8.GetString(Bytes(argument));

    public long Integer(int argument) => ((Int64Column)arguments[argument])[Row];

    public double Double(int argument) => ((DoubleColumn)arguments[argument])[Row];

    public Int128 Decimal(int argument) => ((DecimalColumn)arguments[argument])[Row];

    /// <summary>The result's column, for kernels that write text in place.</summary>
    public BytesColumn Output => (BytesColumn)result;

    public void Return(ReadOnlySpan<byte> value) => ((BytesColumn)result).Append(value);

    public void Return(string value) => ((BytesColumn)result).Append(value);

    public void Return(long value) => ((Int64Column)result).Append(value);

    public void Return(double value) => ((DoubleColumn)result).Append(value);

    public void Return(Int128 value) => ((DecimalColumn)result).Append(value);

    public void Return(bool value) => ((BooleanColumn)result).Append(value ? (byte)1 : (byte)0);

    public void ReturnNull() => result.AppendNull();

    /// <summary>Fails the row; <paramref name="reason"/> is followed by the place: <c>… in LOG(x)</c>.</summary>
    public void Fail(string reason)
    {
        result.AppendNull();
        frame.Fail(Row, $"{reason} in {source}");
    }
}
