using System.Collections.Concurrent;
using System.Collections.Immutable;
using StreamForge.Cluster.Features;
using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.KeyGroups;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Core;

namespace StreamForge.Tests.Cluster;

/// <summary>Some silos over one storage, without a network: a key is activated where its group is placed, by its first call.</summary>
internal sealed class RunningReceivers : IAsyncDisposable
{
    private readonly Dictionary<SiloId, Silo> _silos = [];
    private readonly KeyPlacement _placement = new();
    private readonly Dictionary<KeyId, (SiloId Silo, Task<FeatureCell> Cell)> _active = [];

    public RunningReceivers(int silos)
    {
        Ids = [.. Enumerable.Range(0, silos).Select(i => new SiloId($"silo-{i}"))];
        foreach (var id in Ids) _silos.Add(id, new Silo(this, id, new CountingView(Storage, id.Name)));
    }

    public TestKeyStorage Storage { get; } = new();

    public ImmutableArray<SiloId> Ids { get; set; }

    /// <summary>Silos that answer nothing.</summary>
    public HashSet<SiloId> Unreachable { get; } = [];

    /// <summary>Keys that fail when they are called.</summary>
    public HashSet<KeyId> Failing { get; } = [];

    public PipelineTime Time { get; set; } = new(PipelineOrder.Run, 1, EventTime.MinValue, EventTime.MinValue, [EventTime.MinValue], [], null);

    public bool IsPipelineGone { get; set; }

    /// <summary>Calls to receivers for copies, by silo.</summary>
    public ConcurrentQueue<(SiloId Silo, int Keys)> Reads { get; } = [];

    public int TimesAsked { get; private set; }

    /// <summary>Calls of keys.</summary>
    public int Calls { get; private set; }

    public Silo this[int index] => _silos[new SiloId($"silo-{index}")];

    public SiloId OwnerOf(KeyId id) => _placement.Of(Ids).Owner(id.Group);

    /// <summary>One silo, and how the cluster looks from it.</summary>
    public sealed class Silo(RunningReceivers all, SiloId here, CountingView view) : ICluster, IPipelineControl
    {
        public CountingView View => view;

        public SliceReceiver Receiver => field ??= new SliceReceiver(CountingView.Plan, this, view.Batcher);

        public SiloId Here => here;

        public ImmutableArray<SiloId> Silos => all.Ids;

        ISliceReceiver ICluster.Receiver(SiloId silo) => new Remote(all, silo);

        public IFeatureKey Key(KeyId id) => new Remote(all, default) { Id = id };

        public ISinkWriter Sink(int sink) => throw new InvalidOperationException("No rows go to sinks here.");

        public IPipelineControl Control => this;

        public ValueTask<PipelineTime> ReportAsync(PartitionReport report, CancellationToken cancellation) => new(all.Time);

        public async ValueTask<PipelineTime> TimeAsync(CancellationToken cancellation)
        {
            all.TimesAsked++;
            await Task.Yield();
            return all.IsPipelineGone ? throw Gone("the pipeline") : all.Time;
        }

        public ValueTask OrderAsync(PipelineOrder order, CancellationToken cancellation) => default;

        public ValueTask<PipelineOverview> OverviewAsync(CancellationToken cancellation) => new(new PipelineOverview(all.Time, [], [], 0));
    }

    private sealed class Remote(RunningReceivers all, SiloId silo) : ISliceReceiver, IFeatureKey
    {
        public KeyId Id { get; init; }

        private async Task<Silo> ReachAsync()
        {
            await Task.Yield();
            return all.Unreachable.Contains(silo) ? throw Gone(silo.Name) : all._silos[silo];
        }

        public async ValueTask<SliceAnswer> ApplyAsync(SliceBatch batch, CancellationToken cancellation) => await (await ReachAsync()).Receiver.ApplyAsync(batch, cancellation);

        public async ValueTask<FlushStatus> StatusAsync(CancellationToken cancellation) => await (await ReachAsync()).Receiver.StatusAsync(cancellation);

        public async ValueTask<byte[]?[]> ReadAsync(IReadOnlyList<KeyId> keys, CancellationToken cancellation)
        {
            all.Reads.Enqueue((silo, keys.Count));
            return await (await ReachAsync()).Receiver.ReadAsync(keys, cancellation);
        }

        private async Task<FeatureCell> CellAsync()
        {
            all.Calls++;
            if (all.Failing.Contains(Id)) throw Gone("a key");
            var owner = all.OwnerOf(Id);
            (SiloId Silo, Task<FeatureCell> Cell) active;
            lock (all._active)
            {
                if (!all._active.TryGetValue(Id, out active)) all._active.Add(Id, active = (owner, all._silos[owner].View.Batcher.LoadAsync(Id, CancellationToken.None)));
            }
            return all.Unreachable.Contains(active.Silo) ? throw Gone(active.Silo.Name) : await active.Cell;
        }

        public async ValueTask<KeyAnswer> ApplyAsync(KeySlice slice, CancellationToken cancellation) => (await CellAsync()).Apply(slice);

        public async ValueTask<KeyAnswer> CloseAsync(CloseRequest time, CancellationToken cancellation) => (await CellAsync()).Close(time);

        public async ValueTask<byte[]?> ReadAsync(CancellationToken cancellation) => (await CellAsync()).Read();
    }

    /// <summary>Forgets where a key is active, as a directory does when its silo is gone.</summary>
    public void Forget(KeyId id)
    {
        lock (_active) _active.Remove(id);
    }

    private static StreamForgeException Gone(string what) => new(ErrorKind.Unavailable, $"{what} cannot be reached", retryable: true);

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos.Values) await silo.View.DisposeAsync();
    }
}
