using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Tests.FeatureTests;

public sealed class DistinctTests
{
    /// <summary>Three standard errors of 4,096 registers.</summary>
    private const double Bound = 3 * 1.04 / 64;

    private static Accumulator Of(long exactUpTo, IEnumerable<long> values)
    {
        var column = new Int64Column(DataType.BigInt, 1);
        var accumulator = new Accumulator(new DistinctAggregate(exactUpTo));
        foreach (var value in values)
        {
            column.Truncate(0);
            column.Append(value);
            accumulator.Add(column, 0);
        }
        column.Release();
        return accumulator;
    }

    private static IEnumerable<long> Values(long from, long count) => Enumerable.Range(0, (int)count).Select(i => from + i);

    private static bool IsSketch(Accumulator accumulator) => accumulator.HeapInUse == HyperLogLog.Registers && BitConverter.ToUInt32(accumulator.Slot[12..]) == 1;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(64)]
    [InlineData(1000)]
    public void Exact_up_to_the_limit_and_a_sketch_one_past_it(long limit)
    {
        var exact = Of(limit, Values(0, limit).Concat(Values(0, limit)));
        Assert.Equal((limit, false), (exact.Finish().Int64, IsSketch(exact)));
        var sketch = Of(limit, Values(0, limit + 1));
        Assert.True(IsSketch(sketch));
        Assert.InRange(sketch.Finish().Int64, (limit + 1) * (1 - Bound) - 1, (limit + 1) * (1 + Bound) + 1);
    }

    [Fact]
    public void Tiles_that_hold_the_same_values_stay_exact_though_their_counts_add_up_past_the_limit()
    {
        var merged = Of(1000, Values(0, 1000)).Merge(Of(1000, Values(0, 1000).Reverse()));
        Assert.Equal((1000, false), (merged.Finish().Int64, IsSketch(merged)));
        Assert.True(IsSketch(merged.Merge(Of(1000, [5000]))));
    }

    [Fact]
    public void Merging_is_the_union_whether_the_sides_are_exact_or_not() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var limit = random.Next(1, 200);
        var (a, b) = (Random(), Random());
        var (whole, merged) = (Of(limit, a.Concat(b)), Of(limit, a).Merge(Of(limit, b)));
        Assert.Equal(whole.Finish().Int64, merged.Finish().Int64);
        Assert.Equal(IsSketch(whole), IsSketch(merged));
        Assert.Equal(a.Concat(b).Distinct().Count() > limit, IsSketch(merged));

        long[] Random() => [.. Enumerable.Range(0, random.Next(300)).Select(_ => random.NextInt64(300))];
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(10, 200)]
    [InlineData(100, 200)]
    [InlineData(10_000, 100)]
    [InlineData(1_000_000, 5)]
    public void Sketches_stay_within_three_standard_errors_and_are_not_biased(int count, int seeds)
    {
        var errors = new List<double>();
        for (var seed = 0UL; seed < (ulong)seeds; seed++)
        {
            var registers = new byte[HyperLogLog.Registers];
            for (var i = 0UL; i < (ulong)count; i++) HyperLogLog.Add(registers, Hash(seed << 32 | i));
            var error = (HyperLogLog.Estimate(registers) - count) / (double)count;
            // Two of a handful in one register cost one.
            Assert.InRange(error, -Math.Max(Bound, 1.0 / count), Math.Max(Bound, 1.0 / count));
            errors.Add(error);
        }
        Assert.InRange(errors.Average(), -Bound / Math.Sqrt(seeds), Bound / Math.Sqrt(seeds));
    }

    [Fact]
    public void A_merged_sketch_is_the_sketch_of_the_union()
    {
        byte[] a = new byte[HyperLogLog.Registers], b = new byte[HyperLogLog.Registers], union = new byte[HyperLogLog.Registers];
        for (var i = 0UL; i < 30_000; i++)
        {
            if (i < 20_000) HyperLogLog.Add(a, Hash(i));
            if (i >= 10_000) HyperLogLog.Add(b, Hash(i));
            HyperLogLog.Add(union, Hash(i));
        }
        HyperLogLog.Merge(a, b);
        Assert.Equal(union, a);
    }

    [Fact]
    public void Zero_and_NaN_are_one_value_each_however_they_are_written()
    {
        var column = new DoubleColumn(4);
        foreach (var value in (double[])[0.0, -0.0, BitConverter.Int64BitsToDouble(0x7FF8000000000000), BitConverter.Int64BitsToDouble(-1)]) column.Append(value);
        var distinct = new Accumulator(new DistinctAggregate(10));
        for (var row = 0; row < column.Count; row++) distinct.Add(column, row);
        Assert.Equal(2, distinct.Finish().Int64);
        column.Release();
    }

    [Fact]
    public void An_empty_sketch_estimates_nothing_and_any_hash_has_a_register()
    {
        var registers = new byte[HyperLogLog.Registers];
        Assert.Equal(0, HyperLogLog.Estimate(registers));
        HyperLogLog.Add(registers, 0);
        HyperLogLog.Add(registers, ulong.MaxValue);
        Assert.Equal(2, HyperLogLog.Estimate(registers));
        Assert.Equal([53, 1], [registers[0], registers[^1]]);
    }

    // XXH64 of the number's bytes: not the hash that the aggregate uses for numbers.
    private static ulong Hash(ulong value) => XxHash64.Hash(BitConverter.GetBytes(value));
}
