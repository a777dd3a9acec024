using System.Buffers;
using System.Buffers.Binary;
using StreamForge.Core;
using StreamForge.Formats.DataFiles;
using StreamForge.Formats.Parquet.Encodings;

namespace StreamForge.Formats.Parquet.Writing;

/// <summary>
/// One column of the file being written: takes rows, makes pages of them, and keeps the pages of the present row group until it ends.
/// <para>
/// A chunk begins with a dictionary. When its first page is made and the dictionary does not pay, the page is written plain and so is the rest of the chunk; when the dictionary has grown
/// too large, the pages so far stay and further ones are plain.
/// </para>
/// </summary>
internal abstract class ColumnEncoder(ColumnLayout layout, PageAssembler assembler) : IDisposable
{
    /// <summary>Rows that are taken at once.</summary>
    public const int SliceRows = 2048;

    private readonly SegmentedBuffer _pages = new();
    private byte[] _valid = [];
    private List<PageRecord> _records = [];
    private long _chunkRows;
    private long _chunkNulls;
    private long _uncompressed;
    private int _dictionaryPages;
    private int _plainPages;
    private int _pageRows;
    private int _pageNulls;
    private long _fileBytes;
    private long _fileRows;
    private long _fileNulls;

    protected ColumnLayout Layout { get; } = layout;

    protected PageAssembler Assembler { get; } = assembler;

    /// <summary>Bytes held for the present row group.</summary>
    public long HeldBytes => _pages.Length + PageBytes + DictionaryBytes;

    /// <summary>Whether values of the present page are kept as numbers of the dictionary.</summary>
    protected abstract bool UsesDictionary { get; }

    /// <summary>Bytes of the dictionary's page, uncompressed; 0 for none.</summary>
    protected abstract int DictionaryBytes { get; }

    /// <summary>About how many bytes the present page has.</summary>
    protected abstract int PageBytes { get; }

    public void Append(Column column, RowSlice rows)
    {
        var limit = Assembler.Options.PageRows;
        for (var at = 0; at < rows.Count;)
        {
            var count = Math.Min(Math.Min(rows.Count - at, limit - _pageRows), SliceRows);
            var taken = AppendValues(column, rows.Slice(at, count));
            AddLevels(column, rows.Slice(at, taken));
            at += taken;
            if (_pageRows >= limit || PageBytes >= Assembler.Options.PageBytes) EndPage();
            if (UsesDictionary && DictionaryBytes > Assembler.Options.DictionaryBytes)
            {
                if (_pageRows > 0) EndPage();
                if (UsesDictionary) StopDictionary();
            }
        }
    }

    /// <summary>Ends the chunk, writes it, and gets ready for the next row group.</summary>
    public ChunkRecord EndChunk(IBufferWriter<byte> output)
    {
        if (_pageRows > 0) EndPage();
        var dictionaryBytes = 0;
        if (_dictionaryPages > 0)
        {
            using var page = new SegmentedBuffer();
            Assembler.Body.Clear();
            var values = WriteDictionary();
            var (written, uncompressed) = Assembler.Emit(page, PageType.Dictionary, values, PageEncoding.Plain);
            dictionaryBytes = written;
            _uncompressed += uncompressed;
            page.MoveTo(output);
        }
        var record = new ChunkRecord
        {
            Layout = Layout,
            Rows = _chunkRows,
            Nulls = _chunkNulls,
            Bounds = EndChunkBounds(),
            Pages = _records,
            DictionaryPages = _dictionaryPages,
            PlainPages = _plainPages,
            DictionaryBytes = dictionaryBytes,
            UncompressedBytes = _uncompressed,
            CompressedBytes = dictionaryBytes + _pages.Length,
        };
        _fileBytes += record.CompressedBytes;
        _fileRows += _chunkRows;
        _fileNulls += _chunkNulls;
        _pages.MoveTo(output);
        _records = [];
        _chunkRows = _chunkNulls = _uncompressed = 0;
        _dictionaryPages = _plainPages = 0;
        StartDictionary();
        return record;
    }

    /// <summary>What is known of the column once all chunks have ended.</summary>
    public ColumnMetrics Metrics() => new(Layout.Column.FieldId, _fileBytes, _fileRows, _fileNulls, NaNs, FileBounds());

    public virtual void Dispose()
    {
        _pages.Dispose();
        if (_valid.Length > 0) ArrayPool<byte>.Shared.Return(_valid);
        _valid = [];
    }

