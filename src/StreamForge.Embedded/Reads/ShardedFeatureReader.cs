using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Embedded.Shards;
using StreamForge.Pipeline.Definitions;
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
    private readonly ConcurrentBag<FeatureComputer> _computers = [];
    private readonly Dictionary<ViewDescription, int> _views = plan.Views.Select((v, i) => (v, i)).ToDictionary(p => p.v.Description, p => p.i, ReferenceEqualityComparer.Instance as IEqualityComparer<ViewDescription>);

    public ImmutableArray<ViewDescription> Views { get; } = [.. plan.Views.Select(v => v.Description)];

    public ImmutableArray<ServiceDescription> Services => plan.Services;

    public void Read(ViewDescription view, ReadOnlySpan<byte> key, long? at, FeatureRow row)
    {
        var index = _views[view];
        var viewPlan = plan.Views[index];
        var hash = KeyGroup.Hash(key);
        var store = stores[KeyGroup.Shard(KeyGroup.Of(hash), stores.Length)][index];
        var mark = watermark();
        var newest = EventTime.MinValue;
        foreach (var shard in stores) newest = Math.Max(newest, shard[index].Newest);
        var now = viewPlan.Clock == ViewClock.Wall || newest == EventTime.MinValue ? EventTime.Now(clock) : newest + 1;
        if (at is { } moment && viewPlan.Layout.EarliestReadable(mark, newest) is var earliest && moment < earliest)
        {
            throw new StreamForgeException(
                ErrorKind.OutOfRange, $"{view.Name} is no longer kept as of {EventTime.Format(moment)}; the earliest possible time is {EventTime.Format(earliest)}");
        }
        row.Watermark = mark;
        row.NewestEvent = newest;
        row.At = at ?? now;

        var state = store.TryCopy(key, hash, out var length);
        try
        {
            if (!_computers.TryTake(out var computer)) computer = new FeatureComputer();
            computer.Compute(viewPlan, state.AsSpan(0, length), at is null && viewPlan.Clock == ViewClock.Event, row);
            _computers.Add(computer);
        }
        finally
        {
            if (state is not null) ArrayPool<byte>.Shared.Return(state);
        }
    }
}
