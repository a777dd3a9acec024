using BenchmarkDotNet.Attributes;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Slices;
using StreamForge.Pipeline.Watermarks;

namespace StreamForge.Benchmarks;

/// <summary>From a decoded batch to a slice sorted by key group. Times are per row.</summary>
[MemoryDiagnoser]
public class KeySlicing
{
    private readonly SourceBatch _read = ClickstreamBatch.Decoded();
    private readonly int[] _rows = new int[ClickstreamBatch.Rows];
    private readonly PartitionStage _stage = Stage(ClickstreamBatch.Plan("{name: n, function: count}", "{name: spend, function: sum, of: price}", "{name: top, function: max, of: price}"));
    private readonly KeyVector _keys;
    private readonly Column[] _key;

    public KeySlicing()
    {
        _key = [_read.Batch["user_id"]];
        _keys = KeyVector.Of(_key, ClickstreamBatch.Rows);
    }

    [Benchmark(OperationsPerInvoke = ClickstreamBatch.Rows)]
    public void EncodeAndHash() => KeyVector.Of(_key, ClickstreamBatch.Rows).Return();

    [Benchmark(OperationsPerInvoke = ClickstreamBatch.Rows)]
    public int Sort()
    {
        for (var i = 0; i < _rows.Length; i++) _rows[i] = i;
        KeyGroupSort.Sort(_rows, _rows.Length, _keys);
        return _rows[0];
    }

    /// <summary>All that a partition's stage does with a read: time and watermark, key, sort.</summary>
    [Benchmark(OperationsPerInvoke = ClickstreamBatch.Rows)]
    public void WholeStage()
    {
        foreach (var slice in _stage.Process(_read).Slices) slice.Release();
    }

    private static PartitionStage Stage(PipelinePlan plan) => new(plan, plan.Sources[0], 0, shards: 1, new PipelineWatermark(1), TimeProvider.System, StageState.Start);
}
