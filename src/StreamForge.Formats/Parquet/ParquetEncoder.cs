using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Formats.DataFiles;
using StreamForge.Formats.Parquet.Writing;

namespace StreamForge.Formats.Parquet;

/// <summary>
/// Writes a Parquet file (apache/parquet-format 2.12; types as in the Iceberg specification, appendix A).
/// <para>
/// The file is <c>PAR1</c>, row groups, the page index, the footer, its length and <c>PAR1</c>. A row group holds for each column a chunk: a page with the dictionary where one pays, then data
/// pages (version 1), each of definition levels for a column that may be null and of values. Pages are made and compressed while rows arrive and held until their row group ends, since a chunk's
/// pages stand together; so little is held while few rows have come. Array, map and row columns are JSON text and written as strings.
/// </para>
/// </summary>
public sealed class ParquetEncoder : IDataFileEncoder
{
    private static readonly byte[] Magic = "PAR1"u8.ToArray();

    private readonly CountingWriter _output;
    private readonly ParquetOptions _options;
    private readonly PageAssembler _assembler;
    private readonly ColumnLayout[] _layouts;
    private readonly ColumnEncoder[] _columns;
    private readonly List<RowGroupRecord> _groups = [];
    private int _groupRows;
    private bool _completed;

    /// <param name="output">Takes the file's bytes.</param>
    /// <param name="columns">The file's columns, at least one.</param>
    /// <param name="options">How the file is written; default for all.</param>
    /// <exception cref="StreamForgeException">Unavailable: zstd is asked for and its library is not installed.</exception>
    public ParquetEncoder(IBufferWriter<byte> output, ImmutableArray<DataFileColumn> columns, ParquetOptions? options = null)
    {
        if (columns.IsDefaultOrEmpty) throw new ArgumentException("A Parquet file needs a column.", nameof(columns));
        _options = options ?? new ParquetOptions();
        _output = new CountingWriter(output);
        _assembler = new PageAssembler(_options);
        _layouts = [.. columns.Select(ColumnLayout.Of)];
        _columns = [.. _layouts.Select(layout => Create(layout, _assembler))];
        _output.Write(Magic);
    }

    public long Rows { get; private set; }

    public long EstimatedBytes => _output.Count + HeldBytes;

    public void Write(ReadOnlySpan<Column> columns) => Write(columns, [], columns.IsEmpty ? 0 : columns[0].Count);

    public void Write(ReadOnlySpan<Column> columns, ReadOnlySpan<int> rows)
    {
        if (!rows.IsEmpty) Write(columns, rows, rows.Length);
    }

    public DataFileMetrics Complete()
    {
        ObjectDisposedException.ThrowIf(_completed, this);
        EndRowGroup();
        _completed = true;
        using var tail = new PooledBuffer();
        FooterWriter.WritePageIndex(_groups, _output.Count, tail);
        var footerAt = tail.Length;
        FooterWriter.WriteFooter(_layouts, _groups, _options, tail);
        var footerBytes = tail.Length - footerAt;
        BinaryPrimitives.WriteInt32LittleEndian(tail.Take(sizeof(int)), footerBytes);
        tail.Add(Magic);
        _output.Write(tail.Written);
        return new DataFileMetrics(Rows, _output.Count, [.. _groups.Select(group => group.Offset)], [.. _columns.Select(column => column.Metrics())]);
    }

    public void Dispose()
    {
        foreach (var column in _columns) column.Dispose();
        _assembler.Dispose();
        _completed = true;
    }

    private long HeldBytes
    {
        get
        {
            long held = 0;
            foreach (var column in _columns) held += column.HeldBytes;
            return held;
        }
    }

    private void Write(ReadOnlySpan<Column> columns, ReadOnlySpan<int> rows, int count)
    {
        ObjectDisposedException.ThrowIf(_completed, this);
        if (columns.Length != _columns.Length) throw new ArgumentException($"The file has {_columns.Length} columns, not {columns.Length}.", nameof(columns));
        for (var at = 0; at < count;)
        {
            var take = Math.Min(Math.Min(count - at, _options.RowGroupRows - _groupRows), ColumnEncoder.SliceRows);
            for (var i = 0; i < _columns.Length; i++) _columns[i].Append(columns[i], new RowSlice(rows, at, take));
            at += take;
            Rows += take;
            _groupRows += take;
            if (_groupRows >= _options.RowGroupRows || HeldBytes >= _options.RowGroupBytes) EndRowGroup();
        }
    }

    private void EndRowGroup()
    {
        if (_groupRows == 0) return;
        var offset = _output.Count;
        var chunks = new ChunkRecord[_columns.Length];
        for (var i = 0; i < chunks.Length; i++)
        {
            var at = _output.Count;
            chunks[i] = _columns[i].EndChunk(_output);
            chunks[i].Offset = at;
        }
        _groups.Add(new RowGroupRecord(_groupRows, offset, chunks));
        _groupRows = 0;
    }

    private static ColumnEncoder Create(ColumnLayout layout, PageAssembler assembler) => layout.Physical switch
    {
        PhysicalType.Boolean => new BooleanColumnEncoder(layout, assembler),
        PhysicalType.Int32 => new FixedColumnEncoder<int>(layout, assembler, new Int32Kind()),
        PhysicalType.Int64 => new FixedColumnEncoder<long>(layout, assembler, new Int64Kind()),
        PhysicalType.Double => new FixedColumnEncoder<double>(layout, assembler, new DoubleKind()),
        PhysicalType.FixedLenByteArray => new FixedColumnEncoder<Int128>(layout, assembler, new DecimalKind(layout.Width)),
        _ => new BytesColumnEncoder(layout, assembler),
    };

    /// <summary>Knows the offset in the file.</summary>
    private sealed class CountingWriter(IBufferWriter<byte> output) : IBufferWriter<byte>
    {
        public long Count { get; private set; }

        public void Advance(int count)
        {
            output.Advance(count);
            Count += count;
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => output.GetMemory(sizeHint);

        public Span<byte> GetSpan(int sizeHint = 0) => output.GetSpan(sizeHint);
    }
}
