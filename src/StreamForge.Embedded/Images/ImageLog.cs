using System.Buffers.Binary;
using StreamForge.Core;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Pipeline.Changes;

namespace StreamForge.Embedded.Images;

/// <summary>
/// The images of one partition as a log: every change of the store is a record at the end of a file, and a table in memory says where each key's last record lies. As much of the file as a bound allows is in memory too, the
/// rest is read from disk when it is needed, so a table may be larger than memory but for 16 to 48 bytes a row.
/// <para>
/// A checkpoint is the file's number, its length and a digest of its records up to there; what is appended is synced before the checkpoint is published, and nothing that a published checkpoint
/// counts is ever changed. So a process that dies at any instant finds, by cutting the file to the length of the checkpoint that it continues, the images of that checkpoint, and builds the table anew from the records. A record
/// that is torn or damaged is noticed by its checksum, one that belongs to another course of events by the digest.
/// </para>
/// <para>
/// When records that no longer count are more than those that do, the latter are copied to the next file, and the log goes on there. The former file stays until no checkpoint that is kept needs it.
/// </para>
/// <code>
/// record:   u32 length of the payload, u64 XXH64 of the payload, payload
/// payload:  u8 kind (1 put, 2 remove, 3 clear), u32 length of the key, key, image
/// </code>
/// One thread changes and reads; <see cref="ImagesMark.Sync"/> and <see cref="Release"/> may be called by another.
/// </summary>
internal sealed class ImageLog : IImageStore, IDisposable
{
    private const int HeaderBytes = 12;
    private const int KeyOffset = 5;
    private const byte PutKind = 1, RemoveKind = 2, ClearKind = 3;

    private readonly IImageFiles _files;
    private readonly ImageLogSettings _settings;
    private readonly Lock _lock = new();
    private readonly List<IImageFile> _former = [];
    private readonly ImageIndex _index = new();
    private IImageFile _file;
    private ImageBlocks _blocks;
    private long _number;
    private ulong _digest;
    private long _live;
    private byte[] _record = new byte[256];
    private byte[] _writing = new byte[256];

    private ImageLog(IImageFiles files, ImageLogSettings settings, long number)
    {
        _files = files;
        _settings = settings;
        _number = number;
        _file = files.Open(number);
        _blocks = new ImageBlocks(_file, settings.Memory);
    }

    /// <summary>Begins without images; files of an earlier course are deleted.</summary>
    public static ImageLog Create(IImageFiles files, ImageLogSettings settings)
    {
        foreach (var number in files.Numbers()) files.Delete(number);
        return new ImageLog(files, settings, number: 1);
    }

    /// <summary>Goes on where a checkpoint was taken.</summary>
    /// <returns>null when the file is missing, too short, damaged, or not the one that the checkpoint counts.</returns>
    public static ImageLog? TryOpen(IImageFiles files, ImageLogSettings settings, ImagesCheckpoint checkpoint)
    {
        if (!files.Numbers().Contains(checkpoint.File)) return null;
        var log = new ImageLog(files, settings, checkpoint.File);
        if (log.TryReplay(checkpoint)) return log;
        log.Dispose();
        return null;
    }

    /// <summary>Cuts off what no checkpoint counts. Until then nothing on disk has been changed, so that an older checkpoint can still be tried.</summary>
    public void Continue(ImagesCheckpoint checkpoint)
    {
        if (_file.Length > checkpoint.Length) _file.Truncate(checkpoint.Length);
        _blocks = new ImageBlocks(_file, _settings.Memory);
        foreach (var number in _files.Numbers().Where(n => n > _number)) _files.Delete(number);
    }

    public long Rows => _index.Count;

    public long Bytes { get; private set; }

    /// <summary>Bytes in memory: blocks of the file and the table.</summary>
    public long MemoryBytes => _blocks.MemoryBytes + _index.Bytes;

    private bool TryReplay(ImagesCheckpoint checkpoint)
    {
        if (_file.Length < checkpoint.Length) return false;
        for (long offset = 0; offset < checkpoint.Length;)
        {
            if (!TryReadRecord(offset, checkpoint.Length, out var payload)) return false;
            Replay(payload, offset);
            offset += HeaderBytes + payload.Length;
        }
        return _digest == checkpoint.Digest && Rows == checkpoint.Rows;
    }

