using System.Collections.Immutable;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Tests.Cluster.Support;

/// <summary>Silos with model keys, and whatever control and sinks a test puts in; calls fail, and others go on in between, as a seed says.</summary>
internal sealed class TestCluster : ICluster
{
    private readonly Dictionary<KeyId, TestKeyState> _stored = [];
    private readonly Dictionary<KeyId, TestSilo> _active = [];
    private readonly List<TestSilo> _silos = [];
    private int _number;

    public TestCluster(PipelinePlan plan, Random random, int silos)
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

    public IReadOnlyList<TestSilo> Living => _silos;

    public IReadOnlyDictionary<KeyId, TestKeyState> StoredKeys => _stored;

    public Func<IPipelineControl> ControlOf { get; set; } = () => throw new NotSupportedException();

    public Func<int, ISinkWriter> SinkOf { get; set; } = _ => throw new NotSupportedException();

    public SiloId Here => _silos[0].Id;

    public ImmutableArray<SiloId> Silos => [.. _silos.Select(s => s.Id).Order()];

    public IPipelineControl Control => ControlOf();

    public void AddSilo() => _silos.Add(new TestSilo(this, new SiloId($"silo-{++_number}")));

    public void Crash(TestSilo silo)
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
    public TestSilo Activate(KeyId id, TestSilo asked)
    {
        if (_active.TryGetValue(id, out var silo) && !silo.IsDead && !(DoublesIn > 0 && Random.Next(DoublesIn) == 0)) return silo;
        return _active[id] = asked;
    }

    public void Forget(KeyId id, TestSilo silo)
    {
        if (_active.GetValueOrDefault(id) == silo) _active.Remove(id);
    }

    public TestKeyState Stored(KeyId id) => _stored.GetValueOrDefault(id) ?? TestKeyState.Empty;

    public bool TryStore(KeyId id, TestKeyState state)
    {
        if (Stored(id).Version != state.Version) return false;
        _stored[id] = state.Copy(state.Version + 1);
        return true;
    }

    public ISliceReceiver Receiver(SiloId silo) => _silos.FirstOrDefault(s => s.Id == silo) ?? new TestSilo(this, silo) { IsDead = true };

    public IFeatureKey Key(KeyId id) => throw new NotSupportedException();

    public ISinkWriter Sink(int sink) => SinkOf(sink);
}
