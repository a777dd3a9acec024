using StreamForge.Core;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Testing.Cluster.Network;

/// <summary>What can be activated: a key, a partition, a key group, a sink, a pipeline.</summary>
public interface ISimulatedGrain
{
    /// <summary>The first turns of an activation; calls wait for it.</summary>
    Task ActivateAsync() => Task.CompletedTask;

    /// <summary>The last turns of an activation that ends in order.</summary>
    Task DeactivateAsync() => Task.CompletedTask;
}

/// <summary>An activation of something in a silo: takes one request after another, each to its end, but for those that interleave.</summary>
public sealed class SimulatedActivation
{
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private readonly Task _active;
    private bool _busy;

    public SimulatedActivation(SimulatedWorld world, SimulatedSilo silo, string address, ISimulatedGrain grain)
    {
        Address = address;
        Silo = silo;
        Grain = grain;
        Actor = new SimulatedActor(world, $"{address} in {silo.Id}");
        _active = Actor.RunAsync(grain.ActivateAsync);
    }

    public string Address { get; }

    public SimulatedSilo Silo { get; }

    public ISimulatedGrain Grain { get; }

    public SimulatedActor Actor { get; }

    /// <summary>It takes no more requests.</summary>
    public bool IsClosing { get; private set; }

    public bool IsGone => Actor.IsDead || IsClosing || _active.IsFaulted;

    /// <summary>Runs a request; in the kernel. Never complete when the activation dies.</summary>
    internal async Task<T> InvokeAsync<T>(bool interleaves, Func<ISimulatedGrain, ValueTask<T>> call)
    {
        await _active;
        if (!interleaves) await EnterAsync();
        try
        {
            if (IsClosing) throw new StreamForgeException(ErrorKind.Unavailable, $"{Address} is being deactivated", retryable: true);
            return await Actor.RunAsync(() => call(Grain));
        }
        finally
        {
            if (!interleaves) Leave();
        }
    }

    /// <summary>Ends it in order: after the request that runs; in the kernel.</summary>
    internal async Task CloseAsync()
    {
        await _active;
        await EnterAsync();
        IsClosing = true;
        await Actor.RunAsync(Grain.DeactivateAsync);
        Actor.Kill();
    }

    private Task EnterAsync()
    {
        if (!_busy)
        {
            _busy = true;
            return Task.CompletedTask;
        }
        var turn = new TaskCompletionSource();
        _waiting.Enqueue(turn);
        return turn.Task;
    }

    private void Leave()
    {
        if (_waiting.TryDequeue(out var next)) next.SetResult();
        else _busy = false;
    }
}
