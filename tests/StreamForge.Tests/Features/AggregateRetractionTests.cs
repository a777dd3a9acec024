using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Tests.FeatureTests;

/// <summary>What has been taken out leaves no trace.</summary>
public sealed class AggregateRetractionTests
{
    private static IRetractable Of(string function, DataType type) => AggregateFactory.CreateRetractable(function, type, new AggregateParameters { N = 3, K = 3 }).Aggregate!;

    [Theory]
    [InlineData("sum", "3")]
    [InlineData("avg", "1.5")]
    [InlineData("variance", "0.5")]
    [InlineData("stddev", "0.7071067811865476")]
    [InlineData("max", "2")]
    [InlineData("quantile", null)]
    public void No_number_that_has_been_taken_out_poisons_what_is_left(string function, string? expected)
    {
        var column = new DoubleColumn(8);
        foreach (var value in (double[])[1, 2, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e300, -1e300]) column.Append(value);
        var accumulator = new Accumulator(Of(function, DataType.Double));
        for (var row = 0; row < column.Count; row++) accumulator.Add(column, row);
        if (function != "quantile") Assert.Equal(FeatureStatus.NullValue, accumulator.Finish().Status);
        for (var row = 2; row < column.Count; row++) accumulator.Retract(column, row);
        if (expected is null) Assert.Equal(1, accumulator.Finish().Double, 0.01);
        else Assert.Equal(expected, accumulator.Finish().ToString());
        accumulator.Retract(column, 0);
        accumulator.Retract(column, 1);
        Assert.False(accumulator.Slot.ContainsAnyExcept((byte)0));
        column.Release();
    }

    [Theory]
    [InlineData(double.PositiveInfinity, 1, double.PositiveInfinity)]
    [InlineData(double.PositiveInfinity, double.NegativeInfinity, double.NaN)]
    [InlineData(double.NaN, 1, double.NaN)]
    [InlineData(double.NegativeInfinity, 1, double.NegativeInfinity)]
    public void A_sum_with_what_is_no_number_is_what_addition_says(double a, double b, double sum)
    {
        var column = new DoubleColumn(2);
        column.Append(a);
        column.Append(b);
        var aggregate = new RetractableDoubleSum();
        var slot = new byte[aggregate.Size];
        for (var row = 0; row < 2; row++)
        {
            var heap = default(Heap);
            aggregate.Accumulate(slot, ref heap, new RowInput(column, row, 0, 0));
        }
        Assert.Equal(sum, System.Runtime.InteropServices.MemoryMarshal.Read<ReversibleSum>(slot).Total);
        column.Release();
    }

    [Fact]
    public void A_double_that_is_owed_is_told_from_what_rounding_leaves()
    {
        var column = new DoubleColumn(3);
        foreach (var value in (double[])[0.1, 0.30000000000000004, 0.3]) column.Append(value);
        var (lifetime, tile) = (new Accumulator(Of("sum", DataType.Double)), new Accumulator(Of("sum", DataType.Double)));
        // The lifetime takes one in and owes another that differs in the last bit: it counts none, and holds the difference.
        lifetime.Add(column, 1);
        lifetime.Retract(column, 2);
        Assert.True(lifetime.Slot.ContainsAnyExcept((byte)0));
        tile.Add(column, 0).Add(column, 2);
        Assert.Equal(0.4, lifetime.Merge(tile).Finish().Double, 1e-15);
        column.Release();
    }

    [Fact]
    public void Values_that_lie_far_from_zero_and_close_together_keep_their_variance()
    {
        var column = new DoubleColumn(1000);
        var random = new Random(5);
        for (var i = 0; i < 1000; i++) column.Append(1.7e15 + random.Next(8) * 0.25);
        var (first, second) = (new Accumulator(Of("variance", DataType.Double)), new Accumulator(Of("variance", DataType.Double)));
        for (var row = 0; row < 1000; row++) (row % 2 == 0 ? first : second).Add(column, row);
        var quarters = column.Values.ToArray().Select(v => (v - 1.7e15) * 4).ToArray();
        var mean = quarters.Average();
        Assert.Equal(quarters.Sum(q => (q - mean) * (q - mean)) / 999 / 16, first.Merge(second).Finish().Double, 1e-12);
        column.Release();
    }

    [Fact]
    public void Values_of_the_same_time_stand_by_their_size_over_changes()
    {
        var column = new BytesColumn(DataType.String, 3);
        foreach (var text in (string[])["b", "c", "a"]) column.Append(text);
        foreach (var (function, expected) in (IEnumerable<(string, string)>)[("first", "c"), ("last", "c"), ("last_n", """["c","b","a"]""")])
        {
            var accumulator = new Accumulator(Of(function, DataType.String));
            for (var row = 0; row < 3; row++) accumulator.Add(column, row, time: 7, order: row);
            Assert.Equal(expected, accumulator.Finish().ToString());
        }
        column.Release();
    }

    [Theory]
    [InlineData("min")]
    [InlineData("last_n")]
    [InlineData("top_k")]
    public void Adding_and_taking_out_allocates_nothing(string function)
    {
        var column = new Int64Column(DataType.BigInt, 5000);
        for (var i = 0; i < 5000; i++) column.Append(i * 7919 % 5003);
        var aggregate = Of(function, DataType.BigInt);
        var slot = new byte[aggregate.Size];
        var bytes = new byte[1 << 20];
        uint used = 0, garbage = 0;
        long Run()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var row = 0; row < 5000; row++)
            {
                var heap = new Heap(bytes, ref used, ref garbage);
                aggregate.Accumulate(slot, ref heap, new RowInput(column, row, row, row));
            }
            for (var row = 0; row < 5000; row++)
            {
                var heap = new Heap(bytes, ref used, ref garbage);
                aggregate.Retract(slot, ref heap, new RowInput(column, row, row, row));
            }
            used = garbage = 0;
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Run();
        // A collection may take the pool's arrays away between two runs.
        Assert.Equal(0, Enumerable.Range(0, 5).Min(_ => Run()));
        column.Release();
    }
}
