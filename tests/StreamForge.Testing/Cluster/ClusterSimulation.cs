using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.KeyGroups;
using StreamForge.Cluster.Partitions;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Sinks;
using StreamForge.Cluster.Slices;
using StreamForge.Core;
using StreamForge.Testing.Cluster.Grains;
using StreamForge.Testing.Cluster.Network;
using StreamForge.Testing.Cluster.Sinks;
using StreamForge.Testing.Cluster.Storage;
using StreamForge.Testing.Cluster.Streams;
using StreamForge.Testing.Cluster.Workload;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Testing.Cluster;

/// <summary>
/// A whole cluster in a <see cref="SimulatedWorld"/>: silos, activations, network, storage, topics and tables, with one pipeline. While faults strike, silos die and come, and everything else in <see cref="FaultPlan"/> happens;
/// after <see cref="Calm"/> nothing goes wrong any more and the cluster must come to rest with everything counted once.
/// </summary>
public sealed class ClusterSimulation
{
    private const int MostSilos = 4;

    /// <summary>In how many parts a view's key groups are swept.</summary>
    private const int GroupRanges = 2;

    private readonly SimulationOptions _options;
    private readonly Dictionary<SiloId, SimulatedSilo> _silos = [];
    private readonly SimulationLog _log;
    private long _guids;
    private int _siloNumber;

    public ClusterSimulation(int seed, SimulationOptions options)
    {
        _options = options;
        World = new SimulatedWorld(seed, options.IsTraced);
        Workload = new SimulatedWorkload(World.Random, options.Events);
        Faults = new FaultSource(World, options.Faults ?? FaultPlan.Random(World.Random));
        Storage = new SimulatedStorage(World, Faults) { Content = options.Content(Workload.Plan) };
        Network = new SimulatedNetwork(World, Faults);
        Directory = new ActivationDirectory(World, Faults, _silos, Place, Make);
        Tables = [.. Workload.Plan.Sinks.Select(s => new SimulatedTable(World, Faults, s.Name, s.Schema) { CommitsEarly = options.CommitsEarly })];
        Streams = [.. Workload.Topics.Select(t => new SimulatedStream(World, Faults, t, b => DeliverAsync(t.Partition, b)))];
        _log = new SimulationLog(World);
        Invariants = new Invariants(this);
    }

    public SimulatedWorld World { get; }

    public SimulatedWorkload Workload { get; }

    public FaultSource Faults { get; }

    public SimulatedStorage Storage { get; }

    public SimulatedNetwork Network { get; }

    public ActivationDirectory Directory { get; }

    public ImmutableArray<SimulatedTable> Tables { get; }

    public ImmutableArray<SimulatedStream> Streams { get; }

    public Invariants Invariants { get; }

    /// <summary>Silos that are alive.</summary>
    public IReadOnlyList<SimulatedSilo> Alive => [.. _silos.Values.Where(s => s.IsAlive)];

    /// <summary>Runs it all: a time of faults, a time of calm, and rest.</summary>
    public void Run()
    {
        for (var n = 1 + World.Choose(MostSilos); n > 0; n--) AddSilo();
        foreach (var stream in Streams) stream.Start();
        _ = World.Kernel.RunAsync(KeepActiveAsync);
        _ = World.Kernel.RunAsync(StrikeAsync);
        World.Run(Workload.LastAt * 2 / 3 + World.Between(1_000_000, 20_000_000), _options.Steps);
        Calm();
        Rest();
        // Partitions fall idle, time goes on, more windows close.
        World.Run(World.Now + 30_000_000, _options.Steps);
        Rest();
        World.Run(World.Now + 10_000_000, _options.Steps);
    }

    private void Rest()
    {
        var until = World.Now + _options.RestSeconds * 1_000_000L;
        while (World.Failure is null && Invariants.Unrest() is { } unrest)
        {
            if (World.Now > until) World.Fail($"the cluster has not come to rest {_options.RestSeconds} s after the last fault: {unrest}");
            else World.Run(World.Now + 2_000_000, _options.Steps);
        }
    }

