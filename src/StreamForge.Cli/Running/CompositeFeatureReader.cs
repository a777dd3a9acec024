using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Cli.Running;

/// <summary>
/// All pipelines of this process as one reader. Views are known from the start; until a pipeline has restored its state, reading them says so. Safe from any thread.
/// </summary>
internal sealed class CompositeFeatureReader : IFeatureReader
{
    private readonly Dictionary<ViewDescription, Pipeline> _byView = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, Pipeline> _byName = new(StringComparer.Ordinal);

    private sealed class Pipeline
    {
        public IFeatureReader? Reader;
    }

    public CompositeFeatureReader(IReadOnlyList<PipelinePlan> plans)
    {
        foreach (var plan in plans)
        {
            var pipeline = _byName[plan.Name] = new Pipeline();
            foreach (var view in plan.Views) _byView.Add(view.Description, pipeline);
        }
        Views = [.. plans.SelectMany(p => p.Views).Select(v => v.Description)];
        Services = [.. plans.SelectMany(p => p.Services)];
    }

    /// <summary>The same pipelines, none of which can answer yet.</summary>
    private CompositeFeatureReader(CompositeFeatureReader other)
    {
        foreach (var name in other._byName.Keys) _byName.Add(name, new Pipeline());
        foreach (var view in other.Views) _byView.Add(view, _byName[view.Pipeline]);
        (Views, Services) = (other.Views, other.Services);
    }

    public ImmutableArray<ViewDescription> Views { get; }

    public ImmutableArray<ServiceDescription> Services { get; }

    /// <summary>The pipelines that cannot answer yet.</summary>
    public IEnumerable<string> Restoring => _byName.Where(p => Volatile.Read(ref p.Value.Reader) is null).Select(p => p.Key);

    /// <summary>From now on a pipeline's views are read from <paramref name="reader"/>.</summary>
    public void Attach(string pipeline, IFeatureReader reader) => Volatile.Write(ref _byName[pipeline].Reader, reader);

    public void Read(ViewDescription view, ReadOnlySpan<byte> key, long? at, FeatureRow row) => ReaderOf(view).Read(view, key, at, row);

    public ImmutableArray<FeatureTile> ReadTiles(ViewDescription view, ReadOnlySpan<byte> key, int feature, long? at, FeatureRow row) =>
        ReaderOf(view).ReadTiles(view, key, feature, at, row);

    public KeySample SampleKeys(ViewDescription view, int limit) => ReaderOf(view).SampleKeys(view, limit);

    public bool MustGather => _byName.Values.Any(p => Volatile.Read(ref p.Reader) is { MustGather: true });

    public async ValueTask<IFeatureReader> GatherAsync(IReadOnlyList<(ViewDescription View, byte[] Key)> keys, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (keys.Count == 0) return this;
        var first = keys[0].View.Pipeline;
        if (keys.All(k => k.View.Pipeline == first)) return await ReaderOf(keys[0].View).GatherAsync(keys, cancellation);
        var gathered = new CompositeFeatureReader(this);
        foreach (var group in keys.GroupBy(k => k.View.Pipeline)) gathered.Attach(group.Key, await ReaderOf(group.First().View).GatherAsync([.. group], cancellation));
        return gathered;
    }

    public ValueTask<KeySample> SampleKeysAsync(ViewDescription view, int limit, CancellationToken cancellation) => ReaderOf(view).SampleKeysAsync(view, limit, cancellation);

    private IFeatureReader ReaderOf(ViewDescription view) => Volatile.Read(ref _byView[view].Reader)
        ?? throw new StreamForgeException(ErrorKind.Unavailable, $"{view.Pipeline} is restoring its state; ask again in a moment", retryable: true);
}
