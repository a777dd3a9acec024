using StreamForge.Core;

namespace StreamForge.Sql.Ranges;

/// <summary>
/// What is known of a column over some rows that nobody has read: those of a file, of a part of it, or of a partition. The default knows nothing, which is always right; whatever is said must hold for every row.
/// </summary>
/// <param name="Bounds">A column of two rows, of the column's type: no value is below the first or above the second, null and NaN left out. A row that is null is not known; null when neither is. Borrowed.</param>
/// <param name="NeverNull">No row is null.</param>
/// <param name="AlwaysNull">Every row is null.</param>
/// <param name="NeverNaN">No row is NaN; types without NaN need not say so.</param>
/// <param name="MayContain">Whether some row may have the value of a row of a column, which is of the same kind of type but perhaps another precision and scale; where rows were spread by a hash. null when nothing is known.</param>
public readonly record struct ColumnRange(Column? Bounds, bool NeverNull = false, bool AlwaysNull = false, bool NeverNaN = false, Func<Column, int, bool>? MayContain = null)
{
    /// <summary>Nothing is known.</summary>
    public static ColumnRange Unknown => default;

    internal bool MayBeNaN => !NeverNaN && Bounds is null or DoubleColumn;

    /// <summary>Whether the least (row 0) or the greatest value (row 1) is known. A bound that is NaN says nothing.</summary>
    internal bool Knows(int row) => Bounds is not null && !Bounds.IsNull(row) && (Bounds is not DoubleColumn numbers || !double.IsNaN(numbers[row]));
}