    /// <summary>Nothing goes wrong any more, and at least one silo is alive.</summary>
    public void Calm()
    {
        World.Tell($"calm from here on");
        Faults.Stop();
        Storage.ComeBack();
        if (Alive.Count == 0) AddSilo();
    }

    /// <summary>A new run of a node.</summary>
    public SimulatedSilo AddSilo()
    {
        var id = _options.KeepsSiloIds && _silos.Values.FirstOrDefault(s => !s.IsAlive) is { } dead ? dead.Id : new SiloId($"silo{++_siloNumber}");
        var silo = new SimulatedSilo(World, id);
        _silos[id] = silo;
        silo.Known = [.. Alive.Select(s => s.Id).Order()];
        var cluster = new SimulatedCluster(World, Network, Directory, _silos, silo);
        var plan = Workload.Plan;
        var batcher = new StateBatcher(id, plan, Storage.Keys, _options.Batcher, NewGuid, World.Time, _log);
        var service = new SiloService(World, cluster, batcher, _options.Receiver(new SliceReceiver(plan, cluster, batcher), plan, cluster), new KeyPlacement());
        silo.Service = new SimulatedActivation(World, silo, "service", service);
        World.Tell($"{id} begins");
        foreach (var other in Alive.Where(s => s != silo)) Later(() => other.Known = silo.IsAlive ? [.. other.Known.Add(id).Distinct().Order()] : other.Known);
        return silo;
    }

    private void Crash(SimulatedSilo silo)
    {
        Faults.Counts.Add("silo crashed");
        silo.Crash();
        foreach (var other in Alive) Later(() => other.Known = other.Known.Remove(silo.Id));
        if (Alive.Count < 2 || World.Chance(0.7))
        {
            World.At(World.Now + World.Between(200_000, 10_000_000), () =>
            {
                if (Alive.Count < MostSilos) AddSilo();
            });
        }
    }

    private void Later(Action action) => World.At(World.Now + World.Between(50_000, 6_000_000), action);

    private SiloId Place(string address, SimulatedSilo caller)
    {
        var parts = address.Split('/');
        var known = caller.Known;
        if (parts[0] == "key") return ((SiloService)caller.Service!.Grain).Placement.Of(known).Owner(new KeyId(0, Convert.FromHexString(parts[2])).Group);
        return known[World.Choose(known.Length)];
    }

    private ISimulatedGrain Make(string address, SimulatedSilo silo)
    {
        var parts = address.Split('/');
        var service = (SiloService)silo.Service!.Grain;
        var number = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0;
        return parts[0] switch
        {
            "key" => new KeyGrain(new KeyId(number, Convert.FromHexString(parts[2])), service.Batcher, End),
            "partition" => new PartitionGrain(World, End, NewPartition(number, service), _options.Poll),
            "sink" => new SinkGrain(World, End, NewSink(number, service), _options.SinkWriter),
            "group" => new KeyGroupGrain(World, End, NewKeyGroup(number, service), service.Cluster),
            Addresses.Pipeline => new PipelineGrain(World, End, new PipelineProcess(Workload.Plan, Storage, World.Time, NewGuid(), _log), Partitions),
            _ => throw new ArgumentException(address, nameof(address)),
        };
    }

    private PartitionProcess NewPartition(int partition, SiloService service)
    {
        var source = Workload.Plan.Sources[0];
        var settings = new PartitionSettings(Workload.Plan, new PartitionId(source.Name, partition), partition, Workload.Partitions) { MostOutstanding = _options.MostOutstanding };
        var ports = new PartitionPorts(
            service.Cluster, Storage.Records, Storage.Images, new SimulatedStreamPort(World, Faults, Streams[partition]), Workload.Decoder(partition), service.Placement, World.Time);
        return new PartitionProcess(settings, ports, NewGuid(), _log);
    }

