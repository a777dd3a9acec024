using StreamForge.Cluster.Records;
using StreamForge.Core;
using StreamForge.Testing.Cluster.Network;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Testing.Cluster.Grains;

/// <summary>A part of the protocol that is started once and ticks about once a second, as a shell in a silo runs it: what loses its fence ends, what may pass is tried again with the next tick.</summary>
/// <param name="end">Ends this activation.</param>
internal abstract class ProcessGrain(SimulatedWorld world, Action<ISimulatedGrain> end) : ISimulatedGrain
{
    protected SimulatedWorld World => world;

    /// <summary>Microseconds from one tick to the next.</summary>
    protected virtual long TickMicros => 1_000_000;

    public async Task ActivateAsync()
    {
        try
        {
            await GuardAsync(StartAsync);
        }
        catch (FenceLostException error)
        {
            // Whoever called finds the other activation when it calls again.
            throw new StreamForgeException(ErrorKind.Unavailable, error.Message, retryable: true, error);
        }
        catch
        {
            end(this);
            throw;
        }
        _ = TickForEverAsync();
    }

    public virtual Task DeactivateAsync() => Task.CompletedTask;

    protected abstract Task StartAsync();

    protected abstract Task TickAsync();

    private async Task TickForEverAsync()
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromMicroseconds(TickMicros * 3 / 4 + world.Choose((int)(TickMicros / 2))), world.Time);
            try
            {
                await GuardAsync(TickAsync);
            }
            catch (FenceLostException)
            {
                return;
            }
            catch (StreamForgeException error) when (error.Retryable)
            {
                world.Tell($"tick: {error.Message}");
            }
            catch (Exception error)
            {
                world.Fail($"{world.Current?.Name}: {error}");
                return;
            }
        }
    }

    /// <summary>Runs something of the process; one that has lost its fence ends.</summary>
    protected async Task GuardAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (FenceLostException error)
        {
            world.Tell($"{error.Message}");
            end(this);
            throw;
        }
    }

    /// <summary>Runs something of the process; one that has lost its fence ends.</summary>
    protected async ValueTask<T> GuardAsync<T>(Func<ValueTask<T>> work)
    {
        var answer = default(T)!;
        try
        {
            await GuardAsync(async () => { answer = await work(); });
        }
        catch (FenceLostException error)
        {
            throw new StreamForgeException(ErrorKind.Unavailable, error.Message, retryable: true, error);
        }
        return answer;
    }
}
