using System.Buffers;
using StreamForge.Core;

namespace StreamForge.Formats.Debezium;

/// <summary>
/// Tells an old image that holds the primary key alone. Under PostgreSQL's default replica identity a delete has the key, and null in all other columns but those that cannot be null: these hold their default, or what stands for
/// nothing in their type. An image that says nothing in any column that is read, the key's aside, cannot be told from that; to take it for whole would be to guess.
/// </summary>
internal static class WholeImage
{
    private static readonly SearchValues<byte> Zeros = SearchValues.Create("0.:TZ- "u8);

    /// <param name="isKey">Whether a column is one of the primary key.</param>
    /// <param name="schema">The record's schema; null where it has none.</param>
    public static bool SaysSomething(RowBuilder rows, int row, ReadOnlySpan<bool> isKey, BoundSchema? schema)
    {
        var others = false;
        for (var i = 0; i < isKey.Length; i++)
        {
            if (isKey[i]) continue;
            others = true;
            var column = rows.Writers[i].Column;
            if (!column.IsNull(row) && !IsNothing(column, row) && !(schema is not null && IsDefault(column, row, schema.Defaults[i]))) return true;
        }
        return !others;
    }

    /// <summary>0, false, the beginning of 1970, an empty text, list or object.</summary>
    private static bool IsNothing(Column column, int row) => column switch
    {
        Int64Column values => values[row] == 0,
        DoubleColumn values => values[row] == 0,
        BooleanColumn values => values[row] == 0,
        DecimalColumn values => values[row] == 0,
        BytesColumn values => IsNothing(values[row]),
        _ => false,
    };

    private static bool IsNothing(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text.SequenceEqual("[]"u8) || text.SequenceEqual("{}"u8) || text.SequenceEqual("AA=="u8) || text.SequenceEqual("false"u8)) return true;
        if (text.StartsWith("1970-01-01"u8)) text = text[10..];
        // Zeros with what separates them: 0.00, 00:00:00Z, T00:00:00.000000Z.
        return text.IndexOfAnyExcept(Zeros) < 0;
    }

    private static bool IsDefault(Column column, int row, Column defaults) => !defaults.IsNull(0) && (column, defaults) switch
    {
        (Int64Column a, Int64Column b) => a[row] == b[0],
        (DoubleColumn a, DoubleColumn b) => a[row].Equals(b[0]),
        (BooleanColumn a, BooleanColumn b) => a[row] == b[0],
        (DecimalColumn a, DecimalColumn b) => a[row] == b[0],
        (BytesColumn a, BytesColumn b) => a[row].SequenceEqual(b[0]),
        _ => false,
    };
}
