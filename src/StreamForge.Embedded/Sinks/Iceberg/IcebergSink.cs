using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Sinks.Iceberg;

/// <summary>What a sink of a table is asked to do.</summary>
/// <param name="CheckpointInterval">How often checkpoints are taken, microseconds.</param>
internal sealed record IcebergSinkSettings(string Pipeline, SinkPlan Plan, IcebergSinkOptions Options, long CheckpointInterval);

/// <summary>
/// Appends rows to an Iceberg table, exactly once, beside any number of other writers.
/// <para>
/// Rows go to data files under names of their own, which no reader looks at. <see cref="PrepareAsync"/> ends and syncs them; what it returns names them all, with everything that a snapshot says of them,
/// and becomes part of the checkpoint. <see cref="CommitAsync"/> then appends one snapshot that names the files, and carries the commit's id in its summary: a table that has a snapshot with that id has the
/// commit, so repeating it changes nothing, and an unknown outcome is settled by looking. A process that dies before the checkpoint leaves files that nothing names, which the next start removes
/// (<see cref="OpenCommitNote"/>); one that dies after it leaves a commit for the next start to do.
/// </para>
/// <para>
/// With a <c>commit_interval</c> a checkpoint that comes too early takes the files over as they are, still pending, from one checkpoint to the next and over restarts, until the checkpoint
/// nearest to the interval's end commits all of them in one snapshot. The last checkpoint of a run always commits.
/// </para>
/// </summary>
internal sealed class IcebergSink(IObjectStore store, string warehouse, IcebergSinkSettings settings, string notePath, TimeProvider clock) : ISink
{
    private readonly OpenCommitNote _note = new(notePath);
    private readonly TableRows _rows = new(clock);
    private readonly SinkTable _table = new(store, warehouse, settings, clock);
    private TableWriter? _writer;
    private ImmutableArray<PendingFile> _waiting = [];
    private string? _commit;
    private string? _unpublished;
    private bool _isOpen;
    private long _since = long.MaxValue;

    public string Name => settings.Plan.Name;

    public bool HasUncommitted => Volatile.Read(ref _since) != long.MaxValue;

    public bool IsCommitDue => settings.Options.CommitInterval is { } interval && Volatile.Read(ref _since) is var since && since != long.MaxValue
        && EventTime.Now(clock) - since >= interval - settings.CheckpointInterval / 2;

    /// <summary>For people; any thread.</summary>
    public TableStatus Status => _table.Status;

    public ValueTask RecoverAsync(string? pending, bool fresh, CancellationToken cancellation) => Named(async () =>
    {
        var kept = pending is null ? null : PendingCommit.Parse(Name, pending);
        _writer = new TableWriter(store, await _table.OpenAsync(cancellation), TableWriterLimits.Default);
        if (kept is not null) await _table.CheckFilesAsync(kept, cancellation);
        _commit = kept?.Commit;
        if (kept is { IsDue: false })
        {
            _waiting = kept.Files;
            Volatile.Write(ref _since, EventTime.FromDateTimeOffset(kept.Since));
        }
        if (_note.Read() is not { Length: > 0 } open) return;
        await _table.RemoveUncommittedAsync(open.Except([kept?.Commit ?? ""]), kept?.Files ?? [], cancellation);
        if (kept is not null && open.Contains(kept.Commit)) return;
        _note.Clear();
    });

    public ValueTask WriteAsync(ColumnBatch batch, CancellationToken cancellation) => Named(async () =>
    {
        if (!_isOpen)
        {
            _commit = Guid.CreateVersion7(clock.GetUtcNow()).ToString("N");
            _note.Write(_unpublished is null ? [_commit] : [_unpublished, _commit]);
            _writer!.Begin(_commit);
            _isOpen = true;
            if (_since == long.MaxValue) Volatile.Write(ref _since, EventTime.Now(clock));
        }
        var columns = _rows.Columns(batch);
        try
        {
            await _writer!.WriteAsync(columns, cancellation);
        }
        finally
        {
            foreach (var column in columns) column.Release();
        }
    });

    public async ValueTask<string?> PrepareAsync(PrepareRequest request, CancellationToken cancellation)
    {
        if (_isOpen) await Named(async () => _waiting = _waiting.AddRange((await _writer!.FinishAsync(cancellation)).Select(_table.Describe)));
        _isOpen = false;
        if (_waiting.IsEmpty) return null;
        var isDue = request.Final || settings.Options.CommitInterval is null || IsCommitDue;
        _unpublished = _commit;
        var pending = new PendingCommit(_commit!, isDue, new DateTimeOffset(EventTime.ToDateTime(_since), TimeSpan.Zero), request.Checkpoint, request.Positions, _waiting);
        if (isDue)
        {
            _waiting = [];
            Volatile.Write(ref _since, long.MaxValue);
        }
        return pending.Serialize();
    }

    public ValueTask CommitAsync(string pending, CancellationToken cancellation) => Named(async () =>
    {
        var commit = PendingCommit.Parse(Name, pending);
        _unpublished = null;
        if (!commit.IsDue) return;
        await _table.CommitAsync(commit, cancellation);
        // Rows may have come since it was prepared; their note stays.
        if (!_isOpen) _note.Clear();
    });

    /// <summary>Says in every error which sink and table it is about.</summary>
    private async ValueTask Named(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (StreamForgeException error)
        {
            throw new StreamForgeException(error.Kind, $"sink {Name}, table {settings.Options.Name}: {error.Message}", error.Retryable, error);
        }
    }

    public ValueTask DisposeAsync() => _writer?.DisposeAsync() ?? ValueTask.CompletedTask;
}
