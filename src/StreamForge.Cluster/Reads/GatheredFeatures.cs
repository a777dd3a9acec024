using System.Collections.Immutable;
using StreamForge.Cluster.Features;
using StreamForge.Cluster.Pipelines;
using StreamForge.Core;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Reads;

namespace StreamForge.Cluster.Reads;

/// <summary>Answers for keys whose states have been brought here. Safe from any thread once filled.</summary>
internal sealed class GatheredFeatures(PipelinePlan plan, ImmutableDictionary<ViewDescription, int> views, StateReader reader, PipelineTime time) : IFeatureReader
{
    private readonly Dictionary<byte[], byte[]?>?[] _copies = new Dictionary<byte[], byte[]?>?[plan.Views.Length];

    public ImmutableArray<ViewDescription> Views => [.. plan.Views.Select(v => v.Description)];

    public ImmutableArray<ServiceDescription> Services => plan.Services;

    /// <summary>Adds a key's copy (<see cref="KeyCopy"/>), null for an unknown one.</summary>
    public void Add(int view, byte[] key, byte[]? copy) => (_copies[view] ??= new Dictionary<byte[], byte[]?>(KeyBytes.Instance))[key] = copy;

    public void Read(ViewDescription view, ReadOnlySpan<byte> key, long? at, FeatureRow row) => Read(view, key, at, row, -1, null);

    public ImmutableArray<FeatureTile> ReadTiles(ViewDescription view, ReadOnlySpan<byte> key, int feature, long? at, FeatureRow row)
    {
        var tiles = new List<FeatureTile>();
        Read(view, key, at, row, feature, tiles);
        return [.. tiles];
    }

    public KeySample SampleKeys(ViewDescription view, int limit)
    {
        var gathered = _copies[views[view]];
        return gathered is null ? new KeySample(0, []) : new KeySample(gathered.Count, [.. gathered.Keys.Take(limit)]);
    }

    private void Read(ViewDescription view, ReadOnlySpan<byte> key, long? at, FeatureRow row, int feature, List<FeatureTile>? tiles)
    {
        var index = views[view];
        if (_copies[index] is not { } copies || !copies.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var copy))
            throw new InvalidOperationException($"A key of {view.Name} is read that was not gathered.");
        var newest = index < time.NewestEvents.Length ? time.NewestEvents[index] : EventTime.MinValue;
        var dropped = copy is null ? time.Watermark : Math.Max(time.Watermark, KeyCopy.Watermark(copy));
        reader.Read(plan.Views[index], copy is null ? [] : KeyCopy.State(copy), new ReadTimes(time.Watermark, dropped, newest), at, row, feature, tiles);
    }
}
