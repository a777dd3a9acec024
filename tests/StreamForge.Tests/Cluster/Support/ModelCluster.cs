using System.Collections.Immutable;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Tests.Cluster.Support;

/// <summary>Silos with model keys, and whatever control and sinks a test puts in; calls fail, and others go on in between, as a seed says.</summary>
internal sealed class ModelCluster : ICluster
{
    private readonly Dictionary<KeyId, ModelKey> _stored = [];
    private readonly Dictionary<KeyId, ModelSilo> _active = [];
    private readonly List<ModelSilo> _silos = [];
    private int _number;

    public ModelCluster(PipelinePlan plan, Random random, int silos)
    {
        Random = random;
        Codecs = [.. plan.Views.Select(v => new SliceCodec(v))];
        for (var i = 0; i < silos; i++) AddSilo();
    }

    public Random Random { get; }

    /// <summary>One call of so many fails; 0 for none.</summary>
    public int FaultsIn { get; set; }

    /// <summary>One key of so many that are asked for becomes active a second time; 0 for none.</summary>
    public int DoublesIn { get; set; }

    public ImmutableArray<SliceCodec> Codecs { get; }

    public IReadOnlyList<ModelSilo> Living => _silos;

    public IReadOnlyDictionary<KeyId, ModelKey> StoredKeys => _stored;

    public Func<IPipelineControl> ControlOf { get; set; } = () => throw new NotSupportedException();

    public Func<int, ISinkWriter> SinkOf { get; set; } = _ => throw new NotSupportedException();

    public SiloId Here => _silos[0].Id;

    public ImmutableArray<SiloId> Silos => [.. _silos.Select(s => s.Id).Order()];

    public IPipelineControl Control => ControlOf();

    public void AddSilo() => _silos.Add(new ModelSilo(this, new SiloId($"silo-{++_number}")));

    public void Crash(ModelSilo silo)
    {
        silo.IsDead = true;
        _silos.Remove(silo);
    }

    public async Task Yield()
    {
        for (var i = Random.Next(3); i > 0; i--) await Task.Yield();
    }

    public CallFault Fault() => FaultsIn > 0 && Random.Next(FaultsIn) == 0 ? (CallFault)Random.Next(1, 3) : CallFault.None;

    public async Task<CallFault> CallAsync()
    {
        await Yield();
        return Fault();
    }

    /// <summary>Where a key is active; it becomes so in <paramref name="asked"/> when it is nowhere.</summary>
    public ModelSilo Activate(KeyId id, ModelSilo asked)
    {
        if (_active.TryGetValue(id, out var silo) && !silo.IsDead && !(DoublesIn > 0 && Random.Next(DoublesIn) == 0)) return silo;
        return _active[id] = asked;
    }

    public void Forget(KeyId id, ModelSilo silo)
    {
        if (_active.GetValueOrDefault(id) == silo) _active.Remove(id);
    }

    public ModelKey Stored(KeyId id) => _stored.GetValueOrDefault(id) ?? ModelKey.Empty;

    public bool TryStore(KeyId id, ModelKey state)
    {
        if (Stored(id).Version != state.Version) return false;
        _stored[id] = state.Copy(state.Version + 1);
        return true;
    }

    public ISliceReceiver Receiver(SiloId silo) => _silos.FirstOrDefault(s => s.Id == silo) ?? new ModelSilo(this, silo) { IsDead = true };

    public IFeatureKey Key(KeyId id) => throw new NotSupportedException();

    public ISinkWriter Sink(int sink) => SinkOf(sink);
}
