using StreamForge.Core;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Testing.Cluster.Network;

/// <summary>
/// Carries calls between silos: they take their time and overtake one another, requests and answers are lost, requests come twice. Whoever waits longer than <see cref="Timeout"/> hears that the outcome is unknown.
/// Inside a silo nothing is lost.
/// </summary>
public sealed class SimulatedNetwork(SimulatedWorld world, FaultSource faults)
{
    /// <summary>How long a caller waits, microseconds.</summary>
    public const long Timeout = 5_000_000;

    /// <summary>Calls so far.</summary>
    public long Calls { get; private set; }

    /// <summary>Calls something from the turn of an actor of a silo.</summary>
    /// <param name="resolve">Finds the activation when the request arrives.</param>
    public ValueTask<T> CallAsync<T>(
        SimulatedSilo from, string what, Func<SimulatedActivation> resolve, bool interleaves, Func<ISimulatedGrain, ValueTask<T>> call, CancellationToken cancellation)
    {
        var actor = world.Enter(what);
        cancellation.ThrowIfCancellationRequested();
        return new ValueTask<T>(StartAsync(from, $"{actor.Name} calls {what}", resolve, interleaves, call, cancellation));
    }

    /// <summary>The same from outside of any silo's turns.</summary>
    public Task<T> StartAsync<T>(
        SimulatedSilo from, string what, Func<SimulatedActivation> resolve, bool interleaves, Func<ISimulatedGrain, ValueTask<T>> call, CancellationToken cancellation)
    {
        Calls++;
        var answer = new TaskCompletionSource<T>();
        var registration = cancellation.Register(() => answer.TrySetCanceled(cancellation));
        _ = world.Kernel.RunAsync(async () =>
        {
            try
            {
                answer.TrySetResult(await SendAsync(from, what, resolve, interleaves, call));
            }
            catch (Exception error) when (error is StreamForgeException or OperationCanceledException)
            {
                world.Tell($"{what}: {error.Message}");
                answer.TrySetException(error);
            }
            catch (Exception error)
            {
                world.Fail($"{what}: {error}");
                answer.TrySetException(error);
            }
            registration.Unregister();
        });
        world.At(world.Now + Timeout, () => answer.TrySetException(new StreamForgeException(ErrorKind.Unavailable, $"{what}: no answer in {Timeout / 1_000_000} s", retryable: true)));
        return answer.Task;
    }

    private async Task<T> SendAsync<T>(SimulatedSilo from, string what, Func<SimulatedActivation> resolve, bool interleaves, Func<ISimulatedGrain, ValueTask<T>> call)
    {
        var plan = faults.Plan;
        await world.DelayAsync(WayMicros());
        var to = resolve();
        if (to.Silo == from) return await to.InvokeAsync(interleaves, call);
        if (faults.Strikes(plan.RequestLost, "request lost")) return await NeverAsync<T>();
        if (faults.Strikes(plan.Duplicate, "request doubled")) Again(what, resolve, interleaves, call);
        var answer = await to.InvokeAsync(interleaves, call);
        if (faults.Strikes(plan.AnswerLost, "answer lost")) return await NeverAsync<T>();
        await world.DelayAsync(WayMicros());
        return answer;
    }

    private void Again<T>(string what, Func<SimulatedActivation> resolve, bool interleaves, Func<ISimulatedGrain, ValueTask<T>> call) => _ = world.Kernel.RunAsync(async () =>
    {
        await world.DelayAsync(world.Between(100, 3_000_000));
        try
        {
            world.Tell($"{what}, again");
            await resolve().InvokeAsync(interleaves, call);
        }
        catch (Exception error) when (error is StreamForgeException or OperationCanceledException)
        {
            world.Tell($"{what}, again: {error.Message}");
        }
        catch (Exception error)
        {
            world.Fail($"{what}, again: {error}");
        }
    });

    private long WayMicros() => faults.Strikes(faults.Plan.SlowMessage, "slow message") ? world.Between(10_000, Timeout * 3 / 2) : world.Between(20, 3_000);

    private static Task<T> NeverAsync<T>() => new TaskCompletionSource<T>().Task;
}
