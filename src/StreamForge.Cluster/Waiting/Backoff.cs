namespace StreamForge.Cluster.Waiting;

/// <summary>How long somebody waits before a call that has failed is made again: longer each time, up to a limit.</summary>
/// <param name="Failures">How often it has failed.</param>
internal readonly record struct Backoff(int Failures)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    public TimeSpan Delay => Failures >= 6 ? Longest : First * (1 << Failures);

    public Backoff Next => new(Failures + 1);

    /// <summary>Waits by <paramref name="clock"/>.</summary>
    public Task WaitAsync(TimeProvider clock, CancellationToken cancellation) => Wakeup.PauseAsync(Delay, clock, cancellation);
}
