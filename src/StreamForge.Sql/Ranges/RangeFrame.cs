namespace StreamForge.Sql.Ranges;

/// <summary>What is known of an expression's columns, and of the values that its parts share. Lives for one question, on one thread.</summary>
internal sealed class RangeFrame(ColumnRange[] columns, int slots)
{
    private readonly ColumnRange[] _slots = new ColumnRange[slots];

    public ColumnRange Column(int index) => columns[index];

    public ColumnRange Slot(int index) => _slots[index];

    public void SetSlot(int index, ColumnRange range) => _slots[index] = range;
}
