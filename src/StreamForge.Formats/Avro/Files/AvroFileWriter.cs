using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using StreamForge.Core;
using StreamForge.Formats.Avro.Encodings;
using StreamForge.Formats.Avro.Schemas;
using StreamForge.Formats.Compression;

namespace StreamForge.Formats.Avro.Files;

/// <summary>
/// Writes an Avro object container file (Avro 1.12, "Object Container Files"): <c>Obj</c> and 1, a map of metadata with the schema and the codec, a sync marker of 16 bytes, then blocks: how many records,
/// how many bytes, the records (compressed together), the marker again. The marker is made from the header's bytes, so that equal records give equal files.
/// <para>The caller writes each record's values to <see cref="Record"/> as the schema says, then calls <see cref="EndRecord"/>; after the last, <see cref="Complete"/>. Bytes go to the output at any of these calls. One thread at a time.</para>
/// </summary>
public sealed class AvroFileWriter : IDisposable
{
    /// <summary>A block is ended by the record that makes it at least this long.</summary>
    public const int BlockBytes = 64 * 1024;

    private readonly IBufferWriter<byte> _output;
    private readonly CompressionCodec _codec;
    private readonly ArrayBufferWriter<byte> _compressed = new(BlockBytes);
    private readonly byte[] _sync = new byte[16];
    private readonly AvroWriter _frame = new();
    private long _blockRecords;

    /// <param name="output">Takes the file's bytes.</param>
    /// <param name="schema">A record's schema.</param>
    /// <param name="metadata">Further keys of the header, beside <c>avro.schema</c> and <c>avro.codec</c>.</param>
    /// <param name="codec">None, Gzip (Avro's deflate) or Zstd.</param>
    public AvroFileWriter(IBufferWriter<byte> output, AvroSchema schema, IEnumerable<KeyValuePair<string, string>>? metadata = null, CompressionCodec codec = CompressionCodec.None)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(schema);
        _output = output;
        _codec = codec;
        Schema = schema;
        List<KeyValuePair<string, string>> entries = [new("avro.schema", schema.ToString()), new("avro.codec", AvroCodec.Name(codec)), .. metadata ?? []];
        _frame.WriteFixed("Obj\u0001"u8);
        _frame.BeginItems(entries.Count);
        foreach (var (key, value) in entries)
        {
            _frame.WriteString(key);
            _frame.WriteBytes(Encoding.UTF8.GetBytes(value));
        }
        _frame.EndItems();
        BinaryPrimitives.WriteUInt64LittleEndian(_sync, XxHash64.Hash(_frame.Written.Span));
        BinaryPrimitives.WriteUInt64LittleEndian(_sync.AsSpan(8), XxHash64.Hash(_sync.AsSpan(0, 8)));
        _frame.WriteFixed(_sync);
        Flush();
    }

    public AvroSchema Schema { get; }

    /// <summary>Takes the values of the record being written.</summary>
    public AvroWriter Record { get; } = new(BlockBytes + 4096);

    /// <summary>Records ended so far.</summary>
    public long Records { get; private set; }

    /// <summary>Bytes put out so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Where the last block begun starts in the file: right after what was put out.</summary>
    public long NextBlockOffset => Bytes;

    /// <summary>Ends the record; a long enough block goes out.</summary>
    /// <returns>true when it did.</returns>
    public bool EndRecord()
    {
        Records++;
        _blockRecords++;
        if (Record.Length < BlockBytes) return false;
        EndBlock();
        return true;
    }

    /// <summary>Puts the last block out. Further calls change nothing.</summary>
    public void Complete()
    {
        if (_blockRecords > 0) EndBlock();
    }

    public void Dispose()
    {
        Record.Dispose();
        _frame.Dispose();
    }

    private void EndBlock()
    {
        var data = Record.Written;
        if (_codec != CompressionCodec.None)
        {
            _compressed.ResetWrittenCount();
            AvroCodec.Compress(_codec, data.Span, _compressed);
            data = _compressed.WrittenMemory;
        }
        _frame.WriteLong(_blockRecords);
        _frame.WriteBytes(data.Span);
        _frame.WriteFixed(_sync);
        Flush();
        Record.Clear();
        _blockRecords = 0;
    }

    private void Flush()
    {
        _output.Write(_frame.Written.Span);
        Bytes += _frame.Length;
        _frame.Clear();
    }
}