    private bool TryReadRecord(long offset, long end, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (end - offset < HeaderBytes + KeyOffset) return false;
        Span<byte> header = stackalloc byte[HeaderBytes];
        _blocks.Read(offset, header);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        if (length < KeyOffset || length > end - offset - HeaderBytes) return false;
        payload = ReadPayload(offset, (int)length);
        return XxHash64.Hash(payload) == BinaryPrimitives.ReadUInt64LittleEndian(header[4..]) && KeyLength(payload) <= payload.Length - KeyOffset;
    }

    private void Replay(ReadOnlySpan<byte> payload, long offset)
    {
        var hash = XxHash64.Hash(payload);
        _digest = Mix(_digest, hash);
        switch (payload[0])
        {
            case PutKind:
                // The payload's buffer is used again while the key is looked for.
                NotePut(KeyOf(payload).ToArray(), payload.Length, offset);
                break;
            case RemoveKind: NoteRemove(KeyOf(payload).ToArray()); break;
            default: NoteClear(); break;
        }
    }

    private ReadOnlySpan<byte> ReadPayload(long offset, int length)
    {
        if (_record.Length < length) _record = new byte[Math.Max(length, _record.Length * 2)];
        _blocks.Read(offset + HeaderBytes, _record.AsSpan(0, length));
        return _record.AsSpan(0, length);
    }

    /// <summary>The payload of a record that is known to be whole, valid until the next read.</summary>
    private ReadOnlySpan<byte> Payload(long offset)
    {
        Span<byte> length = stackalloc byte[4];
        _blocks.Read(offset, length);
        return ReadPayload(offset, BinaryPrimitives.ReadInt32LittleEndian(length));
    }

    private static int KeyLength(ReadOnlySpan<byte> payload) => BinaryPrimitives.ReadInt32LittleEndian(payload[1..]);

    private static ReadOnlySpan<byte> KeyOf(ReadOnlySpan<byte> payload) => payload.Slice(KeyOffset, KeyLength(payload));

    private static ulong Mix(ulong digest, ulong hash) => (digest ^ hash) * 0x9E3779B97F4A7C15 + 1;

