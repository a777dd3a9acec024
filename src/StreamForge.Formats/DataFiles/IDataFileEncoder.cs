using System.Buffers;
using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Formats.DataFiles;

/// <summary>
/// Turns columns into the bytes of one Parquet or Avro file. Bytes come out in the order of the file through the <see cref="IBufferWriter{T}"/> that the encoder was made with, at any call; whoever
/// owns that buffer writes them to the file and clears it between two calls. One thread at a time; owns rented memory until disposed.
/// </summary>
public interface IDataFileEncoder : IDisposable
{
    /// <summary>Rows taken so far.</summary>
    long Rows { get; }

    /// <summary>About how long the file would be if it were completed now: what has come out, and what is still held.</summary>
    long EstimatedBytes { get; }

    /// <summary>Takes all rows of <paramref name="columns"/>, which are the file's, in its order and of its types, and equally long.</summary>
    void Write(ReadOnlySpan<Column> columns);

    /// <summary>Takes the rows named by <paramref name="rows"/>, in that order.</summary>
    void Write(ReadOnlySpan<Column> columns, ReadOnlySpan<int> rows);

    /// <summary>Puts the rest of the file out. Once, and nothing else after it but <see cref="IDisposable.Dispose"/>.</summary>
    DataFileMetrics Complete();
}

/// <summary>A column of a data file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type; nested values are text.</param>
/// <param name="FieldId">Iceberg's field id, or 0 for none.</param>
/// <param name="Required">No row is null.</param>
public sealed record DataFileColumn(string Name, DataType Type, int FieldId, bool Required = false);

/// <summary>What a table keeps of a file beside its place.</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Bytes">The file's length.</param>
/// <param name="SplitOffsets">Where row groups or blocks begin that may be read alone; ascending, possibly none.</param>
/// <param name="Columns">One for each column of the file, in its order; none where the format keeps none (Avro).</param>
public sealed record DataFileMetrics(long Rows, long Bytes, ImmutableArray<long> SplitOffsets, ImmutableArray<ColumnMetrics> Columns);

/// <param name="FieldId">The column's field id.</param>
/// <param name="Bytes">Bytes that it takes in the file, compressed.</param>
/// <param name="Values">Rows, null or not.</param>
/// <param name="Nulls">Null rows.</param>
/// <param name="NaNs">Rows that are NaN; null for types that have none.</param>
/// <param name="Bounds">A column of two rows, the least and the greatest value, nulls and NaN left out, strings and bytes whole; null when there is no value. Doubles: -0.0 is the lower bound of zeros, 0.0 the upper.</param>
public sealed record ColumnMetrics(int FieldId, long Bytes, long Values, long Nulls, long? NaNs, Column? Bounds);
