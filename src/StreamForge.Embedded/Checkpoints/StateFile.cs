using System.Buffers;
using System.Buffers.Binary;
using StreamForge.Core;

namespace StreamForge.Embedded.Checkpoints;

/// <summary>What a record of a state file says.</summary>
internal enum StateRecordKind
{
    /// <summary>A key's state, which carries the key.</summary>
    State,

    /// <summary>A key that is no more; its bytes are the canonical key.</summary>
    Removed,

    /// <summary>What is known of closing windows, in the form of <see cref="Shards.ClosingWindows.Save"/>.</summary>
    Windows,
}

/// <summary>
/// The key states of a checkpoint, or what changed of them: blocks of about 1 MiB, each <c>u32 length, u64 XXH64, length bytes</c>; a block is records <c>i32 view, u32 length, bytes</c>.
/// The complement of a view's number stands before what is known of its closing windows; the highest bit of the length before a key that is no more.
/// States stand in no order, but after removals; each carries its key, and the key its group, so any number of shards can take them over.
/// </summary>
internal sealed class StateFileWriter : IDisposable
{
    private const int BlockBytes = 1 << 20;
    private const int HeaderBytes = 12;

    private readonly FileStream _file;
    private byte[] _block = ArrayPool<byte>.Shared.Rent(BlockBytes + HeaderBytes);
    private int _used = HeaderBytes;

    public StateFileWriter(string path) => _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);

    public long Bytes { get; private set; }

    /// <summary>States and removals.</summary>
    public long Records { get; private set; }

    /// <param name="view">The number of the view.</param>
    /// <param name="kind">What <paramref name="bytes"/> are.</param>
    public void Add(int view, StateRecordKind kind, ReadOnlySpan<byte> bytes)
    {
        var need = 8 + bytes.Length;
        if (_used + need > _block.Length)
        {
            WriteBlock();
            if (HeaderBytes + need > _block.Length)
            {
                ArrayPool<byte>.Shared.Return(_block);
                _block = ArrayPool<byte>.Shared.Rent(HeaderBytes + need);
            }
        }
        BinaryPrimitives.WriteInt32LittleEndian(_block.AsSpan(_used), kind == StateRecordKind.Windows ? ~view : view);
        BinaryPrimitives.WriteInt32LittleEndian(_block.AsSpan(_used + 4), kind == StateRecordKind.Removed ? bytes.Length | int.MinValue : bytes.Length);
        bytes.CopyTo(_block.AsSpan(_used + 8));
        _used += need;
        if (kind != StateRecordKind.Windows) Records++;
    }

    /// <summary>Writes what is left and makes the file durable.</summary>
    public void Complete()
    {
        WriteBlock();
        _file.Flush(flushToDisk: true);
    }

    private void WriteBlock()
    {
        if (_used == HeaderBytes) return;
        var payload = _block.AsSpan(HeaderBytes, _used - HeaderBytes);
        BinaryPrimitives.WriteInt32LittleEndian(_block, payload.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(_block.AsSpan(4), XxHash64.Hash(payload));
        _file.Write(_block.AsSpan(0, _used));
        Bytes += _used;
        _used = HeaderBytes;
    }

    public void Dispose()
    {
        _file.Dispose();
        ArrayPool<byte>.Shared.Return(_block);
        _block = [];
    }
}

/// <summary>Reads a state file back, checking every block.</summary>
internal static class StateFileReader
{
    /// <summary>Takes one record: the number of its view, what it is, and its bytes, valid during the call.</summary>
    public delegate void Take(int view, StateRecordKind kind, ReadOnlySpan<byte> bytes);

    private static FileStream? TryOpen(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Reads all records.</summary>
    /// <returns>false when the file is missing, shorter than <paramref name="bytes"/>, or damaged; records taken before that are void.</returns>
    public static bool TryRead(string path, long bytes, Take take)
    {
        using var file = TryOpen(path);
        if (file is null) return false;
        if (file.Length < bytes) return false;
        Span<byte> header = stackalloc byte[12];
        var block = ArrayPool<byte>.Shared.Rent(1 << 20);
        try
        {
            for (long position = 0; position < bytes;)
            {
                if (file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length) return false;
                var length = BinaryPrimitives.ReadInt32LittleEndian(header);
                if (length <= 0 || length > bytes - position - header.Length) return false;
                if (block.Length < length)
                {
                    ArrayPool<byte>.Shared.Return(block);
                    block = ArrayPool<byte>.Shared.Rent(length);
                }
                var payload = block.AsSpan(0, length);
                if (file.ReadAtLeast(payload, length, throwOnEndOfStream: false) < length) return false;
                if (XxHash64.Hash(payload) != BinaryPrimitives.ReadUInt64LittleEndian(header[4..])) return false;
                position += header.Length + length;
                for (ReadOnlySpan<byte> rest = payload; rest.Length > 0;)
                {
                    var view = BinaryPrimitives.ReadInt32LittleEndian(rest);
                    var size = BinaryPrimitives.ReadInt32LittleEndian(rest[4..]);
                    var kind = view < 0 ? StateRecordKind.Windows : size < 0 ? StateRecordKind.Removed : StateRecordKind.State;
                    size &= int.MaxValue;
                    take(view < 0 ? ~view : view, kind, rest.Slice(8, size));
                    rest = rest[(8 + size)..];
                }
            }
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }
}
