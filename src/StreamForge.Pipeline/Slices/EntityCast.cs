using StreamForge.Core;

namespace StreamForge.Pipeline.Slices;

/// <summary>
/// Converts a key's column to the type that its view declares, by value and without loss: 17850.0 becomes bigint 17850, while 17850.5 fails its row,
/// since two different values must not become one key.
/// </summary>
public static class EntityCast
{
    public static bool IsPossible(DataType from, DataType to) =>
        from == to || to.Kind == TypeKind.String || from.Kind == TypeKind.String || (from.IsNumeric && to.IsNumeric) || (from.IsTimestamp && to.IsTimestamp);

    /// <summary>The column as type <paramref name="to"/>; the caller owns one reference. Rows that do not convert are null and reported.</summary>
    public static Column Apply(Column column, DataType to, string name, IRowErrors errors)
    {
        if (column.Type == to || (column.Type.IsInteger && to.Kind == TypeKind.BigInt) || (column.Type.IsTimestamp && to.IsTimestamp))
        {
            column.Retain();
            return column;
        }
        var result = Column.Create(to, column.Count);
        for (var row = 0; row < column.Count; row++)
        {
            if (column.IsNull(row))
            {
                result.AppendNull();
                continue;
            }
            if (TryAppendNumber(result, column, row)) continue;
            var text = FeatureValue.From(column, row).ToString();
            if (TextValue.TryAppend(result, text)) continue;
            result.AppendNull();
            errors.Report(row, $"{name} = {text} is no {to}");
        }
        return result;
    }

    // The common case, a whole number read as a double, without going through text.
    private static bool TryAppendNumber(Column result, Column column, int row)
    {
        if (result is not Int64Column target || !target.Type.IsInteger || column is not DoubleColumn doubles) return false;
        var value = doubles[row];
        if (value != Math.Floor(value) || Math.Abs(value) > 1L << 53) return false;
        if (target.Type.Kind == TypeKind.Int && Math.Abs(value) > int.MaxValue) return false;
        target.Append((long)value);
        return true;
    }
}
