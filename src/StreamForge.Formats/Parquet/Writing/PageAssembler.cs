using StreamForge.Formats.Compression;
using StreamForge.Formats.Parquet.Thrift;

namespace StreamForge.Formats.Parquet.Writing;

/// <summary>What all columns of a file use in turn to make a page: the compressor and scratch memory. For one thread.</summary>
internal sealed class PageAssembler : IDisposable
{
    private readonly BlockCompressor _compressor;
    private readonly PooledBuffer _header = new();
    private readonly PooledBuffer _compressed = new();
    private readonly CompactWriter _thrift;

    public PageAssembler(ParquetOptions options)
    {
        Options = options;
        _compressor = new BlockCompressor(options.Codec, options.ZstdLevel);
        _thrift = new CompactWriter(_header);
    }

    public ParquetOptions Options { get; }

    /// <summary>The page being made: levels, then values.</summary>
    public PooledBuffer Body { get; } = new();

    /// <summary>Another piece of a page.</summary>
    public PooledBuffer Scratch { get; } = new();

    /// <summary>Compresses <see cref="Body"/>, and writes it behind its header.</summary>
    /// <returns>Bytes written, and how many they would be without compression.</returns>
    public (int Written, int Uncompressed) Emit(SegmentedBuffer output, PageType type, int values, PageEncoding encoding)
    {
        var body = Body.Written;
        _compressed.Clear();
        var room = _compressed.GetSpan(Math.Max(1, _compressor.MaxLength(body.Length)));
        var compressed = room[.._compressor.Compress(body, room)];
        _header.Clear();
        _thrift.BeginStruct();
        _thrift.I32(1, (int)type);
        _thrift.I32(2, body.Length);
        _thrift.I32(3, compressed.Length);
        if (type == PageType.Dictionary)
        {
            _thrift.BeginStruct(7);
            _thrift.I32(1, values);
            _thrift.I32(2, (int)encoding);
            _thrift.EndStruct();
        }
        else
        {
            _thrift.BeginStruct(5);
            _thrift.I32(1, values);
            _thrift.I32(2, (int)encoding);
            _thrift.I32(3, (int)PageEncoding.Rle);
            _thrift.I32(4, (int)PageEncoding.Rle);
            _thrift.EndStruct();
        }
        _thrift.EndStruct();
        output.Write(_header.Written);
        output.Write(compressed);
        return (_header.Length + compressed.Length, _header.Length + body.Length);
    }

    public void Dispose()
    {
        _compressor.Dispose();
        _header.Dispose();
        _compressed.Dispose();
        Body.Dispose();
        Scratch.Dispose();
    }
}
