using System.Collections.Immutable;
using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Core;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Testing.Cluster.Network;

/// <summary>The cluster as something in one silo sees it: every call is a message.</summary>
public sealed class SimulatedCluster(SimulatedWorld world, SimulatedNetwork network, ActivationDirectory directory, Dictionary<SiloId, SimulatedSilo> silos, SimulatedSilo here) : ICluster
{
    public SiloId Here => here.Id;

    public ImmutableArray<SiloId> Silos => here.Known;

    public ISliceReceiver Receiver(SiloId silo) => new RemoteReceiver(this, silo);

    public IFeatureKey Key(KeyId id) => new RemoteKey(this, Addresses.Key(id));

    public ISinkWriter Sink(int sink) => new RemoteSink(this, Addresses.Sink(sink));

    public IPipelineControl Control => new RemoteControl(this);

    /// <summary>Calls what is active under an address, wherever it is.</summary>
    public ValueTask<T> CallAsync<TTarget, T>(string address, bool interleaves, Func<TTarget, ValueTask<T>> call, CancellationToken cancellation) where TTarget : class =>
        network.CallAsync(here, address, () => directory.Resolve(here, address), interleaves, g => call((TTarget)g), cancellation);

    private ValueTask<T> CallSiloAsync<T>(SiloId silo, Func<ISliceReceiver, ValueTask<T>> call, CancellationToken cancellation) => network.CallAsync(
        here, $"the receiver of {silo}", () => silos.TryGetValue(silo, out var found) && found is { IsAlive: true, Service: { } service } ? service : throw Gone(silo), interleaves: true, g => call((ISliceReceiver)g), cancellation);

    private async ValueTask<T> TracedAsync<T>(Func<ValueTask<T>> call, Func<T, string> line)
    {
        var answer = await call();
        if (world.IsTraced) world.Tell($"{line(answer)}");
        return answer;
    }

    private static StreamForgeException Gone(SiloId silo) => new(ErrorKind.Unavailable, $"silo {silo} does not answer", retryable: true);

    private sealed class RemoteReceiver(SimulatedCluster cluster, SiloId silo) : ISliceReceiver
    {
        public ValueTask<SliceAnswer> ApplyAsync(SliceBatch batch, CancellationToken cancellation)
        {
            var sent = batch with { Payload = batch.Payload.ToArray() };
            return cluster.CallSiloAsync(silo, r => cluster.TracedAsync(() => r.ApplyAsync(sent, CancellationToken.None), a => $"view {batch.View} of partition {batch.Partition}: {(a.IsBehind ? "behind, " : "")}{string.Join(", ", a.Flushes)}"), cancellation);
        }

        public ValueTask<FlushStatus> StatusAsync(CancellationToken cancellation) => cluster.CallSiloAsync(silo, r => r.StatusAsync(CancellationToken.None), cancellation);

        public ValueTask<byte[]?[]> ReadAsync(IReadOnlyList<KeyId> keys, CancellationToken cancellation)
        {
            KeyId[] sent = [.. keys];
            return cluster.CallSiloAsync(silo, r => r.ReadAsync(sent, CancellationToken.None), cancellation);
        }
    }

    private sealed class RemoteKey(SimulatedCluster cluster, string address) : IFeatureKey
    {
        public ValueTask<KeyAnswer> ApplyAsync(KeySlice slice, CancellationToken cancellation) =>
            cluster.CallAsync<IFeatureKey, KeyAnswer>(
                address, interleaves: false, k => cluster.TracedAsync(() => k.ApplyAsync(slice, CancellationToken.None), a => $"applies {slice.Positions[slice.From]}.. of partition {slice.Partition} after {slice.Previous}: {a}"), cancellation);

        public ValueTask<KeyAnswer> CloseAsync(CloseRequest time, CancellationToken cancellation) =>
            cluster.CallAsync<IFeatureKey, KeyAnswer>(address, interleaves: false, k => k.CloseAsync(time, CancellationToken.None), cancellation);

        public ValueTask<byte[]?> ReadAsync(CancellationToken cancellation) =>
            cluster.CallAsync<IFeatureKey, byte[]?>(address, interleaves: true, k => k.ReadAsync(CancellationToken.None), cancellation);
    }

    private sealed class RemoteSink(SimulatedCluster cluster, string address) : ISinkWriter
    {
        public ValueTask<SinkAnswer> WriteAsync(SinkRows rows, CancellationToken cancellation)
        {
            var sent = rows with { Payload = rows.Payload.ToArray() };
            return cluster.CallAsync<ISinkWriter, SinkAnswer>(address, interleaves: true, s => s.WriteAsync(sent, CancellationToken.None), cancellation);
        }

        public ValueTask<SinkStatus> StatusAsync(CancellationToken cancellation) =>
            cluster.CallAsync<ISinkWriter, SinkStatus>(address, interleaves: true, s => s.StatusAsync(CancellationToken.None), cancellation);
    }

    private sealed class RemoteControl(SimulatedCluster cluster) : IPipelineControl
    {
        public ValueTask<PipelineTime> ReportAsync(PartitionReport report, CancellationToken cancellation) =>
            CallAsync(c => c.ReportAsync(report, CancellationToken.None), cancellation);

        public ValueTask<PipelineTime> TimeAsync(CancellationToken cancellation) => CallAsync(c => c.TimeAsync(CancellationToken.None), cancellation);

        public ValueTask<PipelineOverview> OverviewAsync(CancellationToken cancellation) => CallAsync(c => c.OverviewAsync(CancellationToken.None), cancellation);

        public async ValueTask OrderAsync(PipelineOrder order, CancellationToken cancellation) => await CallAsync(
            async c =>
            {
                await c.OrderAsync(order, CancellationToken.None);
                return true;
            }, cancellation);

        private ValueTask<T> CallAsync<T>(Func<IPipelineControl, ValueTask<T>> call, CancellationToken cancellation) => cluster.CallAsync(Addresses.Pipeline, interleaves: true, call, cancellation);
    }
}

/// <summary>What activations are called.</summary>
public static class Addresses
{
    public const string Pipeline = "pipeline";

    public static string Key(KeyId id) => $"key/{id.View}/{Convert.ToHexString(id.Key)}";

    public static string Sink(int sink) => $"sink/{sink}";

    public static string Partition(int partition) => $"partition/{partition}";

    public static string KeyGroup(int group) => $"group/{group}";
}
