using StreamForge.Core;

namespace StreamForge.Connectors.Files.Tables;

/// <summary>Makes a column of one type one of another that holds all its values (<see cref="TableFormat.IsLossless"/>).</summary>
internal static class Widening
{
    /// <summary>The column as <paramref name="type"/>; takes it over.</summary>
    /// <exception cref="StreamForgeException">Corrupt: this file's type is another than that of the file by which the column was declared.</exception>
    public static Column Apply(Column column, DataType type, string location)
    {
        if (column.Type == type) return column;
        if (!TableFormat.IsLossless(column.Type, type))
        {
            var was = column.Type;
            column.Release();
            throw new StreamForgeException(ErrorKind.Corrupt, $"{location}: a column is {was} where {type} is wanted");
        }
        var result = Column.Create(type, column.Count);
        for (var row = 0; row < column.Count; row++)
        {
            if (column.IsNull(row)) result.AppendNull();
            else Append(result, column, row);
        }
        column.Release();
        return result;
    }

    private static void Append(Column target, Column source, int row)
    {
        switch (source, target)
        {
            case (Int64Column numbers, DoubleColumn doubles):
                doubles.Append(numbers[row]);
                break;
            case (Int64Column days, Int64Column times) when source.Type.Kind == TypeKind.Date && target.Type.IsTimestamp:
                times.Append(days[row] * EventTime.Day);
                break;
            case (DecimalColumn numbers, DecimalColumn wider):
                wider.Append(numbers[row] * Decimal128.Power(target.Type.Scale - source.Type.Scale));
                break;
            default:
                target.AppendFrom(source, row);
                break;
        }
    }
}
