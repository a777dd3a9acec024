namespace StreamForge.Embedded.Readers;

/// <summary>
/// Brings all partition readers to a stop between two batches, so that a checkpoint's barrier separates the same events for every shard and sink.
/// <para>
/// The coordinator calls <see cref="CloseAsync"/>, which completes when every reader that has not left stands at the gate; then it sends the barrier and calls
/// <see cref="Open"/>. A reader calls <see cref="PassAsync"/> between batches and <see cref="Leave"/> when it is done for good. Readers come by at least every 100 ms,
/// as that is the longest that a read waits for events.
/// </para>
/// </summary>
/// <param name="readers">How many readers there are.</param>
internal sealed class BarrierGate(int readers)
{
    private readonly Lock _lock = new();
    private int _present = readers;
    private int _waiting;
    private TaskCompletionSource? _allWaiting;
    private TaskCompletionSource? _opened;

    /// <summary>Stops the readers; completes when all of them wait.</summary>
    public Task CloseAsync()
    {
        lock (_lock)
        {
            if (_opened is not null) throw new InvalidOperationException("The gate is closed already.");
            _opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _allWaiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            CompleteWhenAllWait();
            return _allWaiting.Task;
        }
    }

    /// <summary>Lets the readers go on.</summary>
    public void Open()
    {
        lock (_lock)
        {
            _waiting = 0;
            _allWaiting = null;
            _opened?.SetResult();
            _opened = null;
        }
    }

    /// <summary>Called by a reader between two batches: completes at once unless the gate is closed.</summary>
    public ValueTask PassAsync(CancellationToken cancellation)
    {
        if (Volatile.Read(ref _opened) is null) return ValueTask.CompletedTask;
        lock (_lock)
        {
            if (_opened is not { } opened) return ValueTask.CompletedTask;
            _waiting++;
            CompleteWhenAllWait();
            return new ValueTask(opened.Task.WaitAsync(cancellation));
        }
    }

    /// <summary>Called by a reader that will not come again.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            _present--;
            CompleteWhenAllWait();
        }
    }

    private void CompleteWhenAllWait()
    {
        if (_allWaiting is not null && _waiting >= _present) _allWaiting.TrySetResult();
    }
}
