using StreamForge.Core;

namespace StreamForge.Connectors.Files.Tables;

/// <summary>
/// Reads files of typed rows as one partition, in the order of their names. A batch never spans two files, and its cursor is (file, number of its next row).
/// <para>
/// A damaged file gives every row before the damage, then one dead letter, and reading goes on with the next file; a cursor's state <c>done</c> says that this has
/// happened. Where the request is not bounded the last file may still be being written: it is tried again once its length changes.
/// </para>
/// </summary>
internal sealed class TableFilesReader : IPartitionReader
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly TableFilesSource _source;
    private readonly ReadRequest _request;
    private readonly Schema _stored;
    private readonly FileList _files;
    private PartitionCursor _cursor;
    private InputFile? _file;
    private TableFile? _current;
    private (string Segment, long Length)? _unfinished;
    private bool _resumes;
    private bool _finished;

    public TableFilesReader(TableFilesSource source, PartitionId partition, PartitionCursor start, ReadRequest request)
    {
        _source = source;
        _request = request;
        _stored = source.Stored(request.Columns);
        _cursor = start;
        _resumes = start.Segment.Length > 0 && !string.Equals(start.State, FilesReader.Done, StringComparison.Ordinal);
        Partition = partition;
        _files = new FileList(source.Glob, source.Warn);
        if (_files.After(null) is null && request.Bounded) throw new StreamForgeException(ErrorKind.NotFound, $"source {source.Name}: no file matches {source.Glob.Path}");
    }

    public PartitionId Partition { get; }

    public double? Progress => Volatile.Read(ref _finished) ? 1 : _files.TotalBytes == 0 ? null : Math.Clamp((double)_files.PassedBytes / _files.TotalBytes, 0, 1);

    private string? LastSegment => _cursor.Segment.Length == 0 ? null : _cursor.Segment;

    public async ValueTask<ReadResult> ReadAsync(CancellationToken cancellation)
    {
        var waited = false;
        while (!_finished)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_file is not null || MoveOn())
            {
                if (await ReadFileAsync(_file!, cancellation) is { } batch)
                {
                    _cursor = batch.Next;
                    return ReadResult.Of(batch);
                }
                if (_file is null) continue;
            }
            else if (_request.Bounded)
            {
                Volatile.Write(ref _finished, value: true);
                continue;
            }
            _files.Refresh(LastSegment);
            if (HasNews()) continue;
            if (waited) return ReadResult.Nothing;
            await Task.Delay(PollInterval, _source.Clock, cancellation);
            waited = true;
        }
        return ReadResult.Finished;
    }

    public async ValueTask DisposeAsync()
    {
        if (_current is not null) await _current.DisposeAsync();
        _current = null;
    }

    /// <summary>Goes to the file to read next; false when there is none now.</summary>
    private bool MoveOn()
    {
        var file = _resumes ? _files.Find(_cursor.Segment) ?? throw Vanished() : _files.After(LastSegment);
        if (file is null) return false;
        if (!_resumes) _cursor = new PartitionCursor(file.Segment, 0);
        _resumes = false;
        _files.MoveTo(file);
        _file = file;
        return true;
    }

    private bool HasNews()
    {
        if (_file is null || _unfinished is not { } unfinished) return _files.After(LastSegment) is not null;
        if (_files.After(LastSegment) is null && _files.Find(unfinished.Segment)?.Length == unfinished.Length) return false;
        _file = _files.Find(unfinished.Segment) ?? throw Vanished();
        _unfinished = null;
        return true;
    }

    /// <summary>The next batch of the file; null when it is at its end, or when only time can bring more.</summary>
    private async ValueTask<SourceBatch?> ReadFileAsync(InputFile file, CancellationToken cancellation)
    {
        if (_unfinished is not null) return null;
        try
        {
            _current ??= await OpenAsync(file, cancellation);
            if (await _current.ReadAsync(_request.MaxRows, cancellation) is { } read) return Batch(read.Columns, read.Rows, [], null);
            await CloseAsync(file);
            return null;
        }
        catch (StreamForgeException damage) when (damage.Kind == ErrorKind.Corrupt)
        {
            await DisposeAsync();
            if (_request.Bounded || _files.After(file.Segment) is not null) return await SalvageAsync(file, damage, cancellation);
            _unfinished = (file.Segment, file.Length);
            return null;
        }
    }

    private async ValueTask<TableFile> OpenAsync(InputFile file, CancellationToken cancellation)
    {
        var opened = await _source.Format.OpenAsync(file.FullPath, _stored, cancellation);
        try
        {
            if (await opened.SkipAsync(_cursor.Offset, cancellation)) return opened;
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
        await opened.DisposeAsync();
        throw new StreamForgeException(
            ErrorKind.DataLoss, $"{file.FullPath}: the file ends before row {_cursor.Offset}, to which it had been read: it was cut or replaced; put the old one back, or start with an empty data directory");
    }

    /// <summary>Reads the rows before the damage one by one, as far as one batch takes them; when there are no more, gives the file's dead letter.</summary>
    private async ValueTask<SourceBatch> SalvageAsync(InputFile file, StreamForgeException damage, CancellationToken cancellation)
    {
        var columns = _stored.Fields.Select(f => Column.Create(f.Type, 16)).ToArray();
        var rows = 0;
        try
        {
            _current = await OpenAsync(file, cancellation);
            while (rows < _request.MaxRows && await _current.ReadAsync(1, cancellation) is { } read)
            {
                for (var i = 0; i < columns.Length; i++)
                {
                    columns[i].AppendFrom(read.Columns[i], 0);
                    read.Columns[i].Release();
                }
                rows++;
            }
            return Batch(columns, rows, [], null);
        }
        catch (StreamForgeException again) when (again.Kind == ErrorKind.Corrupt)
        {
            await CloseAsync(file);
            var letter = new DeadLetter(Partition, new BatchOrigin(Partition, file.Segment).Describe(_cursor.Offset + rows), null, damage.Message, []);
            return Batch(columns, rows, [letter], FilesReader.Done);
        }
    }

    private SourceBatch Batch(Column[] columns, int rows, IReadOnlyList<DeadLetter> letters, string? state)
    {
        var headers = new RowHeaders(rows);
        for (var row = 0; row < rows; row++) headers.Positions[row] = _cursor.Offset + row;
        var bytes = 0L;
        for (var i = 0; i < columns.Length; i++)
        {
            bytes += columns[i] is BytesColumn text ? text.Data.Length : 8L * rows;
            columns[i] = _source.Convert(columns[i], _request.Columns[i]);
        }
        var batch = new ColumnBatch(_request.Columns, columns, headers, new BatchOrigin(Partition, _cursor.Segment));
        return new SourceBatch(batch, new TableRows(_request.Columns, columns), letters, new PartitionCursor(_cursor.Segment, _cursor.Offset + rows, state), bytes);
    }

    private async ValueTask CloseAsync(InputFile file)
    {
        await DisposeAsync();
        _files.Leave(file.Segment, file.Length);
        _file = null;
    }

    private StreamForgeException Vanished() => new(
        ErrorKind.DataLoss,
        $"source {_source.Name}: {_cursor.Segment} is no longer among the files of {_source.Glob.Path}, but it had been read to row {_cursor.Offset} only; put it back, or start with an empty data directory");
}