    /// <summary>The slot of a key, and the payload of its record.</summary>
    private bool TryFind(ReadOnlySpan<byte> key, ulong hash, out int slot, out ReadOnlySpan<byte> payload)
    {
        slot = -1;
        while (_index.TryNext(hash, ref slot, out var offset))
        {
            payload = Payload(offset);
            if (KeyOf(payload).SequenceEqual(key)) return true;
        }
        payload = default;
        return false;
    }

    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> image)
    {
        image = default;
        if (!TryFind(key, XxHash64.Hash(key), out _, out var payload)) return false;
        image = payload[(KeyOffset + key.Length)..];
        return true;
    }

    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> image)
    {
        var offset = Append(PutKind, key, image);
        NotePut(key, KeyOffset + key.Length + image.Length, offset);
        CompactIfDue();
    }

    private void NotePut(ReadOnlySpan<byte> key, int payloadLength, long offset)
    {
        var hash = XxHash64.Hash(key);
        if (TryFind(key, hash, out var slot, out var former))
        {
            Forget(former.Length);
            _index.Set(slot, offset);
        }
        else _index.Add(hash, offset);
        _live += HeaderBytes + payloadLength;
        Bytes += payloadLength - KeyOffset;
    }

    private void Forget(int payloadLength)
    {
        _live -= HeaderBytes + payloadLength;
        Bytes -= payloadLength - KeyOffset;
    }

    public bool Remove(ReadOnlySpan<byte> key)
    {
        if (!NoteRemove(key)) return false;
        Append(RemoveKind, key, []);
        CompactIfDue();
        return true;
    }

    private bool NoteRemove(ReadOnlySpan<byte> key)
    {
        if (!TryFind(key, XxHash64.Hash(key), out var slot, out var payload)) return false;
        Forget(payload.Length);
        _index.Remove(slot);
        return true;
    }

    public void Clear()
    {
        if (Rows == 0) return;
        NoteClear();
        Append(ClearKind, [], []);
        CompactIfDue();
    }

    private void NoteClear()
    {
        _index.Clear();
        _live = 0;
        Bytes = 0;
    }

    public void Visit(ImageVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        foreach (var offset in _index.Offsets())
        {
            // The visitor may look other keys up, so it gets bytes of its own.
            var payload = Payload(offset).ToArray();
            var key = KeyLength(payload);
            visitor(payload.AsSpan(KeyOffset, key), payload.AsSpan(KeyOffset + key));
        }
    }

    private long Append(byte kind, ReadOnlySpan<byte> key, ReadOnlySpan<byte> image)
    {
        var length = KeyOffset + key.Length + image.Length;
        if (_writing.Length < HeaderBytes + length) _writing = new byte[Math.Max(HeaderBytes + length, _writing.Length * 2)];
        var record = _writing.AsSpan(0, HeaderBytes + length);
        var payload = record[HeaderBytes..];
        payload[0] = kind;
        BinaryPrimitives.WriteInt32LittleEndian(payload[1..], key.Length);
        key.CopyTo(payload[KeyOffset..]);
        image.CopyTo(payload[(KeyOffset + key.Length)..]);
        var hash = XxHash64.Hash(payload);
        BinaryPrimitives.WriteInt32LittleEndian(record, length);
        BinaryPrimitives.WriteUInt64LittleEndian(record[4..], hash);
        return Append(record, hash);
    }

    private long Append(ReadOnlySpan<byte> record, ulong hash)
    {
        var offset = _blocks.Length;
        _blocks.Append(record);
        _digest = Mix(_digest, hash);
        return offset;
    }

    private void CompactIfDue()
    {
        var garbage = _blocks.Length - _live;
        if (garbage > _live && garbage > _settings.LeastGarbage) Compact();
    }

    /// <summary>Copies what counts to the next file and goes on there.</summary>
    private void Compact()
    {
        var former = _blocks;
        var offsets = _index.Offsets();
        lock (_lock)
        {
            _former.Add(_file);
            _number++;
            _file = _files.Open(_number);
        }
        _file.Truncate(0);
        _files.Sync();
        _blocks = new ImageBlocks(_file, _settings.Memory);
        _index.Clear();
        _digest = 0;
        Span<byte> header = stackalloc byte[HeaderBytes];
        foreach (var offset in offsets)
        {
            former.Read(offset, header);
            var length = HeaderBytes + BinaryPrimitives.ReadInt32LittleEndian(header);
            if (_writing.Length < length) _writing = new byte[length];
            former.Read(offset, _writing.AsSpan(0, length));
            var moved = Append(_writing.AsSpan(0, length), BinaryPrimitives.ReadUInt64LittleEndian(header[4..]));
            _index.Add(XxHash64.Hash(KeyOf(_writing.AsSpan(HeaderBytes, length - HeaderBytes))), moved);
        }
    }

    /// <summary>What a checkpoint taken now counts; durable once its <see cref="ImagesMark.Sync"/> has returned.</summary>
    public ImagesMark Mark()
    {
        _blocks.Flush();
        return new ImagesMark(new ImagesCheckpoint(_number, _blocks.Length, _digest, Rows, Bytes), _file, _files);
    }

    /// <summary>Deletes files that come before <paramref name="oldest"/>: no checkpoint that is kept counts them.</summary>
    public void Release(long oldest)
    {
        lock (_lock)
        {
            foreach (var number in _files.Numbers().Where(n => n < oldest && n < _number)) _files.Delete(number);
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        foreach (var file in _former) file.Dispose();
    }
}

/// <param name="Memory">Bytes of the log that may be in memory.</param>
/// <param name="LeastGarbage">Bytes of records that no longer count below which nothing is copied.</param>
internal sealed record ImageLogSettings(long Memory, long LeastGarbage = 16 << 20);

/// <summary>A point of an image log that a checkpoint is about to count.</summary>
internal sealed class ImagesMark(ImagesCheckpoint checkpoint, IImageFile file, IImageFiles files)
{
    public ImagesCheckpoint Checkpoint => checkpoint;

    /// <summary>Makes it durable; any thread, while the log goes on.</summary>
    public void Sync()
    {
        file.Sync();
        files.Sync();
    }
}
