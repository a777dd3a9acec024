using System.Text;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Testing.Cluster.Storage;

/// <summary>
/// The storage of one pipeline in memory, with true transactions and fences, behind a connection that is slow, that fails before or after the work is done, and that is gone for a while.
/// </summary>
public sealed class SimulatedStorage(SimulatedWorld world, FaultSource faults) : IPipelineStorage
{
    private long _awayUntil;

    /// <summary>What is stored, without any connection.</summary>
    public StorageContent Content { get; init; } = new();

    public IKeyStorage Keys => field ??= new SimulatedKeyStorage(this);

    public IRecordStorage Records => field ??= new SimulatedRecordStorage(this);

    public IImageStorage Images => field ??= new SimulatedImageStorage(this);

    /// <summary>Every call fails for so long.</summary>
    public void GoAway(long micros)
    {
        _awayUntil = world.Now + micros;
        faults.Counts.Add("storage away");
        world.Tell($"storage is away until {_awayUntil / 1e6:F3}");
    }

    public void ComeBack() => _awayUntil = 0;

    internal bool Write(KeyWrite write)
    {
        var isWritten = Content.Write(write);
        if (world.IsTraced) world.Tell($"key {write.Id.View}/{Convert.ToHexString(write.Id.Key)} over {write.Expected} by {write.Writer}: {(isWritten ? "written" : "fenced")}, {write.Emissions.Count} emissions, {write.Orphans.Count} orphans, due {write.Due}");
        return isWritten;
    }

    internal bool Write(RecordWrite write)
    {
        var isWritten = Content.Write(write);
        if (world.IsTraced) world.Tell($"{write.Name} over {write.Expected} by {write.Writer}: {(isWritten ? "written" : "fenced")}, {write.Ledger.Count} ledger entries, {write.Images?.Rows.Count ?? 0} images: {Encoding.UTF8.GetString(write.Content)}");
        return isWritten;
    }

    internal ValueTask<T> CallAsync<T>(string what, bool writes, Func<T> effect, CancellationToken cancellation)
    {
        world.Enter(what);
        cancellation.ThrowIfCancellationRequested();
        var answer = new TaskCompletionSource<T>();
        var registration = cancellation.Register(() => answer.TrySetCanceled(cancellation));
        _ = world.Kernel.RunAsync(async () =>
        {
            try
            {
                answer.TrySetResult(await OperateAsync(what, writes, effect));
            }
            catch (StreamForgeException error)
            {
                world.Tell($"{what}: {error.Message}");
                answer.TrySetException(error);
            }
            catch (Exception error)
            {
                world.Fail($"{what}: {error}");
            }
            registration.Unregister();
        });
        return new ValueTask<T>(answer.Task);
    }

    private async Task<T> OperateAsync<T>(string what, bool writes, Func<T> effect)
    {
        var plan = faults.Plan;
        await world.DelayAsync(faults.Strikes(plan.SlowStorage, "slow storage") ? world.Between(100_000, 8_000_000) : world.Between(50, 20_000));
        if (world.Now < _awayUntil) throw Unavailable(what, "storage is away");
        if (faults.Strikes(plan.StorageFailsBefore, "storage failed before")) throw Unavailable(what, "failed before");
        if (writes && faults.Strikes(plan.StorageLandsLate, "storage write landed after its failure"))
        {
            world.At(world.Now + world.Between(1_000, 15_000_000), () => Land(what, effect));
            throw Unavailable(what, "failed, the outcome is unknown");
        }
        var result = effect();
        await world.DelayAsync(world.Between(50, 5_000));
        if (faults.Strikes(plan.StorageFailsAfter, writes ? "storage write failed after" : "storage read failed after")) throw Unavailable(what, "failed after");
        return result;
    }

    private void Land<T>(string what, Func<T> effect)
    {
        world.Tell($"{what} lands late");
        effect();
    }

    private static StreamForgeException Unavailable(string what, string how) => new(ErrorKind.Unavailable, $"{what}: {how}", retryable: true);
}
