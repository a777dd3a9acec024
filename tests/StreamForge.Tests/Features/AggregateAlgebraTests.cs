using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Tests.FeatureTests;

/// <summary>What every aggregate promises, over every type that it takes.</summary>
public sealed class AggregateAlgebraTests
{
    [Fact]
    public void Rows_in_sequence_come_to_what_the_definition_says() => AggregateCase.ForAny(any =>
    {
        var accumulator = new Accumulator(any.Aggregate);
        foreach (var row in any.Rows) any.Add(accumulator, row);
        any.AssertIs(any.Expected([.. any.Rows]), accumulator);
    });

    [Fact]
    public void Tiles_merged_in_any_order_come_to_the_same() => AggregateCase.ForAny(any =>
    {
        var tiles = Enumerable.Range(0, any.Random.Next(1, 8)).Select(_ => new Accumulator(any.Aggregate)).ToList();
        var rows = any.Rows.ToArray();
        any.Random.Shuffle(rows);
        foreach (var row in rows) any.Add(tiles[any.Random.Next(tiles.Count)], row);
        while (tiles.Count > 1)
        {
            var (into, from) = (any.Random.Next(tiles.Count), any.Random.Next(tiles.Count));
            if (into == from) continue;
            var before = AggregateCase.Text(tiles[from]);
            tiles[into].Merge(tiles[from]);
            Assert.Equal(before, AggregateCase.Text(tiles[from]));
            tiles.RemoveAt(from);
        }
        any.AssertIs(any.Expected(rows), tiles[0]);
    });

    [Fact]
    public void The_empty_accumulator_changes_nothing_on_either_side() => AggregateCase.ForAny(any =>
    {
        var some = new Accumulator(any.Aggregate);
        foreach (var row in any.Rows) any.Add(some, row);
        var expected = AggregateCase.Text(some);
        Assert.Equal(expected, AggregateCase.Text(new Accumulator(any.Aggregate).Merge(some)));
        Assert.Equal(expected, AggregateCase.Text(some.Merge(new Accumulator(any.Aggregate))));
    });

    [Fact]
    public void Rows_taken_out_again_leave_what_was_there() => AggregateCase.ForAny(any =>
    {
        if (any.Aggregate is not IRetractable) return;
        var rows = any.Rows.ToArray();
        any.Random.Shuffle(rows);
        var kept = rows[..(rows.Length / 2)];
        var accumulator = new Accumulator(any.Aggregate);
        var onlyKept = new Accumulator(any.Aggregate);
        foreach (var row in rows) any.Add(accumulator, row);
        foreach (var row in kept) any.Add(onlyKept, row);
        var taken = rows[kept.Length..];
        any.Random.Shuffle(taken);
        foreach (var row in taken) accumulator.Retract(any.Column, row, any.Times[row], any.Orders[row]);
        any.AssertIs(any.Expected(kept), accumulator);
        if (any.Column is not DoubleColumn) Assert.True(accumulator.Slot.SequenceEqual(onlyKept.Slot));
    });

    [Fact]
    public void Only_count_sum_and_avg_can_take_a_row_out() => Assert.All(AggregateCase.All, kind =>
        Assert.Equal(kind.Function is "count" or "sum" or "avg", AggregateFactory.Create(kind.Function, kind.Type, 1000).Aggregate is IRetractable));

    [Fact]
    public void Only_a_number_has_a_sum_or_an_average() => Assert.All(Enum.GetValues<TypeKind>(), kind =>
    {
        var type = kind == TypeKind.Decimal ? DataType.Decimal(5, 2) : new DataType(kind);
        foreach (var function in (string[])["sum", "avg"])
        {
            var (aggregate, error) = AggregateFactory.Create(function, type, 1000);
            Assert.Equal(type.IsNumeric, aggregate is not null);
            Assert.Equal(type.IsNumeric ? null : $"{function} needs a number, not a {type}", error);
        }
    });

    [Fact]
    public void Results_have_the_types_of_the_definition() => Assert.All(AggregateCase.All, kind =>
    {
        var expected = kind.Function switch
        {
            "count" or "distinct" => DataType.BigInt,
            "avg" => DataType.Double,
            "sum" when kind.Type.IsInteger => DataType.BigInt,
            "sum" when kind.Type.Kind == TypeKind.Decimal => DataType.Decimal(38, kind.Type.Scale),
            _ => kind.Type,
        };
        var aggregate = AggregateFactory.Create(kind.Function, kind.Type, 1000).Aggregate!;
        Assert.Equal(expected, aggregate.ResultType);
        Assert.Equal(expected, new Accumulator(aggregate).Finish().Type);
        Assert.Equal(0, aggregate.Size % 8);
    });

    [Fact]
    public void State_names_tell_states_apart_that_are_not_interchangeable()
    {
        var sizes = new Dictionary<string, (int, string)>();
        foreach (var (function, type) in AggregateCase.All)
        {
            var aggregate = AggregateFactory.Create(function, type, 1000).Aggregate!;
            // sum and avg share; everything else that shares a name is the same function.
            var meaning = (aggregate.Size, function == "avg" ? "sum" : function);
            if (!sizes.TryAdd(aggregate.StateName, meaning)) Assert.Equal(sizes[aggregate.StateName], meaning);
        }
        Assert.NotEqual(new DistinctAggregate(10).StateName, new DistinctAggregate(11).StateName);
    }

    [Fact]
    public void What_cannot_be_made_says_why()
    {
        Assert.Equal("sum needs 'of', the column that it aggregates", AggregateFactory.Create("sum", null, 1000).Error);
        Assert.StartsWith("unknown function 'median'; known are count, sum,", AggregateFactory.Create("median", DataType.Int, 1000).Error, StringComparison.Ordinal);
        Assert.NotNull(AggregateFactory.Create("count", null, 1000).Aggregate);
    }
}
