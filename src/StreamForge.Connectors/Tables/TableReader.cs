using StreamForge.Connectors.Files.Tables;
using StreamForge.Core;
using StreamForge.Iceberg.Scans;
using TableRows = StreamForge.Connectors.Files.Tables.TableRows;

namespace StreamForge.Connectors.Tables;

/// <summary>
/// Reads a table's history. A cursor is (file, number of its next row) and a <see cref="TablePosition"/>: the snapshot, and whether all of it or what it added is being read. The files of a snapshot and their rows never
/// change and have one order, so a reader that starts at a cursor goes on exactly there.
/// <para>
/// When a snapshot has been read, an empty batch carries the position "done", so that from then on it may be expired. Then comes the snapshot that was committed on top of it, and so on: appends are read; a snapshot
/// that rewrites files and keeps their rows (operation replace) is passed over; one that takes rows away ends the reading, since what was made of these rows cannot be taken back here.
/// A bounded reader goes up to the snapshot that is current when it begins. Another one looks for new snapshots each second.
/// </para>
/// </summary>
internal sealed class TableReader : IPartitionReader
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(100);

    private readonly TableSource _source;
    private readonly ReadRequest _request;
    private readonly TableHistory _history;
    private PartitionCursor _cursor;
    private TablePosition? _position;
    private SnapshotFiles? _files;
    private SnapshotFileReader? _file;
    private int _index;
    private long _skip;
    private long _polled;
    private long _passed;
    private long _total;
    private bool _finished;

    public TableReader(TableSource source, PartitionId partition, PartitionCursor start, ReadRequest request)
    {
        (_source, _request, _cursor, Partition) = (source, request, start, partition);
        _history = new TableHistory(source.Name, source.Table);
        _position = TablePosition.Parse(source.Name, start.State);
    }

    public PartitionId Partition { get; }

    public double? Progress => Volatile.Read(ref _finished) ? 1 : Volatile.Read(ref _total) is > 0 and var total ? Math.Clamp((double)Volatile.Read(ref _passed) / total, 0, 1) : null;

    public async ValueTask<ReadResult> ReadAsync(CancellationToken cancellation)
    {
        while (!_finished)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_files is not null) return ReadResult.Of(await ReadFilesAsync(_files, cancellation));
            var first = !_history.IsLoaded;
            if (first || (!_request.Bounded && _source.Clock.GetElapsedTime(_polled) >= PollInterval))
            {
                await _history.LoadAsync(cancellation);
                _polled = _source.Clock.GetTimestamp();
                first = true;
            }
            if (_history.After(_position) is { } next)
            {
                if (next.Phase == TablePhase.Done) return ReadResult.Of(Pass(next));
                await BeginAsync(next, cancellation);
            }
            else if (_request.Bounded)
            {
                Volatile.Write(ref _finished, value: true);
            }
            else if (!first)
            {
                await Task.Delay(Wait, _source.Clock, cancellation);
                return ReadResult.Nothing;
            }
        }
        return ReadResult.Finished;
    }

    public async ValueTask DisposeAsync()
    {
        if (_file is not null) await _file.DisposeAsync();
        _file = null;
        _files?.Dispose();
        _files = null;
    }

    /// <summary>Plans a snapshot; goes to the file and row of the cursor when it stands within the same one.</summary>
    private async ValueTask BeginAsync(TablePosition next, CancellationToken cancellation)
    {
        var (metadata, location) = _history.Table;
        var snapshot = metadata.Find(next.Snapshot)!;
        var files = await SnapshotFiles.PlanAsync(
            _source.Table.Store, metadata, location, snapshot, next.Phase == TablePhase.Added, [.. _request.Columns.Fields.Select(f => f.Name)], _request.MaxRows, cancellation);
        (_index, _skip) = (0, 0);
        if (_position == next)
        {
            while (_index < files.Count && files.Name(_index) != _cursor.Segment) _index++;
            if (_index == files.Count)
            {
                files.Dispose();
                throw new StreamForgeException(
                    ErrorKind.DataLoss, $"source {_source.Name}: the file {_cursor.Segment}, which was read to row {_cursor.Offset}, is not of snapshot {next.Snapshot} of the table {_source.Table}: it is another table now; start with an empty data directory");
            }
            _skip = _cursor.Offset;
        }
        _position = next;
        _files = files;
        var passed = 0L;
        for (var i = 0; i < _index; i++) passed += files.RecordsOf(i);
        Volatile.Write(ref _passed, passed + _skip);
        Volatile.Write(ref _total, files.Records);
    }

    /// <summary>The next rows of the snapshot; after its last one an empty batch.</summary>
    private async ValueTask<SourceBatch> ReadFilesAsync(SnapshotFiles files, CancellationToken cancellation)
    {
        for (; _index < files.Count; _index++, _skip = 0)
        {
            _file ??= await files.OpenAsync(_index, cancellation);
            while (await _file.ReadAsync(cancellation) is { } read)
            {
                if (Unread(read) is { } batch) return Take(batch, files.Name(_index));
            }
            await _file.DisposeAsync();
            _file = null;
        }
        await DisposeAsync();
        return Pass(_position!.Value with { Phase = TablePhase.Done });
    }

    /// <summary>The rows that the cursor had not passed; null for none. Takes the batch over.</summary>
    private ColumnBatch? Unread(ColumnBatch read)
    {
        var positions = read.Headers.Positions;
        var first = 0;
        while (first < positions.Length && positions[first] < _skip) first++;
        if (first == 0 && positions.Length > 0) return read;
        var rest = first < positions.Length ? read.Gather([.. Enumerable.Range(first, positions.Length - first)]) : null;
        read.Release();
        return rest;
    }

    /// <summary>The rows as the request wants them; takes them over.</summary>
    private SourceBatch Take(ColumnBatch read, string segment)
    {
        var columns = new Column[_request.Columns.Count];
        var bytes = 0L;
        for (var i = 0; i < columns.Length; i++)
        {
            bytes += read[i] is BytesColumn text ? text.Data.Length : 8L * read.Count;
            read[i].Retain();
            columns[i] = Widening.Apply(read[i], _request.Columns[i].Type, $"{segment} of the table {_source.Table}, column {_request.Columns[i].Name}");
        }
        read.Headers.Retain();
        _cursor = new PartitionCursor(segment, read.Headers.Positions[^1] + 1, _position.ToString());
        Volatile.Write(ref _passed, _passed + read.Count);
        var batch = new ColumnBatch(_request.Columns, columns, read.Headers, new BatchOrigin(Partition, segment));
        read.Release();
        return new SourceBatch(batch, new TableRows(_request.Columns, columns), [], _cursor, bytes);
    }

    /// <summary>No rows, but a position to go on from.</summary>
    private SourceBatch Pass(TablePosition position)
    {
        _position = position;
        _cursor = _cursor with { State = position.ToString() };
        Column[] columns = [.. _request.Columns.Fields.Select(f => Column.Create(f.Type, 1))];
        return new SourceBatch(new ColumnBatch(_request.Columns, columns, new RowHeaders(0), new BatchOrigin(Partition, _cursor.Segment)), new TableRows(_request.Columns, columns), [], _cursor, 0);
    }
}
