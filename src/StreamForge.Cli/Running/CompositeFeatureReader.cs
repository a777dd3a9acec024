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

    private IFeatureReader ReaderOf(ViewDescription view) => Volatile.Read(ref _byView[view].Reader)
        ?? throw new StreamForgeException(ErrorKind.Unavailable, $"{view.Pipeline} is restoring its state; ask again in a moment", retryable: true);
}
