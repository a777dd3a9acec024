using System.Buffers;
using System.Buffers.Binary;
using StreamForge.Core;
using StreamForge.Formats.Compression;
using StreamForge.Formats.Parquet.Encodings;
using StreamForge.Formats.Parquet.Thrift;

namespace StreamForge.Formats.Parquet.Reading;

/// <summary>
/// The pages of one column chunk, one after another. The file is read through a window that is as large as the largest page, at least <see cref="Window"/> bytes or the chunk; pages are
/// decompressed into one buffer that is reused. For one task at a time.
/// </summary>
internal sealed class ChunkPages : IDisposable
{
    private const int Window = 1 << 20;
    private const int FirstHeader = 256;
    private const int MaxHeader = 16 << 20;
    private const int MaxPage = 1 << 30;

    private readonly IObjectReader _file;
    private readonly ChunkMetadata _chunk;
    private readonly ParquetColumn _leaf;
    private readonly ValueReader _values;
    private readonly int _group;
    private readonly long _end;
    private readonly BlockDecompressor _decompressor = new();
    private byte[] _window = [];
    private long _windowStart;
    private int _windowLength;
    private byte[] _page = [];
    private Column? _dictionary;
    private long _next;
    private long _at;

    public ChunkPages(IObjectReader file, ChunkMetadata chunk, ParquetColumn leaf, ValueReader values, int group, long fileEnd)
    {
        _file = file;
        _chunk = chunk;
        _leaf = leaf;
        _values = values;
        _group = group;
        _next = _at = chunk.DictionaryOffset is > 0 and var dictionary && dictionary < chunk.DataOffset ? dictionary : chunk.DataOffset;
        if (chunk.IsEncrypted) throw Unsupported("encrypted columns are not supported yet");
        if (chunk.IsElsewhere) throw Unsupported("columns in other files are not supported yet");
        if (leaf.Storage!.Unsupported is { } reason) throw Unsupported(reason);
        if (chunk.Type != leaf.Storage.Physical) throw Damaged($"the chunk has {chunk.Type} values where the schema says {leaf.Storage.Physical}");
        if (_next < 4 || chunk.CompressedBytes < 0 || chunk.CompressedBytes > fileEnd - _next) throw Damaged($"the chunk of {chunk.CompressedBytes} bytes leaves the file");
        _end = _next + chunk.CompressedBytes;
    }

    /// <summary>The present page's values.</summary>
    public PageValues Values { get; } = new();

    /// <summary>Values of the present page that were not read yet, null or not.</summary>
    public int Left { get; set; }

    public HybridDecoder Repetition;

    public HybridDecoder Definition;

    /// <summary>Goes to the next data page that has values.</summary>
    /// <returns>false at the chunk's end.</returns>
    public async ValueTask<bool> NextAsync(CancellationToken cancellation)
    {
        while (_next < _end)
        {
            _at = _next;
            var (header, length) = await ReadHeaderAsync(cancellation);
            if (header.CompressedBytes > _end - _at - length) throw Damaged($"a page of {header.CompressedBytes} bytes leaves its chunk");
            var offset = await FillAsync(_at + length, header.CompressedBytes, cancellation);
            _next = _at + length + header.CompressedBytes;
            if (Begin(header, _window.AsMemory(offset, header.CompressedBytes)) && Left > 0) return true;
        }
        return false;
    }

    public StreamForgeException Damaged(string sentence) => new(ErrorKind.Corrupt, Place(sentence));

    public void Dispose()
    {
        Values.Dispose();
        _decompressor.Dispose();
        _dictionary?.Release();
        _dictionary = null;
        if (_window.Length > 0) ArrayPool<byte>.Shared.Return(_window);
        if (_page.Length > 0) ArrayPool<byte>.Shared.Return(_page);
        _window = [];
        _page = [];
    }

    private StreamForgeException Unsupported(string sentence) => new(ErrorKind.NotSupported, Place(sentence));

    private string Place(string sentence) => $"{_file.Location}: row group {_group}, column {_leaf.Name}, page at byte {_at}: {sentence}";

    private async ValueTask<(PageHeader Header, int Length)> ReadHeaderAsync(CancellationToken cancellation)
    {
        for (var size = FirstHeader; ; size *= 4)
        {
            var available = (int)Math.Min(size, _end - _at);
            var offset = await FillAsync(_at, available, cancellation);
            if (TryParse(_window.AsSpan(offset, available), available == _end - _at || size >= MaxHeader, out var header, out var length)) return (header, length);
        }
    }

    /// <summary>Reads a header that may be longer than what is there; at the last attempt that is an error.</summary>
    private bool TryParse(ReadOnlySpan<byte> bytes, bool isLast, out PageHeader header, out int length)
    {
        var reader = new CompactReader(bytes);
        try
        {
            header = PageHeader.Read(ref reader);
            length = reader.Position;
            return true;
        }
        catch (DamagedParquetException damaged)
        {
            if (isLast) throw Damaged(damaged.Message);
            header = default;
            length = 0;
            return false;
        }
    }

    /// <summary>Has bytes of the chunk in the window; the offset in it.</summary>
    private async ValueTask<int> FillAsync(long from, int count, CancellationToken cancellation)
    {
        if (from >= _windowStart && from + count <= _windowStart + _windowLength) return (int)(from - _windowStart);
        var length = (int)Math.Min(_end - from, Math.Max(count, Window));
        if (_window.Length < length)
        {
            if (_window.Length > 0) ArrayPool<byte>.Shared.Return(_window);
            _window = [];
            _window = ArrayPool<byte>.Shared.Rent(length);
        }
        _windowLength = 0;
        await _file.ReadAsync(from, _window.AsMemory(0, length), cancellation);
        _windowStart = from;
        _windowLength = length;
        return 0;
    }

