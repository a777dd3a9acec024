namespace StreamForge.Cluster.Waiting;

/// <summary>Wakes one loop, early or when its time has come. Set by anybody, waited for by one at a time; a wake-up before the wait is not lost, and several are one.</summary>
internal sealed class Wakeup(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _waiting;
    private bool _isSet;

    public void Set()
    {
        lock (_gate)
        {
            _isSet = true;
            _waiting?.TrySetResult();
        }
    }

    /// <summary>Waits until it is set, or for <paramref name="atMost"/> (infinite: <see cref="Timeout.InfiniteTimeSpan"/>).</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellation)
    {
        TaskCompletionSource source;
        lock (_gate)
        {
            if (_isSet)
            {
                _isSet = false;
                return;
            }
            source = _waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        try
        {
            await CompleteAsync(source, atMost, clock, cancellation);
        }
        finally
        {
            lock (_gate)
            {
                _waiting = null;
                _isSet = false;
            }
        }
    }

    /// <summary>Lets time pass.</summary>
    public static Task PauseAsync(TimeSpan time, TimeProvider clock, CancellationToken cancellation) =>
        CompleteAsync(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), time, clock, cancellation);

    private static async Task CompleteAsync(TaskCompletionSource source, TimeSpan atMost, TimeProvider clock, CancellationToken cancellation)
    {
        await using var timer = clock.CreateTimer(static s => ((TaskCompletionSource)s!).TrySetResult(), source, atMost, Timeout.InfiniteTimeSpan);
        await using var registration = cancellation.Register(static (s, token) => ((TaskCompletionSource)s!).TrySetCanceled(token), source);
        await source.Task;
    }
}
