using System.Collections.Immutable;
using StreamForge.Cluster.Features;
using StreamForge.Cluster.KeyGroups;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Reads;

namespace StreamForge.Cluster.Reads;

/// <summary>
/// Reads features of one pipeline wherever its keys are. Keys that are active in this silo are copied at once; the others are asked for by silo, one call to each that owns some of them, all at the same time. Everything
/// else happens on the copies, as in the embedded host. Any thread.
/// </summary>
/// <param name="cells">The keys that are active here.</param>
/// <param name="storage">For samples of keys.</param>
public sealed class ClusterFeatureReader(PipelinePlan plan, ICluster cluster, ActiveCells cells, IKeyStorage storage, TimeProvider clock) : IFeatureReader
{
    private readonly StateReader _reader = new(clock);
    private readonly PipelineClock _time = new(cluster, clock);
    private readonly KeyPlacement _placement = new();
    private readonly ImmutableDictionary<ViewDescription, int> _views =
        plan.Views.Select((v, i) => KeyValuePair.Create(v.Description, i)).ToImmutableDictionary(ReferenceEqualityComparer.Instance as IEqualityComparer<ViewDescription>);

    public ImmutableArray<ViewDescription> Views { get; } = [.. plan.Views.Select(v => v.Description)];

    public ImmutableArray<ServiceDescription> Services => plan.Services;

    public bool MustGather => true;

    public void Read(ViewDescription view, ReadOnlySpan<byte> key, long? at, FeatureRow row) => throw NotGathered();

    public ImmutableArray<FeatureTile> ReadTiles(ViewDescription view, ReadOnlySpan<byte> key, int feature, long? at, FeatureRow row) => throw NotGathered();

    public KeySample SampleKeys(ViewDescription view, int limit) => throw NotGathered();

    /// <summary>Some of the keys that are stored; one that came since the last flush is not among them.</summary>
    public async ValueTask<KeySample> SampleKeysAsync(ViewDescription view, int limit, CancellationToken cancellation)
    {
        var (total, keys) = await storage.SampleAsync(_views[view], limit, cancellation);
        return new KeySample(total, [.. keys]);
    }

    public async ValueTask<IFeatureReader> GatherAsync(IReadOnlyList<(ViewDescription View, byte[] Key)> keys, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var gathered = new GatheredFeatures(plan, _views, _reader, await _time.TimeAsync(cancellation));
        Dictionary<SiloId, List<KeyId>>? elsewhere = null;
        foreach (var (view, key) in keys)
        {
            var id = new KeyId(_views[view], key);
            if (cells.TryGet(id.View, key, out var cell) && cell.MayShortcut && cell.TryRead(out var copy))
            {
                gathered.Add(id.View, key, copy);
                continue;
            }
            elsewhere ??= [];
            var owner = _placement.Of(cluster.Silos).Owner(id.Group);
            if (!elsewhere.TryGetValue(owner, out var theirs)) elsewhere.Add(owner, theirs = []);
            theirs.Add(id);
        }
        if (elsewhere is null) return gathered;
        var calls = elsewhere.Select(e => (Keys: e.Value, Copies: AskAsync(e.Key, e.Value, cancellation))).ToArray();
        foreach (var (asked, copies) in calls)
        {
            var answer = await copies;
            for (var i = 0; i < asked.Count; i++) gathered.Add(asked[i].View, asked[i].Key, answer[i]);
        }
        return gathered;
    }

    /// <summary>Asks a silo for its keys. When it cannot be reached it may be gone, and its keys are asked for one by one, wherever they are now.</summary>
    private async Task<byte[]?[]> AskAsync(SiloId silo, List<KeyId> keys, CancellationToken cancellation)
    {
        try
        {
            return await cluster.Receiver(silo).ReadAsync(keys, cancellation);
        }
        catch (StreamForgeException error) when (error.Retryable && silo != cluster.Here)
        {
            return await cluster.Receiver(cluster.Here).ReadAsync(keys, cancellation);
        }
    }

    private static InvalidOperationException NotGathered() => new("The keys of a cluster are gathered before they are read.");
}
