using System.Collections.Immutable;
using StreamForge.Formats.DataFiles;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Iceberg.Manifests;

/// <summary>Makes manifests' entries of what an encoder says about the file that it wrote.</summary>
public static class DataFiles
{
    /// <param name="location">Where the file is.</param>
    /// <param name="format">parquet or avro.</param>
    /// <param name="partition">The partition's values, one for each field of the table's spec.</param>
    /// <param name="metrics">What the encoder counted; its bounds may be released afterwards.</param>
    /// <param name="schema">The schema that the file was written with.</param>
    public static DataFile Of(string location, string format, ImmutableArray<Literal?> partition, DataFileMetrics metrics, TableSchema schema) => new()
    {
        Location = location,
        Format = format.ToUpperInvariant(),
        Partition = partition,
        Records = metrics.Rows,
        Bytes = metrics.Bytes,
        SplitOffsets = metrics.SplitOffsets,
        SortOrderId = 0,
        Columns = [.. metrics.Columns.OrderBy(column => column.FieldId).Select(column => Statistics(column, schema))],
    };

    private static ColumnStatistics Statistics(ColumnMetrics column, TableSchema schema)
    {
        var statistics = new ColumnStatistics(column.FieldId, column.Bytes, column.Values, column.Nulls, column.NaNs);
        if (column.Bounds is null || schema.Find(column.FieldId)?.Type is not PrimitiveType type) return statistics;
        return statistics with
        {
            Lower = Literal.Of(column.Bounds, 0) is { } lower ? Bounds.Lower(type, lower) : null,
            Upper = Literal.Of(column.Bounds, 1) is { } upper ? Bounds.Upper(type, upper) : null,
        };
    }
}
