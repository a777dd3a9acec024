namespace StreamForge.Cluster.Waiting;

/// <summary>
/// Lets one caller in at a time, in the order in which they came. Callers share one thread, or a scheduler that runs one of them at a time; no thread is taken from elsewhere to let the next one in.
/// </summary>
internal sealed class Turn
{
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private bool _isTaken;

    /// <summary>Waits for the turn, which lasts until the result is disposed.</summary>
    public async ValueTask<Holder> TakeAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!_isTaken)
        {
            _isTaken = true;
            return new Holder(this);
        }
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Enqueue(waiter);
        await using (cancellation.UnsafeRegister(static w => ((TaskCompletionSource)w!).TrySetCanceled(), waiter)) await waiter.Task;
        return new Holder(this);
    }

    private void Pass()
    {
        while (_waiting.TryDequeue(out var next))
        {
            // One that has been cancelled meanwhile is passed over.
            if (next.TrySetResult()) return;
        }
        _isTaken = false;
    }

    /// <summary>Whoever has the turn; to be disposed once.</summary>
    public readonly struct Holder(Turn turn) : IDisposable
    {
        public void Dispose() => turn.Pass();
    }
}
