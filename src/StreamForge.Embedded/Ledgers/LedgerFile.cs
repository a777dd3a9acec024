using System.Buffers;
using StreamForge.Core;
using StreamForge.Embedded.Checkpoints;
using StreamForge.ObjectStores.Local;
using StreamForge.Pipeline.Ledgers;

namespace StreamForge.Embedded.Ledgers;

/// <summary>
/// An append-only file of JSON Lines: the dead letters or the late events of a pipeline. Like every output it is part of the checkpoint: a record counts once the checkpoint
/// that covers it is published, and after a crash the file is cut to the length that the newest checkpoint records. Several partitions append; one lock.
/// </summary>
internal sealed class LedgerFile : IDisposable
{
    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly LedgerFormat _format;
    private FileStream? _file;
    private long _bytes;
    private long _records;

    /// <param name="path">The file; created with the first record.</param>
    /// <param name="state">The length that the continued checkpoint records.</param>
    public LedgerFile(string path, LedgerCheckpoint state)
    {
        _path = path;
        _format = new LedgerFormat(_buffer);
        _bytes = state.Bytes;
        _records = state.Records;
        if (!File.Exists(path))
        {
            if (_bytes > 0) throw new StreamForgeException(ErrorKind.Corrupt, $"the ledger {path} is missing, but the checkpoint counts {_records} records in it; restore it from a backup, or delete the data directory to start afresh");
            return;
        }
        Open();
        if (_file!.Length < _bytes)
            throw new StreamForgeException(ErrorKind.Corrupt, $"the ledger {path} is shorter than the checkpoint records; restore it from a backup, or delete the data directory to start afresh");
        _file.SetLength(_bytes);
        _file.Position = _bytes;
    }

    /// <summary>Records so far, durable or not.</summary>
    public long Records
    {
        get
        {
            lock (_lock) return _records;
        }
    }

    public void Append(IReadOnlyList<DeadLetter> letters)
    {
        if (letters.Count == 0) return;
        lock (_lock)
        {
            foreach (var letter in letters)
            {
                _format.Write(letter);
                EndLine();
            }
            Flush(toDisk: false);
        }
    }

    public void Append(IReadOnlyList<LateRecord> late)
    {
        if (late.Count == 0) return;
        lock (_lock)
        {
            foreach (var record in late)
            {
                _format.Write(record);
                EndLine();
            }
            Flush(toDisk: false);
        }
    }

    private void EndLine()
    {
        _buffer.Write("\n"u8);
        _records++;
    }

    private void Open()
    {
        var folder = Path.GetDirectoryName(_path)!;
        DurableFolder.Create(folder);
        _file = new FileStream(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        DurableFolder.Sync(folder);
    }

    private void Flush(bool toDisk)
    {
        if (_buffer.WrittenCount > 0)
        {
            if (_file is null) Open();
            _file!.Write(_buffer.WrittenSpan);
            _bytes += _buffer.WrittenCount;
            _buffer.ResetWrittenCount();
        }
        if (toDisk) _file?.Flush(flushToDisk: true);
    }

    /// <summary>Makes all records durable; called at a barrier, when nobody appends.</summary>
    public LedgerCheckpoint Sync()
    {
        lock (_lock)
        {
            Flush(toDisk: true);
            return new LedgerCheckpoint(_bytes, _records);
        }
    }

    public void Dispose()
    {
        _format.Dispose();
        _file?.Dispose();
    }

    /// <summary>The first <paramref name="limit"/> records of a ledger as raw lines, up to the length that a checkpoint records, after skipping <paramref name="skip"/>.</summary>
    public static IEnumerable<string> Read(string path, LedgerCheckpoint state, long skip, long limit)
    {
        if (state.Records == 0 || !File.Exists(path)) yield break;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file);
        for (long i = 0; i < state.Records && i < skip + limit; i++)
        {
            var line = reader.ReadLine();
            if (line is null) yield break;
            if (i >= skip) yield return line;
        }
    }

    /// <summary>Records of a ledger as raw lines, up to the length that a checkpoint records, from the newest to the oldest.</summary>
    /// <param name="before">The number of the first record that is left out, from 0; null to begin with the newest.</param>
    public static IEnumerable<string> ReadBackwards(string path, LedgerCheckpoint state, long? before, long limit)
    {
        if (state.Records == 0 || !File.Exists(path)) return [];
        var skip = state.Records - Math.Clamp(before ?? state.Records, 0, state.Records);
        return BackwardLines.Read(path, state.Bytes).Where((_, i) => i >= skip).Take((int)Math.Min(limit, int.MaxValue));
    }
}
