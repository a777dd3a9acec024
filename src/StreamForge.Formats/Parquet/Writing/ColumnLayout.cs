using StreamForge.Core;
using StreamForge.Formats.DataFiles;

namespace StreamForge.Formats.Parquet.Writing;

/// <summary>How a column's values are stored (Iceberg specification, appendix A: Parquet).</summary>
/// <param name="Column">The column.</param>
/// <param name="Physical">The physical type.</param>
/// <param name="Width">Bytes of a value; 0 where they differ.</param>
internal sealed record ColumnLayout(DataFileColumn Column, PhysicalType Physical, int Width)
{
    public static ColumnLayout Of(DataFileColumn column) => column.Type.Kind switch
    {
        TypeKind.Boolean => new(column, PhysicalType.Boolean, 1),
        TypeKind.Int or TypeKind.Date => new(column, PhysicalType.Int32, 4),
        TypeKind.BigInt or TypeKind.Timestamp or TypeKind.TimestampTz => new(column, PhysicalType.Int64, 8),
        TypeKind.Double => new(column, PhysicalType.Double, 8),
        TypeKind.Decimal when column.Type.Precision <= 9 => new(column, PhysicalType.Int32, 4),
        TypeKind.Decimal when column.Type.Precision <= 18 => new(column, PhysicalType.Int64, 8),
        TypeKind.Decimal => new(column, PhysicalType.FixedLenByteArray, DecimalBytes(column.Type.Precision)),
        _ => new(column, PhysicalType.ByteArray, 0),
    };

    /// <summary>The fewest bytes whose two's complement holds every number of <paramref name="precision"/> digits.</summary>
    public static int DecimalBytes(int precision)
    {
        var bytes = 1;
        while (bytes < 16 && (Int128.One << (8 * bytes - 1)) < Decimal128.Power(precision)) bytes++;
        return bytes;
    }
}