    /// <returns>Whether it is a data page.</returns>
    private bool Begin(in PageHeader header, ReadOnlyMemory<byte> stored)
    {
        try
        {
            switch (header.Type)
            {
                case PageType.Dictionary:
                    ReadDictionary(header, Decompress(stored, header.UncompressedBytes, isCompressed: true));
                    return false;
                case PageType.Data:
                    BeginData(header, Decompress(stored, header.UncompressedBytes, isCompressed: true));
                    return true;
                case PageType.DataV2:
                    BeginDataV2(header, stored);
                    return true;
                default:
                    return false;
            }
        }
        catch (DamagedParquetException damaged)
        {
            throw Damaged(damaged.Message);
        }
    }

    private void ReadDictionary(in PageHeader header, ReadOnlyMemory<byte> data)
    {
        if (header.Encoding is not (PageEncoding.Plain or PageEncoding.PlainDictionary)) throw new DamagedParquetException($"a dictionary in encoding {(int)header.Encoding} is not supported yet");
        var leaf = _leaf.Storage!;
        if (leaf.Physical == PhysicalType.Boolean) throw new DamagedParquetException("booleans have no dictionary");
        if (header.Values > data.Length / Math.Max(leaf.Width, 4) && leaf.Width is 0 or >= 4 || (leaf.Width is > 0 and < 4 && header.Values > data.Length / leaf.Width))
            throw new DamagedParquetException($"a dictionary of {header.Values} values has only {data.Length} bytes");
        _dictionary?.Release();
        _dictionary = null;
        var values = PageValues.Plain(data, leaf.Width);
        var column = _values.Create(header.Values);
        try
        {
            _values.Read(values, column, 0, header.Values);
        }
        catch
        {
            column.Release();
            throw;
        }
        _dictionary = column;
    }

    private void BeginData(in PageHeader header, ReadOnlyMemory<byte> data)
    {
        if (_leaf.MaxRepetition > 0) Repetition = Levels(header.RepetitionEncoding, _leaf.MaxRepetition, ref data);
        if (_leaf.MaxDefinition > 0) Definition = Levels(header.DefinitionEncoding, _leaf.MaxDefinition, ref data);
        Values.Begin(header.Encoding, data, _leaf.Storage!, _dictionary, header.Values);
        Left = header.Values;
    }

    private void BeginDataV2(in PageHeader header, ReadOnlyMemory<byte> stored)
    {
        var levels = (long)header.RepetitionBytes + header.DefinitionBytes;
        if (levels > stored.Length || levels > header.UncompressedBytes) throw new DamagedParquetException("levels leave their page");
        if (_leaf.MaxRepetition > 0) Repetition = new HybridDecoder(stored[..header.RepetitionBytes], HybridEncoder.BitWidth(_leaf.MaxRepetition));
        if (_leaf.MaxDefinition > 0) Definition = new HybridDecoder(stored.Slice(header.RepetitionBytes, header.DefinitionBytes), HybridEncoder.BitWidth(_leaf.MaxDefinition));
        var data = Decompress(stored[(int)levels..], header.UncompressedBytes - (int)levels, header.IsCompressed);
        Values.Begin(header.Encoding, data, _leaf.Storage!, _dictionary, header.Values);
        Left = header.Values;
    }

    private static HybridDecoder Levels(PageEncoding encoding, int max, ref ReadOnlyMemory<byte> data)
    {
        if (encoding != PageEncoding.Rle) throw new DamagedParquetException($"levels in encoding {(int)encoding} are not supported yet");
        if (data.Length < 4) throw new DamagedParquetException("levels leave their page");
        var length = BinaryPrimitives.ReadInt32LittleEndian(data.Span);
        if (length < 0 || length > data.Length - 4) throw new DamagedParquetException("levels leave their page");
        var levels = new HybridDecoder(data.Slice(4, length), HybridEncoder.BitWidth(max));
        data = data[(4 + length)..];
        return levels;
    }

    private ReadOnlyMemory<byte> Decompress(ReadOnlyMemory<byte> stored, int length, bool isCompressed)
    {
        if (!isCompressed || _chunk.Codec == ParquetCodec.Uncompressed)
            return stored.Length == length ? stored : throw new DamagedParquetException($"a page has {stored.Length} bytes where its header says {length}");
        var (codec, factor) = _chunk.Codec switch
        {
            // The most that the formats can make of a byte, so that a header cannot ask for more memory than its page explains.
            ParquetCodec.Snappy => (BlockCodec.Snappy, 32),
            ParquetCodec.Gzip => (BlockCodec.Gzip, 1032),
            ParquetCodec.Brotli => (BlockCodec.Brotli, 1 << 16),
            ParquetCodec.Zstd => (BlockCodec.Zstd, 1 << 16),
            ParquetCodec.Lz4Raw => (BlockCodec.Lz4, 255),
            var other => throw new DamagedParquetException($"compression {other} is not supported yet"),
        };
        if (length > MaxPage || length > (stored.Length + 16L) * factor) throw new DamagedParquetException($"{stored.Length} bytes cannot be a page of {length}");
        if (length == 0) return default;
        if (_page.Length < length)
        {
            if (_page.Length > 0) ArrayPool<byte>.Shared.Return(_page);
            _page = [];
            _page = ArrayPool<byte>.Shared.Rent(length);
        }
        if (_decompressor.Decompress(codec, stored.Span, _page.AsSpan(0, length)) is { } wrong) throw new DamagedParquetException(wrong);
        return _page.AsMemory(0, length);
    }
}
