using BenchmarkDotNet.Attributes;
using StreamForge.Core;
using StreamForge.Embedded.Shards;
using StreamForge.Pipeline.Slices;

namespace StreamForge.Benchmarks;

/// <summary>A sorted batch into the tiles of its keys: count, sum and max over 1m, 30m and 1h, so three tiles an event. Times are per event; the tiles are there.</summary>
[MemoryDiagnoser]
public class KeyStateFolding
{
    private readonly SourceBatch _read = ClickstreamBatch.Decoded();
    private readonly ViewSlice _slice;
    private readonly KeyStore _store;

    public KeyStateFolding()
    {
        var plan = ClickstreamBatch.Plan("{name: n, function: count}", "{name: spend, function: sum, of: price}", "{name: top, function: max, of: price}");
        _slice = ClickstreamBatch.Slice(plan, _read);
        _store = new KeyStore(plan.Views[0].Layout);
    }

    [Benchmark(OperationsPerInvoke = ClickstreamBatch.Rows)]
    public int Batch()
    {
        ClickstreamBatch.Apply(_store, _slice);
        return _store.Keys;
    }
}
