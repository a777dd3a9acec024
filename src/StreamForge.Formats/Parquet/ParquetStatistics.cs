using StreamForge.Core;
using StreamForge.Formats.Parquet.Reading;
using StreamForge.Formats.Parquet.Thrift;

namespace StreamForge.Formats.Parquet;

/// <summary>What a row group says of one of its columns, without reading it.</summary>
/// <param name="Nulls">Null rows; null when it is not said.</param>
/// <param name="Bounds">
/// A column of two rows of the column's type: no value is below the first or above the second, NaN left out. Either is null when it is not known, and the whole is when neither is, or for nested columns.
/// </param>
/// <param name="MinExact">The first is the least value itself.</param>
/// <param name="MaxExact">The second is the greatest value itself.</param>
public sealed record ParquetStatistics(long? Nulls, Column? Bounds, bool MinExact, bool MaxExact)
{
    /// <summary>Nothing is known.</summary>
    public static ParquetStatistics None { get; } = new(null, null, false, false);

    internal static ParquetStatistics Of(ParquetColumn column, ChunkMetadata chunk)
    {
        if (column.Storage is not { Unsupported: null } leaf || chunk.Statistics is not { } stored || column.MaxRepetition > 0) return None;
        // The deprecated bounds were compared as signed numbers whatever the type.
        var isSigned = leaf.Physical is PhysicalType.Boolean or PhysicalType.Int32 or PhysicalType.Int64 or PhysicalType.Float or PhysicalType.Double && leaf.Form != LeafForm.Unsigned;
        var min = stored.Min ?? (isSigned ? stored.OldMin : null);
        var max = stored.Max ?? (isSigned ? stored.OldMax : null);
        var nulls = stored.Nulls is >= 0 ? stored.Nulls : null;
        if (leaf.Physical == PhysicalType.Int96 || (min is null && max is null)) return new ParquetStatistics(nulls, null, false, false);
        var bounds = Column.Create(column.Type, 2);
        var hasMin = TryAppend(leaf, min, bounds, isLower: true);
        var hasMax = TryAppend(leaf, max, bounds, isLower: false);
        if (hasMin || hasMax) return new ParquetStatistics(nulls, bounds, hasMin && stored.MinExact, hasMax && stored.MaxExact);
        bounds.Release();
        return new ParquetStatistics(nulls, null, false, false);
    }

    private static bool TryAppend(LeafType leaf, byte[]? stored, Column target, bool isLower)
    {
        if (stored is null || (leaf.Width > 0 && stored.Length != leaf.Width))
        {
            target.AppendNull();
            return false;
        }
        Column? value = null;
        try
        {
            value = Value(leaf, stored);
            if (value is DoubleColumn numbers && double.IsNaN(numbers[0]))
            {
                target.AppendNull();
                return false;
            }
            // A zero of either sign may stand for both.
            if (value is DoubleColumn zero && zero[0] == 0) ((DoubleColumn)target).Append(isLower ? -0.0 : 0.0);
            else target.AppendFrom(value, 0);
            return true;
        }
        catch (DamagedParquetException)
        {
            target.AppendNull();
            return false;
        }
        finally
        {
            value?.Release();
        }
    }

    private static Column Value(LeafType leaf, byte[] stored)
    {
        if (leaf.Physical == PhysicalType.Boolean)
        {
            var flag = new BooleanColumn(1);
            flag.Append((byte)(stored[0] & 1));
            return flag;
        }
        // The bounds of byte arrays stand without their length.
        var reader = ValueReader.Of(leaf with { Width = stored.Length });
        var values = PageValues.Bound(stored);
        var column = reader.Create(1);
        try
        {
            reader.Read(values, column, 0, 1);
            return column;
        }
        catch
        {
            column.Release();
            throw;
        }
    }
}
