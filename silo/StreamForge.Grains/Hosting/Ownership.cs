using Orleans.Runtime;
using StreamForge.Cluster.Records;

namespace StreamForge.Grains.Hosting;

/// <summary>
/// What the grains that own a record have in common: a tick from time to time, which may come between the turns of calls, and an end when another activation has taken the record over. For use on the grain's scheduler.
/// </summary>
internal sealed class Ownership(IGrainBase grain) : IDisposable
{
    private readonly CancellationTokenSource _end = new();
    private IGrainTimer? _timer;

    /// <summary>Cancelled when the activation ends.</summary>
    public CancellationToken Ended => _end.Token;

    /// <summary>Ticks from now on; the activation stays while it does.</summary>
    /// <param name="tick">One that fails is followed by the next.</param>
    public void Begin(TimeSpan every, Func<CancellationToken, ValueTask> tick) =>
        _timer = grain.RegisterGrainTimer(_ => GuardAsync(tick).AsTask(), new GrainTimerCreationOptions(every, every) { Interleave = true, KeepAlive = true });

    /// <summary>Does something that needs the record.</summary>
    public async ValueTask GuardAsync(Func<CancellationToken, ValueTask> work) => await GuardAsync(async cancellation =>
    {
        await work(cancellation);
        return true;
    });

    /// <summary>Does something that needs the record.</summary>
    public async ValueTask<T> GuardAsync<T>(Func<CancellationToken, ValueTask<T>> work)
    {
        try
        {
            return await work(Ended);
        }
        catch (FenceLostException)
        {
            Leave();
            throw;
        }
    }

    /// <summary>Ends the activation; the next call finds another one.</summary>
    public void Leave()
    {
        _end.Cancel();
        grain.DeactivateOnIdle();
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _end.Cancel();
        _end.Dispose();
    }
}