    /// <summary>Takes the values of rows from the first on, at least one row.</summary>
    /// <returns>Rows taken: less than all when the page is full.</returns>
    protected abstract int AppendValues(Column column, RowSlice rows);

    /// <summary>Writes the page's values by their numbers.</summary>
    protected abstract void WriteIndices();

    /// <summary>Writes the page's values, which are not kept as numbers.</summary>
    protected abstract void WritePlain();

    /// <summary>Turns the page's numbers into values and gives the dictionary up.</summary>
    protected abstract void AbandonDictionary();

    /// <summary>Whether the page's values take more bytes than their numbers, given as <paramref name="indexBytes"/>, and the dictionary together.</summary>
    protected abstract bool DictionaryPays(int indexBytes);

    /// <summary>Further values do not go to the dictionary.</summary>
    protected abstract void StopDictionary();

    /// <summary>An empty dictionary for the next chunk.</summary>
    protected abstract void StartDictionary();

    /// <summary>Writes the dictionary's values; how many.</summary>
    protected abstract int WriteDictionary();

    /// <summary>The bounds of the page's values, which are added to the chunk's; then the page has none.</summary>
    protected abstract (byte[]? Min, byte[]? Max) EndPageBounds();

    /// <summary>The chunk's bounds, which are added to the file's.</summary>
    protected abstract ChunkBounds EndChunkBounds();

    protected abstract long? NaNs { get; }

    protected abstract Column? FileBounds();

    /// <summary>Forgets the page's values.</summary>
    protected abstract void ClearPage();

    private void AddLevels(Column column, RowSlice rows)
    {
        if (column.HasNulls)
        {
            if (Layout.Column.Required) RequireValues(column, rows);
            var valid = column.Valid;
            var nulls = 0;
            for (var i = 0; i < rows.Count; i++) nulls += 1 - valid[rows[i]];
            if (nulls > 0 && _pageNulls == 0)
            {
                if (_valid.Length < Assembler.Options.PageRows)
                {
                    if (_valid.Length > 0) ArrayPool<byte>.Shared.Return(_valid);
                    _valid = ArrayPool<byte>.Shared.Rent(Assembler.Options.PageRows);
                }
                _valid.AsSpan(0, _pageRows).Fill(1);
            }
            _pageNulls += nulls;
            if (_pageNulls > 0)
            {
                for (var i = 0; i < rows.Count; i++) _valid[_pageRows + i] = valid[rows[i]];
            }
        }
        else if (_pageNulls > 0)
        {
            _valid.AsSpan(_pageRows, rows.Count).Fill(1);
        }
        _pageRows += rows.Count;
    }

    private void RequireValues(Column column, RowSlice rows)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            if (column.IsNull(rows[i])) throw new StreamForgeException(ErrorKind.InvalidArgument, $"column {Layout.Column.Name} is required, and row {_fileRows + _chunkRows + _pageRows + i} of the file is null");
        }
    }

    private void EndPage()
    {
        var body = Assembler.Body;
        body.Clear();
        if (!Layout.Column.Required) WriteLevels();
        var bounds = EndPageBounds();
        var levels = body.Length;
        var encoding = PageEncoding.Plain;
        if (UsesDictionary)
        {
            WriteIndices();
            encoding = PageEncoding.RleDictionary;
            if (_dictionaryPages == 0 && !DictionaryPays(body.Length - levels))
            {
                body.Truncate(levels);
                AbandonDictionary();
                encoding = PageEncoding.Plain;
            }
        }
        if (encoding == PageEncoding.Plain) WritePlain();
        var offset = _pages.Length;
        var (written, uncompressed) = Assembler.Emit(_pages, PageType.Data, _pageRows, encoding);
        _uncompressed += uncompressed;
        _records.Add(new PageRecord(offset, written, _chunkRows, _pageRows, _pageNulls, bounds.Min, bounds.Max));
        if (encoding == PageEncoding.Plain) _plainPages++;
        else _dictionaryPages++;
        _chunkRows += _pageRows;
        _chunkNulls += _pageNulls;
        _pageRows = _pageNulls = 0;
        ClearPage();
    }

    private void WriteLevels()
    {
        var body = Assembler.Body;
        body.Take(4);
        if (_pageNulls == 0)
        {
            // One run of defined values.
            HybridEncoder.EncodeRun(_pageRows, 1, 1, body);
        }
        else
        {
            HybridEncoder.EncodeBits(_valid.AsSpan(0, _pageRows), body);
        }
        BinaryPrimitives.WriteInt32LittleEndian(body.Written, body.Length - 4);
    }
}
