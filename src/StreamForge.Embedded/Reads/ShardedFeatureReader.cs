using System.Buffers;
using System.Collections.Immutable;
using System.Numerics;
using StreamForge.Core;
using StreamForge.Embedded.Shards;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Reads;

namespace StreamForge.Embedded.Reads;

/// <summary>
/// Reads features of one pipeline straight from its shards' stores, or from stores that a checkpoint was loaded into. A read copies the key's state under its version
/// word and computes on the copy; it waits for no queue. Safe from any thread.
/// </summary>
/// <param name="stores">For each shard, the store of each view.</param>
internal sealed class ShardedFeatureReader(PipelinePlan plan, KeyStore[][] stores, Func<long> watermark, TimeProvider clock) : IFeatureReader
{
    private readonly StateReader _reader = new(clock);
    private readonly Dictionary<ViewDescription, int> _views = plan.Views.Select((v, i) => (v, i)).ToDictionary(p => p.v.Description, p => p.i, ReferenceEqualityComparer.Instance as IEqualityComparer<ViewDescription>);

    public ImmutableArray<ViewDescription> Views { get; } = [.. plan.Views.Select(v => v.Description)];

    public ImmutableArray<ServiceDescription> Services => plan.Services;

    public void Read(ViewDescription view, ReadOnlySpan<byte> key, long? at, FeatureRow row) => Read(view, key, at, row, -1, null);

    public ImmutableArray<FeatureTile> ReadTiles(ViewDescription view, ReadOnlySpan<byte> key, int feature, long? at, FeatureRow row)
    {
        var tiles = new List<FeatureTile>();
        Read(view, key, at, row, feature, tiles);
        return [.. tiles];
    }

    public KeySample SampleKeys(ViewDescription view, int limit)
    {
        var index = _views[view];
        var found = new List<(int Bytes, byte[] Key)>();
        foreach (var shard in stores) shard[index].Sample(found);
        // Histories of about the same length count as equal, so that the same keys are named from one moment to the next: the shortest ones.
        var ordered = found.OrderByDescending(k => BitOperations.Log2((uint)k.Bytes)).ThenBy(k => k.Key.Length).ThenBy(k => Convert.ToHexString(k.Key), StringComparer.Ordinal);
        return new KeySample(stores.Sum(s => (long)s[index].Keys), [.. ordered.Take(limit).Select(k => k.Key)]);
    }

    private void Read(ViewDescription view, ReadOnlySpan<byte> key, long? at, FeatureRow row, int feature, List<FeatureTile>? tiles)
    {
        var index = _views[view];
        var hash = KeyGroup.Hash(key);
        var store = stores[KeyGroup.Shard(KeyGroup.Of(hash), stores.Length)][index];
        var newest = EventTime.MinValue;
        foreach (var shard in stores) newest = Math.Max(newest, shard[index].Newest);
        var state = store.TryCopy(key, hash, out var length);
        try
        {
            // Looked at only now: the watermark is ahead of all that is in the copy, so what the copy has dropped is known to be dropped.
            var mark = watermark();
            _reader.Read(plan.Views[index], state.AsSpan(0, length), new ReadTimes(mark, mark, newest), at, row, feature, tiles);
        }
        finally
        {
            if (state is not null) ArrayPool<byte>.Shared.Return(state);
        }
    }
}
