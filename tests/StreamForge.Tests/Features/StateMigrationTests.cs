using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Features.KeyState;
using Region = StreamForge.Features.KeyState.KeyState;

namespace StreamForge.Tests.FeatureTests;

/// <summary>A key's state that is moved to another layout and back in the midst of its rows says what it would have said.</summary>
public sealed class StateMigrationTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void State_moved_to_other_places_of_its_slots_and_back_goes_on_as_it_was(bool retracts) => Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var any = new ChangelogCase(random, retracts);
        var shuffled = Shuffled(any.Layout, random);
        var there = new StateMigration(any.Layout, shuffled, static _ => true);
        var back = new StateMigration(shuffled, any.Layout, static _ => true);
        Assert.Null(there.Obstacle);
        var region = any.Fresh();
        foreach (var row in any.Applied)
        {
            region = any.Apply(region, row, out var orphan);
            if (!orphan) any.Count(row);
            if (random.Next(4) == 0) region = back.Migrate(there.Migrate(region.AsSpan(0, Region.UsedBytes(region)))).ToArray();
        }
        var newest = Region.NewestOf(region);
        var earliest = any.Layout.EarliestReadable(any.Watermark, newest);
        foreach (var at in any.Moments(region).Where(at => at >= earliest && at > newest).Append(newest == EventTime.MinValue ? 0 : newest + 1))
        {
            var answer = any.Read(region, at);
            for (var w = 0; w < any.Layout.Windows.Length; w++) Assert.Equal(any.Expected(w, at), answer[w]);
        }
    }));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Windows_that_stay_go_on_as_they_were_when_others_go(bool retracts) => Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var any = new ChangelogCase(random, retracts);
        var staying = any.Windows.Shapes.Where(_ => random.Next(3) > 0).ToHashSet(ReferenceEqualityComparer.Instance);
        var left = any.Windows.Only(staying.Contains);
        var layout = any.LayoutOf(left);
        var migration = new StateMigration(any.Layout, layout, static _ => true);
        // What a lifetime window counts through stays whole, also where the windows beside it had seen less of it.
        if (left.Shapes.Count == 0 || migration.Obstacle is not null || left.HasLifetime) return;
        var region = any.Fresh();
        foreach (var row in any.Applied)
        {
            region = any.Apply(region, row, out var orphan);
            if (!orphan) any.Count(row);
            if (orphan || random.Next(8) > 0) continue;
            var moved = migration.Migrate(region.AsSpan(0, Region.UsedBytes(region)));
            var answer = any.Read(layout, moved, Region.NewestOf(region) + 1);
            for (var w = 0; w < left.Shapes.Count; w++)
            {
                var was = any.Windows.Shapes.FindIndex(s => ReferenceEquals(s, left.Shapes[w]));
                Assert.Equal(any.Expected(was, Region.NewestOf(region) + 1), answer[w]);
            }
        }
    }));

    [Fact]
    public void Slot_that_is_left_out_comes_back_empty_and_takes_no_tile_with_it() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(100), Prop.ForAll<int>(seed =>
    {
        var any = new ChangelogCase(new Random(seed), retracts: false);
        var region = any.Fresh();
        foreach (var row in any.Applied) region = any.Apply(region, row, out _);
        var migration = new StateMigration(any.Layout, any.Layout, static _ => false);
        var moved = migration.Migrate(region.AsSpan(0, Region.UsedBytes(region))).ToArray();
        Assert.Equal(Region.InitialSize(any.Layout, 5), moved.Length);
        Assert.Equal(Region.NewestOf(region), Region.NewestOf(moved));
        Assert.Equal("s\u0003key"u8.ToArray(), Region.KeyOf(moved).ToArray());
    }));

    private static ViewLayout Shuffled(ViewLayout layout, Random random)
    {
        // Session times stand last.
        var order = Enumerable.Range(0, layout.AggregateSlots).OrderBy(_ => random.Next()).Concat(Enumerable.Range(layout.AggregateSlots, layout.Slots.Length - layout.AggregateSlots)).ToArray();
        var slots = new List<Slot>();
        foreach (var slot in order) slots.Add(layout.Slots[slot] with { Offset = slots.Sum(s => s.Aggregate.Size) });
        ImmutableArray<FeaturePlan> features = [.. layout.Features.Select(f => f with { Slot = Array.IndexOf(order, f.Slot) })];
        return new ViewLayout([.. slots], layout.Series, layout.Windows, features, layout.AllowedLateness, layout.Retracts);
    }
}