    private SinkProcess NewSink(int sink, SiloService service)
    {
        var settings = new SinkSettings(Workload.Plan, sink, Partitions) { FlushInterval = TimeSpan.FromSeconds(2), MostEntries = 20 };
        return new SinkProcess(settings, new SinkPorts(service.Cluster.Control, Storage.Records, Tables[sink].Open, World.Time, NewGuid), _log);
    }

    private KeyGroupProcess NewKeyGroup(int number, SiloService service)
    {
        var from = number % GroupRanges * (KeyGroup.Count / GroupRanges);
        return new KeyGroupProcess(new KeyGroupSettings(number / GroupRanges, from, from + KeyGroup.Count / GroupRanges), service.Cluster, Storage.Keys, service.Due, World.Time);
    }

    private ImmutableArray<PartitionId> Partitions => [.. Workload.Topics.Select(t => new PartitionId(Workload.Plan.Sources[0].Name, t.Partition))];

    private void End(ISimulatedGrain grain)
    {
        if (Directory.All.FirstOrDefault(a => a.Grain == grain) is { } activation) Directory.End(activation, inOrder: true);
    }

    /// <summary>Random, and the same for the same seed.</summary>
    private Guid NewGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, ++_guids);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], World.Random.NextInt64());
        return new Guid(bytes);
    }

    /// <summary>Calls something from any silo that is alive, and waits while there is none.</summary>
    private async Task<T> CallAsync<TGrain, T>(string address, Func<TGrain, ValueTask<T>> call) where TGrain : class
    {
        while (Alive.Count == 0) await World.DelayAsync(100_000);
        var from = Alive[World.Choose(Alive.Count)];
        return await Network.StartAsync(from, address, () => Directory.Resolve(from, address), interleaves: true, g => call((TGrain)(object)g), CancellationToken.None);
    }

    private Task<BatchAnswer> DeliverAsync(int partition, PollBatch batch) => CallAsync<PartitionGrain, BatchAnswer>(Addresses.Partition(partition), p => p.DeliverAsync(batch));

    /// <summary>Reminds everything that must always be active somewhere.</summary>
    private async Task KeepActiveAsync()
    {
        while (true)
        {
            foreach (var address in Permanent)
            {
                try
                {
                    await CallAsync<ISimulatedGrain, bool>(address, _ => new ValueTask<bool>(true));
                }
                catch (StreamForgeException)
                {
                    // It is reminded again.
                }
            }
            await World.DelayAsync(2_000_000);
        }
    }

    private IEnumerable<string> Permanent =>
    [
        Addresses.Pipeline,
        .. Workload.Topics.Select(t => Addresses.Partition(t.Partition)),
        .. Workload.Plan.Sinks.Select((_, i) => Addresses.Sink(i)),
        .. Enumerable.Range(0, Workload.Plan.Views.Length * GroupRanges).Where(g => Workload.Plan.Emits(g / GroupRanges)).Select(Addresses.KeyGroup),
    ];

    private async Task StrikeAsync()
    {
        if (Faults.Plan.SecondsBetweenBlows <= 0) return;
        while (true)
        {
            await World.DelayAsync(World.Between(50_000, (long)(Faults.Plan.SecondsBetweenBlows * 2e6)));
            if (Faults.Plan == FaultPlan.None) return;
            Strike();
        }
    }

    private void Strike()
    {
        var alive = Alive;
        switch (World.Choose(8))
        {
            case 0 or 1 when alive.Count > 0:
                Crash(alive[World.Choose(alive.Count)]);
                break;
            case 2 when alive.Count < MostSilos:
                Faults.Counts.Add("silo added");
                AddSilo();
                break;
            case 3:
                Storage.GoAway(World.Between(100_000, 15_000_000));
                break;
            default:
                var all = Directory.All.Where(a => !a.IsGone).ToList();
                var permanent = all.Where(a => !a.Address.StartsWith("key", StringComparison.Ordinal)).ToList();
                var some = World.Chance(0.5) && permanent.Count > 0 ? permanent : all;
                if (some.Count > 0) Directory.End(some[World.Choose(some.Count)], World.Chance(0.5));
                break;
        }
    }
}
