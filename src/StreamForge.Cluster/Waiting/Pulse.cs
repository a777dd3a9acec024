namespace StreamForge.Cluster.Waiting;

/// <summary>Wakes those who wait for something to change; they look again then. One thread at a time.</summary>
internal sealed class Pulse
{
    private TaskCompletionSource? _next;

    /// <summary>Completes with the next <see cref="Beat"/>.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var next = _next ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!cancellation.CanBeCanceled)
        {
            await next.Task;
            return;
        }
        // Cancelling one who waits wakes all of them, who look and wait on.
        await using (cancellation.UnsafeRegister(static n => ((TaskCompletionSource)n!).TrySetResult(), next)) await next.Task;
        if (ReferenceEquals(_next, next)) _next = null;
        cancellation.ThrowIfCancellationRequested();
    }

    public void Beat()
    {
        var next = _next;
        _next = null;
        next?.TrySetResult();
    }
}
