using StreamForge.Cluster.Features;
using StreamForge.Cluster.Ports;
using StreamForge.Core;

namespace StreamForge.Cluster.Flushing;

/// <summary>
/// Numbers a silo's flushes and keeps which cells the next one takes.
/// <para>
/// The promise is that a change that was answered with n is in flush n or an earlier one. A cell changes, then marks itself, all under its own lock; a flush first closes its number and takes the set of marked cells, under the
/// lock here, and then takes each cell's snapshot under the cell's lock. So a mark that was given n came before n was closed, its cell is in the set of n, and the snapshot, which needs the lock that the cell held from before
/// its change until after its mark, has the change. The same holds without the lock here for a cell that finds that it is already marked with the number that is open: it is in that set already.
/// </para>
/// Any thread. A cell's lock may be held when the lock here is taken, never the other way round.
/// </summary>
internal sealed class FlushCounter(SiloId silo) : IDirtyCells
{
    private readonly Lock _gate = new();
    private readonly List<(long Flush, TaskCompletionSource Done)> _waiting = [];
    private List<FeatureCell> _marked = [];
    private long _open = 1;
    private long _completed;
    private long _lastLoss;
    private bool _isOver;

    public FlushStatus Status
    {
        get
        {
            lock (_gate) return new FlushStatus(silo, _completed, _lastLoss);
        }
    }

    /// <summary>Cells that the next flush takes.</summary>
    public int Marked
    {
        get
        {
            lock (_gate) return _marked.Count;
        }
    }

    public long Mark(FeatureCell cell, long marked)
    {
        if (marked == Volatile.Read(ref _open)) return marked;
        lock (_gate)
        {
            _marked.Add(cell);
            return _open;
        }
    }

    /// <summary>Closes the open number and takes the cells that were marked with it; null when there are none.</summary>
    public (long Flush, List<FeatureCell> Cells)? Begin()
    {
        lock (_gate)
        {
            if (_marked.Count == 0) return null;
            var cells = _marked;
            _marked = new List<FeatureCell>(cells.Count);
            var flush = _open;
            Volatile.Write(ref _open, flush + 1);
            return (flush, cells);
        }
    }

    /// <summary>Every write of a flush is settled.</summary>
    /// <param name="lost">Whether a key was lost. It may have answered with the number that is open now, too, so that this counts as lost, and another is opened for what comes from here on.</param>
    public void Complete(long flush, bool lost)
    {
        lock (_gate)
        {
            _completed = flush;
            if (lost)
            {
                _lastLoss = _open;
                Volatile.Write(ref _open, _lastLoss + 1);
                if (_marked.Count == 0) _completed = _lastLoss;
            }
            _waiting.RemoveAll(w => w.Flush <= _completed && w.Done.TrySetResult());
        }
    }

    /// <summary>No flush will be completed any more.</summary>
    public void End()
    {
        lock (_gate)
        {
            _isOver = true;
            foreach (var (_, done) in _waiting) done.TrySetException(Over());
            _waiting.Clear();
        }
    }

    /// <summary>The flush after which everything marked so far is settled.</summary>
    public long Newest
    {
        get
        {
            lock (_gate) return _marked.Count > 0 ? _open : _open - 1;
        }
    }

    /// <summary>Waits for a flush to be completed.</summary>
    public Task WaitAsync(long flush, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (flush <= _completed) return Task.CompletedTask;
            if (_isOver) throw Over();
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((flush, done));
            return cancellation.CanBeCanceled ? done.Task.WaitAsync(cancellation) : done.Task;
        }
    }

    private StreamForgeException Over() => new(ErrorKind.Unavailable, $"{silo} has stopped writing keys of the pipeline; what it held and had not written is read again elsewhere", retryable: true);
}
