using StreamForge.Core;
using StreamForge.Formats;

namespace StreamForge.Connectors.Files;

/// <summary>
/// Reads the files of a source as one partition, in the order of their names.
/// <para>
/// A file is read in chunks; the complete records in memory are decoded from where they lie, and each batch holds on to that memory until it is
/// disposed. A batch never spans two files, and its cursor is (file, uncompressed byte after its last record). A cursor's state <c>done</c> says that the
/// file has nothing more to deliver, not even the dead letter for its damaged end.
/// </para>
/// <para>
/// At a file's end: what is left without a line end is a last record when nothing can follow it, that is when the request is bounded, in a compressed file, and in a
/// file that has a successor (which was looked for before the file was read a last time). Otherwise the reader waits, and goes on when the file grows or a
/// successor comes. Compressed data that is cut off or damaged gives one dead letter with what was left, and reading goes on with the next file; where the request is
/// not bounded the last file may still be being written: it is read again from there once its length changes.
/// </para>
/// <para>
/// A record longer than 16 MiB, or a quoted CSV field that nothing closes, is given up at its first line end: one dead letter, and reading goes on with the next line.
/// </para>
/// </summary>
internal sealed class FilesReader : IPartitionReader
{
    /// <summary>The cursor's state after a file whose damaged end was reported.</summary>
    public const string Done = "done";

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly FilesSource _source;
    private readonly ReadRequest _request;
    private readonly FileList _files;
    private readonly IBatchBuilder _batch;
    private readonly IRecordReader _records;
    private PartitionCursor _cursor;
    private SegmentDecoder? _current;
    private bool _resumes;
    private bool _hasSuccessor;
    private bool _finished;

    public FilesReader(FilesSource source, PartitionId partition, PartitionCursor start, ReadRequest request)
    {
        _source = source;
        _request = request;
        _cursor = start;
        _resumes = start.Segment.Length > 0 && !string.Equals(start.State, Done, StringComparison.Ordinal);
        Partition = partition;
        _files = new FileList(source.Glob, source.Warn);
        if (_files.After(null) is null && request.Bounded) throw source.NothingMatches();
        (_records, _batch) = source.Decoding(request.Columns);
    }

    public PartitionId Partition { get; }

    public double? Progress
    {
        get
        {
            if (Volatile.Read(ref _finished)) return 1;
            var total = _files.TotalBytes;
            if (total == 0) return null;
            var read = _files.PassedBytes + (Volatile.Read(ref _current)?.Segment.Input.CompressedPosition ?? 0);
            return Math.Clamp((double)read / total, 0, 1);
        }
    }

    private string? LastSegment => _cursor.Segment.Length == 0 ? null : _cursor.Segment;

    public async ValueTask<ReadResult> ReadAsync(CancellationToken cancellation)
    {
        var waited = false;
        while (!_finished)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_current is not null || OpenNext())
            {
                if (ReadCurrent(_current!, cancellation) is { } batch)
                {
                    _cursor = batch.Next;
                    return ReadResult.Of(batch);
                }
                if (_current is null) continue;
            }
            else if (_request.Bounded)
            {
                Volatile.Write(ref _finished, value: true);
                continue;
            }
            if (HasNews()) continue;
            if (waited) return ReadResult.Nothing;
            await Task.Delay(PollInterval, _source.Clock, cancellation);
            waited = true;
        }
        return ReadResult.Finished;
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private bool OpenNext()
    {
        var file = _resumes ? _files.Find(_cursor.Segment) ?? throw Vanished() : _files.After(LastSegment);
        if (file is null) return false;
        var offset = _resumes ? _cursor.Offset : 0;
        _resumes = false;
        _cursor = new PartitionCursor(file.Segment, offset);
        _files.MoveTo(file);
        _hasSuccessor = _files.After(file.Segment) is not null;
        var origin = new BatchOrigin(Partition, file.Segment);
        Volatile.Write(ref _current, new SegmentDecoder(new OpenSegment(file), origin, _records, _batch, _request.MaxRows, offset));
        return true;
    }

    /// <summary>The next batch of the open file. Null when the file was closed, or when only time can bring more.</summary>
    private SourceBatch? ReadCurrent(SegmentDecoder current, CancellationToken cancellation)
    {
        var input = current.Segment.Input;
        var ends = _request.Bounded || _hasSuccessor;
        if (current.Read(final: ends || !input.CanGrow, cancellation) is { } batch) return batch;
        var damaged = input.Damage is not null;
        if (damaged && !ends) return null;
        if (current.IsShort) throw current.Segment.Shorter(current.Segment.Position + current.Segment.Rest.Length, current.Position);
        if (damaged)
        {
            var last = current.EndDamaged();
            Close();
            return last;
        }
        if (!ends && input.CanGrow) return null;
        _cursor = new PartitionCursor(_cursor.Segment, current.Position);
        Close();
        return null;
    }

    private void Close()
    {
        if (_current is not { } current) return;
        _files.Leave(current.Segment.File.Segment, current.Segment.Input.CompressedPosition);
        Volatile.Write(ref _current, null);
        current.Dispose();
    }

    /// <summary>Looks at the folder; true when there is something to read.</summary>
    private bool HasNews()
    {
        _files.Refresh(LastSegment);
        var successor = _files.After(LastSegment) is not null;
        if (_current is not { } current || successor) return _hasSuccessor = successor;
        if (_files.Find(_cursor.Segment) is not { } now) return false;
        var taken = current.Segment.Input.CompressedPosition;
        if (current.Segment.Input.CanGrow) return now.Length >= taken ? now.Length > taken : throw current.Segment.Shorter(now.Length, taken);
        if (now.Length == current.Segment.File.Length) return false;
        _cursor = new PartitionCursor(now.Segment, current.Position);
        _resumes = true;
        Close();
        return true;
    }

    private StreamForgeException Vanished() => new(
        ErrorKind.DataLoss,
        $"source {_source.Name}: {_cursor.Segment} is no longer among the files of {_source.Glob.Path}, but it had been read to byte {_cursor.Offset} only; put it back, or start with an empty data directory");
}
