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
    public void Rows_taken_out_again_leave_what_was_there() => AggregateCase.ForAnyRetractable(any =>
    {
        var rows = any.Rows.ToArray();
        any.Random.Shuffle(rows);
        var kept = rows[..any.Random.Next(rows.Length + 1)];
        var accumulator = new Accumulator(any.Aggregate);
        foreach (var row in rows) any.Add(accumulator, row);
        var taken = rows[kept.Length..];
        any.Random.Shuffle(taken);
        foreach (var row in taken)
        {
            Assert.True(any.Holds(accumulator, row) > 0);
            any.Retract(accumulator, row);
        }
        any.AssertIs(any.Expected(kept), accumulator);
        foreach (var row in kept) any.Retract(accumulator, row);
        Assert.False(accumulator.Slot.ContainsAnyExcept((byte)0));
        Assert.Equal(0u, accumulator.HeapInUse);
    });

    [Fact]
    public void What_one_accumulator_owes_another_one_pays_when_they_are_merged() => AggregateCase.ForAnyRetractable(any =>
    {
        var rows = any.Rows.ToArray();
        any.Random.Shuffle(rows);
        var (old, late) = (rows[..(rows.Length / 2)], rows[(rows.Length / 2)..]);
        var owed = old[..any.Random.Next(old.Length + 1)];
        var (tile, lifetime) = (new Accumulator(any.Aggregate), new Accumulator(any.Aggregate));
        foreach (var row in old) any.Add(tile, row);
        var changes = owed.Select(row => (Row: row, Retracts: true)).Concat(late.Select(row => (Row: row, Retracts: false))).ToArray();
        any.Random.Shuffle(changes);
        foreach (var (row, retracts) in changes)
        {
            if (retracts) any.Retract(lifetime, row);
            else any.Add(lifetime, row);
        }
        int[] left = [.. old.Except(owed), .. late];
        if (any.Aggregate is IReadInPart) any.AssertIs(any.Expected(left), new Accumulator(any.Aggregate).MergeEnds(lifetime).MergeEnds(tile));
        lifetime.Merge(tile);
        any.AssertIs(any.Expected(left), lifetime);
        foreach (var row in left) any.Retract(lifetime, row);
        Assert.False(lifetime.Slot.ContainsAnyExcept((byte)0));
        Assert.Equal(0u, lifetime.HeapInUse);
    });

    [Fact]
    public void The_ends_of_many_tiles_come_to_what_all_of_them_do() => AggregateCase.ForAnyRetractable(any =>
    {
        if (any.Aggregate is not IReadInPart) return;
        var tiles = Enumerable.Range(0, any.Random.Next(1, 8)).Select(_ => new Accumulator(any.Aggregate)).ToList();
        foreach (var row in any.Rows) any.Add(tiles[any.Random.Next(tiles.Count)], row);
        any.AssertIs(any.Expected([.. any.Rows]), tiles.Aggregate(new Accumulator(any.Aggregate), (into, tile) => into.MergeEnds(tile)));
    });

    [Fact]
    public void What_keeps_less_than_all_cannot_take_a_row_out() => Assert.All(AggregateCase.All.Where(kind => !kind.Retracts), kind =>
        Assert.Equal(
            kind.Function is not ("min" or "max" or "first" or "last" or "last_n" or "distinct") && (kind.Function, kind.Type.Kind) is not ("sum" or "avg", TypeKind.Double),
            AggregateFactory.Create(kind.Function, kind.Type, 1000).Aggregate is IRetractable));

    [Fact]
    public void Only_a_number_has_a_sum_an_average_a_variance_or_a_quantile() => Assert.All(Enum.GetValues<TypeKind>(), kind =>
    {
        var type = kind == TypeKind.Decimal ? DataType.Decimal(5, 2) : new DataType(kind);
        foreach (var function in (string[])["sum", "avg", "variance", "stddev", "quantile", "histogram"])
        {
            foreach (var retracts in (bool[])[false, true])
            {
                var (aggregate, error) = AggregateFactory.Create(function, type, new AggregateParameters(), retracts);
                Assert.Equal(type.IsNumeric, aggregate is not null);
                Assert.Equal(type.IsNumeric ? null : $"{function} needs a number, not a {type}", error);
            }
        }
    });

    [Fact]
    public void Results_have_the_types_of_the_definition() => Assert.All(AggregateCase.All, kind =>
    {
        var expected = kind.Function switch
        {
            "count" or "distinct" => DataType.BigInt,
            "avg" or "variance" or "stddev" or "quantile" => DataType.Double,
            "last_n" or "top_k" or "histogram" => new DataType(TypeKind.Array),
            "sum" when kind.Type.IsInteger => DataType.BigInt,
            "sum" when kind.Type.Kind == TypeKind.Decimal => DataType.Decimal(38, kind.Type.Scale),
            _ => kind.Type,
        };
        var aggregate = AggregateFactory.Create(kind.Function, kind.Type, new AggregateParameters(), kind.Retracts).Aggregate!;
        Assert.Equal(expected, aggregate.ResultType);
        Assert.Equal(expected, new Accumulator(aggregate).Finish().Type);
        Assert.Equal(0, aggregate.Size % 8);
    });

    [Fact]
    public void State_names_tell_states_apart_that_are_not_interchangeable()
    {
        var states = new Dictionary<string, (Type, int)>();
        foreach (var (function, type, retracts) in AggregateCase.All)
        {
            var aggregate = AggregateFactory.Create(function, type, new AggregateParameters(), retracts).Aggregate!;
            // What shares a name adds the same way: averages with sums, and all that is computed from one multiset.
            var meaning = (Adding(aggregate.GetType()), aggregate.Size);
            if (!states.TryAdd(aggregate.StateName, meaning)) Assert.Equal(states[aggregate.StateName], meaning);
        }
        Assert.NotEqual(new DistinctAggregate(10).StateName, new DistinctAggregate(11).StateName);

        static Type Adding(Type type) => type.GetMethod(nameof(IAggregate.Accumulate))!.DeclaringType is { IsGenericType: true } generic && generic.GetGenericTypeDefinition() == typeof(FixedAggregate<>)
            ? type.BaseType!.IsGenericType && type.BaseType.GetGenericTypeDefinition() == typeof(FixedAggregate<>) ? type : type.BaseType
            : type.GetMethod(nameof(IAggregate.Accumulate))!.DeclaringType!;
    }

    [Fact]
    public void What_is_kept_of_an_appending_source_is_not_taken_for_what_is_kept_of_a_changelog() => Assert.All(AggregateCase.All.Where(kind => kind.Retracts), kind =>
    {
        var (append, change) = (AggregateFactory.Create(kind.Function, kind.Type, 1000).Aggregate!, AggregateFactory.CreateRetractable(kind.Function, kind.Type, new AggregateParameters()).Aggregate!);
        if (append is not IRetractable) Assert.NotEqual(append.StateName, change.StateName);
    });

    [Fact]
    public void What_is_not_exact_says_how_far_off_it_may_be()
    {
        Assert.Equal(new FeatureError(0.01625, "standard error beyond 50 different values, exact up to them"), AggregateFactory.Create("distinct", DataType.Int, 50).Aggregate!.Error);
        Assert.Equal(0.02, AggregateFactory.Create("quantile", DataType.Int, new AggregateParameters { RelativeError = 0.02 }).Aggregate!.Error!.Relative);
        Assert.All(AggregateCase.All.Where(k => k.Function != "quantile" && (k.Retracts || k.Function != "distinct")), k =>
            Assert.Null(AggregateFactory.Create(k.Function, k.Type, new AggregateParameters(), k.Retracts).Aggregate!.Error));
    }

    [Fact]
    public void What_cannot_be_made_says_why()
    {
        Assert.Equal("sum needs 'of', the column that it aggregates", AggregateFactory.Create("sum", null, 1000).Error);
        Assert.StartsWith("unknown function 'median'; known are count, sum,", AggregateFactory.Create("median", DataType.Int, 1000).Error, StringComparison.Ordinal);
        Assert.NotNull(AggregateFactory.Create("count", null, 1000).Aggregate);
    }
}
