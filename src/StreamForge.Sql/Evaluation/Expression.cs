using StreamForge.Core;
using StreamForge.Sql.Ranges;

namespace StreamForge.Sql.Evaluation;

/// <summary>
/// A typed expression that computes a column from a batch. Immutable and safe to share between threads.
/// </summary>
internal abstract class Expression(DataType type)
{
    public DataType Type { get; } = type;

    /// <summary>
    /// One value for each row of the frame, those outside <paramref name="rows"/> without meaning. The caller owns one reference to the result,
    /// which may be shared and must not be changed. A row that fails is null and reported, if it is in <paramref name="rows"/>.
    /// </summary>
    public abstract Column Evaluate(Frame frame, Selection rows);

    /// <summary>What is known of the values, from what is known of the columns; nothing, where an expression does not say more.</summary>
    public virtual ColumnRange Range(RangeFrame frame) => ColumnRange.Unknown;

    /// <summary>Which truth values a boolean expression may have.</summary>
    public virtual Truth Possible(RangeFrame frame) => Truth.Any;
}

/// <summary>A column of the input.</summary>
internal sealed class ColumnExpression(int index, DataType type) : Expression(type)
{
    /// <summary>Position in the schema that the text was bound to.</summary>
    public int Index => index;

    public override Column Evaluate(Frame frame, Selection rows)
    {
        var column = frame.Column(index);
        column.Retain();
        return column;
    }

    public override ColumnRange Range(RangeFrame frame) => frame.Column(index);

    public override Truth Possible(RangeFrame frame) => Truths.Compare(ComparisonKind.Equal, frame.Column(index), ConstantExpression.Of(true).Range(frame));
}

/// <summary>Computes <paramref name="value"/> once and lets <paramref name="body"/> use it several times through <see cref="SlotExpression"/>.</summary>
internal sealed class LetExpression(int slot, Expression value, Expression body) : Expression(body.Type)
{
    public override Column Evaluate(Frame frame, Selection rows)
    {
        var column = value.Evaluate(frame, rows);
        frame.SetSlot(slot, column);
        var result = body.Evaluate(frame, rows);
        frame.SetSlot(slot, null);
        column.Release();
        return result;
    }

    public override ColumnRange Range(RangeFrame frame)
    {
        frame.SetSlot(slot, value.Range(frame));
        return body.Range(frame);
    }

    public override Truth Possible(RangeFrame frame)
    {
        frame.SetSlot(slot, value.Range(frame));
        return body.Possible(frame);
    }
}

internal sealed class SlotExpression(int slot, DataType type) : Expression(type)
{
    public override Column Evaluate(Frame frame, Selection rows)
    {
        var column = frame.Slot(slot)!;
        column.Retain();
        return column;
    }

    public override ColumnRange Range(RangeFrame frame) => frame.Slot(slot);
}
