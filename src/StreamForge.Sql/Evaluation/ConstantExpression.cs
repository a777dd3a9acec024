using System.Text;
using StreamForge.Core;
using StreamForge.Sql.Ranges;

namespace StreamForge.Sql.Evaluation;

/// <summary>The same value for every row.</summary>
internal sealed class ConstantExpression : Expression
{
    private readonly Column _value;
    private Column? _bounds;

    /// <param name="value">A column of one row, which is never released: constants live as long as their query.</param>
    /// <param name="untyped">The literal NULL, which takes the type that its surroundings want.</param>
    public ConstantExpression(Column value, bool untyped = false) : base(value.Type)
    {
        _value = value;
        Untyped = untyped;
    }

    public bool Untyped { get; }

    public bool IsNull => _value.IsNull(0);

    public long Integer => ((Int64Column)_value)[0];

    public ReadOnlySpan<byte> Bytes => ((BytesColumn)_value)[0];

    public string Text => Encoding.UTF8.GetString(Bytes);

    public bool Boolean => ((BooleanColumn)_value)[0] != 0;

    public Column Value => _value;

    public static ConstantExpression Null(DataType type) => new(Column.Nulls(type, 1));

    public static ConstantExpression NullLiteral() => new(Column.Nulls(DataType.String, 1), untyped: true);

    public static ConstantExpression Of(DataType type, long value)
    {
        var column = new Int64Column(type, 1);
        column.Append(value);
        return new ConstantExpression(column);
    }

    public static ConstantExpression Of(string value)
    {
        var column = new BytesColumn(DataType.String, 1);
        column.Append(value);
        return new ConstantExpression(column);
    }

    public static ConstantExpression Of(DataType type, ReadOnlySpan<byte> value)
    {
        var column = new BytesColumn(type, 1);
        column.Append(value);
        return new ConstantExpression(column);
    }

    public static ConstantExpression Of(bool value)
    {
        var column = new BooleanColumn(1);
        column.Append(value ? (byte)1 : (byte)0);
        return new ConstantExpression(column);
    }

    public override Column Evaluate(Frame frame, Selection rows)
    {
        var count = frame.Count;
        if (_value is BytesColumn bytes) return Repeat(bytes, count);
        var result = Column.Create(Type, count);
        result.SetLength(count);
        if (IsNull)
        {
            result.WritableValid.Clear();
            result.MarkNulls();
            return result;
        }
        switch (result)
        {
            case Int64Column integers: integers.WritableValues.Fill(((Int64Column)_value)[0]); break;
            case DoubleColumn doubles: doubles.WritableValues.Fill(((DoubleColumn)_value)[0]); break;
            case DecimalColumn decimals: decimals.WritableValues.Fill(((DecimalColumn)_value)[0]); break;
            case BooleanColumn booleans: booleans.WritableValues.Fill(((BooleanColumn)_value)[0]); break;
        }
        return result;
    }

    public override ColumnRange Range(RangeFrame frame) =>
        new(IsNull ? null : _bounds ??= _value.Gather([0, 0]), NeverNull: !IsNull, AlwaysNull: IsNull, NeverNaN: _value is not DoubleColumn number || !double.IsNaN(number[0]));

    public override Truth Possible(RangeFrame frame) => IsNull ? Truth.Unknown : Boolean ? Truth.True : Truth.False;

    private BytesColumn Repeat(BytesColumn value, int count)
    {
        var result = new BytesColumn(Type, count);
        for (var i = 0; i < count; i++)
        {
            if (IsNull) result.AppendNull();
            else result.Append(value[0]);
        }
        return result;
    }
}
