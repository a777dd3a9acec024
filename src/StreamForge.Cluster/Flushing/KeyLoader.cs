using StreamForge.Cluster.Features;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Waiting;
using StreamForge.Core;

namespace StreamForge.Cluster.Flushing;

/// <summary>
/// Loads keys many at a time: while one statement is under way, requests gather for the next. A load that fails fails the requests that were in it, and whoever made them repeats them. Requests from any thread;
/// one loop.
/// </summary>
internal sealed class KeyLoader(ActiveCells cells, IKeyStorage storage, BatcherOptions options, Func<Guid> ids, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Wakeup _wakeup = new(clock);
    private Queue<Request> _waiting = [];
    private bool _isOver;
    private long _loaded;

    private readonly record struct Request(KeyId Id, TaskCompletionSource<FeatureCell> Answer);

    /// <summary>Keys that were loaded, stored or not.</summary>
    public long Loaded => Volatile.Read(ref _loaded);

    /// <summary>A cell for a key that is being activated here.</summary>
    /// <exception cref="StreamForgeException">Storage failed, or too many wait; retryable.</exception>
    public Task<FeatureCell> LoadAsync(KeyId id, CancellationToken cancellation)
    {
        var request = new Request(id, new TaskCompletionSource<FeatureCell>(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_gate)
        {
            if (_isOver) throw Over();
            if (_waiting.Count >= options.MaxLoadsWaiting)
                throw new StreamForgeException(ErrorKind.Exhausted, $"{_waiting.Count} keys wait to be loaded; ask again when storage has caught up", retryable: true);
            _waiting.Enqueue(request);
        }
        _wakeup.Set();
        return cancellation.CanBeCanceled ? request.Answer.Task.WaitAsync(cancellation) : request.Answer.Task;
    }

    /// <summary>Loads until cancelled; then whoever waits is told so.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                await _wakeup.WaitAsync(Timeout.InfiniteTimeSpan, cancellation);
                while (Take() is { Count: > 0 } requests) await LoadAsync(requests, cancellation);
            }
        }
        finally
        {
            lock (_gate) _isOver = true;
            foreach (var request in _waiting) request.Answer.TrySetException(Over());
        }
    }

    private List<Request> Take()
    {
        var taken = new List<Request>();
        lock (_gate)
        {
            while (taken.Count < options.LoadKeys && _waiting.TryDequeue(out var request)) taken.Add(request);
        }
        return taken;
    }

    private async Task LoadAsync(List<Request> requests, CancellationToken cancellation)
    {
        StoredKey?[] stored;
        try
        {
            stored = await storage.LoadAsync([.. requests.Select(r => r.Id)], cancellation);
        }
        catch (Exception error)
        {
            var told = error is OperationCanceledException ? Over() : error;
            foreach (var request in requests) request.Answer.TrySetException(told);
            if (error is OperationCanceledException && cancellation.IsCancellationRequested) throw;
            return;
        }
        Interlocked.Add(ref _loaded, requests.Count);
        for (var i = 0; i < requests.Count; i++)
        {
            try
            {
                requests[i].Answer.TrySetResult(cells.Add(requests[i].Id, ids(), stored[i]));
            }
            catch (StreamForgeException error)
            {
                requests[i].Answer.TrySetException(error);
            }
        }
    }

    private static StreamForgeException Over() => new(ErrorKind.Unavailable, "this silo has stopped loading keys of the pipeline; another one will take them", retryable: true);
}
