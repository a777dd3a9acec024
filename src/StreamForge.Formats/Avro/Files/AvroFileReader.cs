using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using StreamForge.Core;
using StreamForge.Formats.Avro.Encodings;
using StreamForge.Formats.Avro.Schemas;

namespace StreamForge.Formats.Avro.Files;

/// <summary>
/// Reads an Avro object container file block by block, so that memory is bounded by the largest block. Whoever opened the object closes it. One task at a time.
/// Damage is a <see cref="StreamForgeException"/> of kind Corrupt with the location and the offset.
/// </summary>
public sealed class AvroFileReader
{
    private readonly AvroInput _input;
    private readonly ArrayBufferWriter<byte> _block = new();
    private readonly byte[] _sync;

    private AvroFileReader(AvroInput input, AvroSchema schema, FrozenDictionary<string, byte[]> metadata, string codec, byte[] sync)
    {
        _input = input;
        _sync = sync;
        Schema = schema;
        Metadata = metadata;
        Codec = codec;
    }

    /// <summary>The schema that the file was written with.</summary>
    public AvroSchema Schema { get; }

    /// <summary>The header's keys and values, <c>avro.schema</c> and <c>avro.codec</c> among them.</summary>
    public IReadOnlyDictionary<string, byte[]> Metadata { get; }

    /// <summary>The blocks' codec, by Avro's name.</summary>
    public string Codec { get; }

    public string Location => _input.Location;

    /// <summary>The header's value of <paramref name="key"/> as text; null when it is not there.</summary>
    public string? Text(string key) => Metadata.TryGetValue(key, out var value) ? Encoding.UTF8.GetString(value) : null;

    /// <summary>Reads the header.</summary>
    public static async ValueTask<AvroFileReader> OpenAsync(IObjectReader source, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(source);
        var input = new AvroInput(source);
        if (input.Left < 4 || !(await input.ReadAsync(4, cancellation)).Span.SequenceEqual("Obj\u0001"u8))
            throw new StreamForgeException(ErrorKind.Corrupt, $"{source.Location} is no Avro file: it does not begin with 'Obj' and 1");
        var metadata = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        for (var count = await input.ReadLongAsync(cancellation); count != 0; count = await input.ReadLongAsync(cancellation))
        {
            if (count < 0)
            {
                count = count == long.MinValue ? long.MaxValue : -count;
                await input.ReadLongAsync(cancellation);
            }
            if (count > input.Left) throw input.Damaged($"{count} header entries where {input.Left} bytes are left");
            for (; count > 0; count--)
            {
                var key = Encoding.UTF8.GetString((await input.ReadBytesAsync(cancellation)).Span);
                metadata[key] = (await input.ReadBytesAsync(cancellation)).ToArray();
            }
        }
        var sync = (await input.ReadAsync(16, cancellation)).ToArray();
        if (!metadata.TryGetValue("avro.schema", out var json)) throw input.Damaged("the header has no avro.schema");
        var codec = metadata.TryGetValue("avro.codec", out var name) && name.Length > 0 ? Encoding.UTF8.GetString(name) : "null";
        if (!AvroCodec.IsKnown(codec)) throw new StreamForgeException(ErrorKind.NotSupported, $"{source.Location}: Avro's codec {codec} is not supported yet");
        return new AvroFileReader(input, ParseSchema(json, source.Location), metadata.ToFrozenDictionary(StringComparer.Ordinal), codec, sync);
    }

    /// <summary>The next block, or null at the end of the file. Its bytes are valid until the next call.</summary>
    public async ValueTask<AvroBlock?> ReadBlockAsync(CancellationToken cancellation)
    {
        if (_input.Left == 0) return null;
        var offset = _input.Offset;
        var records = await _input.ReadLongAsync(cancellation);
        var length = await _input.ReadLongAsync(cancellation);
        if (length < 0 || length > _input.Left - _sync.Length) throw _input.Damaged($"the block at byte {offset} says {length} bytes where {_input.Left} are left");
        var whole = await _input.ReadAsync(length + _sync.Length, cancellation);
        var data = whole[..(int)length];
        if (!whole.Span[(int)length..].SequenceEqual(_sync)) throw _input.Damaged($"the sync marker after the block at byte {offset} is not the file's");
        if (Codec != "null") data = Decompress(data, offset);
        if (records < 0 || (Schema.TakesBytes ? records > data.Length : records > 1 << 20)) throw _input.Damaged($"the block at byte {offset} says {records} records in {data.Length} bytes");
        return new AvroBlock(records, data, Location, offset);
    }

    private ReadOnlyMemory<byte> Decompress(ReadOnlyMemory<byte> data, long offset)
    {
        try
        {
            _block.ResetWrittenCount();
            AvroCodec.Decompress(Codec, data.Span, _block);
            return _block.WrittenMemory;
        }
        catch (InvalidDataException e)
        {
            throw new StreamForgeException(ErrorKind.Corrupt, $"{Location}: the Avro block at byte {offset} cannot be decompressed ({Codec}): {e.Message}", inner: e);
        }
    }

    private static AvroSchema ParseSchema(byte[] json, string location)
    {
        try
        {
            return AvroSchema.Parse(json);
        }
        catch (StreamForgeException e)
        {
            throw new StreamForgeException(e.Kind, $"{location}: {e.Message}", inner: e);
        }
    }
}

/// <summary>A block of records.</summary>
/// <param name="Records">How many.</param>
/// <param name="Data">Their bytes, decompressed.</param>
/// <param name="Location">The file.</param>
/// <param name="Offset">Where the block begins in the file.</param>
public readonly record struct AvroBlock(long Records, ReadOnlyMemory<byte> Data, string Location, long Offset)
{
    /// <summary>A reader at the first record, or at <paramref name="position"/> of the data.</summary>
    public AvroReader Read(int position = 0)
    {
        var reader = new AvroReader(Data.Span, Location, Offset);
        reader.Seek(position);
        return reader;
    }
}
