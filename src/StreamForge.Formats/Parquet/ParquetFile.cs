using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Formats.Parquet.Reading;
using StreamForge.Formats.Parquet.Thrift;

namespace StreamForge.Formats.Parquet;

/// <summary>
/// A Parquet file open for reading: its footer is in memory, and its row groups can be read, also several at once from different tasks.
/// It reads what other writers make: all physical types, data pages of both versions, all encodings of parquet-format 2.12 but BIT_PACKED levels, and snappy, gzip, brotli, zstd and LZ4_RAW.
/// Whatever a file's bytes are, reading ends, with a sentence where they are damaged.
/// </summary>
public sealed class ParquetFile : IAsyncDisposable
{
    /// <summary>A footer's length and the magic.</summary>
    private const int Tail = 8;
    private const int FirstRead = 64 * 1024;

    private readonly IObjectReader _file;

    private ParquetFile(IObjectReader file, FileMetadata metadata, ImmutableArray<ParquetColumn> columns)
    {
        _file = file;
        Columns = columns;
        Rows = metadata.Rows;
        Metadata = metadata.KeyValues;
        CreatedBy = metadata.CreatedBy;
        RowGroups = [.. metadata.RowGroups.Select(group => new ParquetRowGroup(this, group))];
    }

    /// <summary>The top-level columns.</summary>
    public ImmutableArray<ParquetColumn> Columns { get; }

    public long Rows { get; }

    public ImmutableArray<ParquetRowGroup> RowGroups { get; }

    /// <summary>The footer's further entries, such as <c>iceberg.schema</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The program that wrote the file.</summary>
    public string? CreatedBy { get; }

    public string Location => _file.Location;

    /// <summary>Reads the footer.</summary>
    /// <param name="file">The file, which is owned from here on, also when this fails.</param>
    /// <param name="cancellation">Ends the wait for the file.</param>
    /// <exception cref="StreamForgeException">Corrupt: it is no Parquet file, or damaged.</exception>
    public static async ValueTask<ParquetFile> OpenAsync(IObjectReader file, CancellationToken cancellation)
    {
        try
        {
            return await ReadFooterAsync(file, cancellation);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>Begins to read columns of a row group.</summary>
    /// <param name="rowGroup">Its number in <see cref="RowGroups"/>.</param>
    /// <param name="columns">Numbers in <see cref="Columns"/>.</param>
    /// <exception cref="StreamForgeException">Corrupt: a column's place is not within the file. NotSupported: it has something that we do not read.</exception>
    public ParquetRowGroupReader Read(int rowGroup, ReadOnlySpan<int> columns)
    {
        var readers = new ColumnReader[columns.Length];
        var done = 0;
        try
        {
            for (; done < readers.Length; done++) readers[done] = Open(rowGroup, Columns[columns[done]]);
            return new ParquetRowGroupReader(readers, RowGroups[rowGroup].Rows);
        }
        catch
        {
            for (var i = 0; i < done; i++) readers[i].Dispose();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    private static async ValueTask<ParquetFile> ReadFooterAsync(IObjectReader file, CancellationToken cancellation)
    {
        if (file.Length < 4 + Tail) throw Damaged(file, file.Length, "the file is too short to be Parquet");
        var length = (int)Math.Min(file.Length, FirstRead);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            await file.ReadAsync(file.Length - length, buffer.AsMemory(0, length), cancellation);
            var magic = buffer.AsSpan(length - 4, 4);
            if (magic.SequenceEqual("PARE"u8)) throw new StreamForgeException(ErrorKind.NotSupported, $"{file.Location}: encrypted Parquet files are not supported yet");
            if (!magic.SequenceEqual("PAR1"u8)) throw Damaged(file, file.Length - 4, "the file does not end with PAR1: it is no Parquet file, or cut");
            var footer = BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(length - Tail));
            if (footer <= 0 || footer > file.Length - Tail - 4) throw Damaged(file, file.Length - Tail, $"a footer of {footer} bytes leaves the file");
            if (footer + Tail > length)
            {
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = [];
                length = footer + Tail;
                buffer = ArrayPool<byte>.Shared.Rent(length);
                await file.ReadAsync(file.Length - length, buffer.AsMemory(0, length), cancellation);
            }
            return Parse(file, buffer.AsSpan(length - Tail - footer, footer));
        }
        finally
        {
            if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static ParquetFile Parse(IObjectReader file, ReadOnlySpan<byte> footer)
    {
        try
        {
            var metadata = FileMetadata.Parse(footer);
            var tree = new SchemaTree(metadata.Schema);
            var columns = tree.Build();
            foreach (var group in metadata.RowGroups)
            {
                if (group.Rows < 0) throw new DamagedParquetException($"a row group has {group.Rows} rows");
                if (group.Chunks.Count != tree.Leaves) throw new DamagedParquetException($"a row group has {group.Chunks.Count} columns where the schema has {tree.Leaves}");
            }
            return new ParquetFile(file, metadata, columns);
        }
        catch (DamagedParquetException damaged)
        {
            throw Damaged(file, file.Length - Tail - footer.Length, damaged.Message);
        }
    }

    private ColumnReader Open(int rowGroup, ParquetColumn column)
    {
        if (column.Storage is not null)
        {
            var values = ValueReader.Of(column.Storage);
            return new FlatReader(Pages(rowGroup, column, values), column, values);
        }
        var leaves = new Dictionary<int, LeafRecords>();
        try
        {
            AddLeaves(rowGroup, column, leaves);
            return new NestedReader(column, leaves);
        }
        catch
        {
            foreach (var leaf in leaves.Values) leaf.Dispose();
            throw;
        }
    }

    private void AddLeaves(int rowGroup, ParquetColumn column, Dictionary<int, LeafRecords> leaves)
    {
        if (column.Storage is null)
        {
            foreach (var child in column.Children) AddLeaves(rowGroup, child, leaves);
            return;
        }
        var values = ValueReader.Of(column.Storage);
        leaves.Add(column.Leaf, new LeafRecords(Pages(rowGroup, column, values), column, values));
    }

    private ChunkPages Pages(int rowGroup, ParquetColumn leaf, ValueReader values) => new(_file, RowGroups[rowGroup].Metadata.Chunks[leaf.Leaf], leaf, values, rowGroup, _file.Length - Tail);

    private static StreamForgeException Damaged(IObjectReader file, long offset, string sentence) => new(ErrorKind.Corrupt, $"{file.Location}: at byte {offset}: {sentence}");
}
