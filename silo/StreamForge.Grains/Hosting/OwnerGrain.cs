using StreamForge.Cluster.Records;
using StreamForge.Core;

namespace StreamForge.Grains.Hosting;

/// <summary>
/// What the grains have in common that run a process of the protocol: a tick from time to time, which may come between the turns of calls and keeps the activation alive, and an end when another activation has
/// taken over what this one owned.
/// </summary>
internal abstract class OwnerGrain(IGrainContext context, SiloPipelines pipelines) : IGrainBase, IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private IGrainTimer? _timer;

    public IGrainContext GrainContext => context;

    /// <summary>The grain's key as text.</summary>
    protected string Key { get; } = context.GrainId.Key.ToString()!;

    protected SiloPipelines Pipelines => pipelines;

    public async Task OnActivateAsync(CancellationToken token)
    {
        try
        {
            await StartAsync(token);
        }
        catch (FenceLostException error)
        {
            throw Passing(error);
        }
        var every = pipelines.Options.Tick;
        _timer = this.RegisterGrainTimer(_ => GuardAsync(TickAsync), new GrainTimerCreationOptions(every, every) { Interleave = true, KeepAlive = true });
    }

    /// <summary>Called when the activation has ended.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        _timer?.Dispose();
        await _end.CancelAsync();
        _end.Dispose();
    }

    protected abstract Task StartAsync(CancellationToken cancellation);

    /// <summary>One that fails is followed by the next.</summary>
    protected abstract Task TickAsync(CancellationToken cancellation);

    /// <summary>Ends the activation; the next call finds another one.</summary>
    protected void Leave()
    {
        _end.Cancel();
        this.DeactivateOnIdle();
    }

    /// <summary>Does something as the owner.</summary>
    /// <param name="work">Its token is cancelled when the activation ends.</param>
    protected async Task GuardAsync(Func<CancellationToken, Task> work)
    {
        try
        {
            await work(_end.Token);
        }
        catch (FenceLostException error)
        {
            Leave();
            throw Passing(error);
        }
    }

    /// <summary>Does something as the owner.</summary>
    /// <param name="work">Its token is cancelled when the activation ends.</param>
    protected async ValueTask<T> GuardAsync<T>(Func<CancellationToken, ValueTask<T>> work)
    {
        var answer = default(T)!;
        await GuardAsync(async cancellation => { answer = await work(cancellation); });
        return answer;
    }

    /// <summary>What callers hear: nothing is wrong with the pipeline, and their next call finds the owner.</summary>
    private static StreamForgeException Passing(FenceLostException error) => new(ErrorKind.Unavailable, error.Message, retryable: true, error);
}
