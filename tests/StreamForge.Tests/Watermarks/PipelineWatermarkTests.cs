using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Pipeline.Watermarks;

namespace StreamForge.Tests.Watermarks;

public sealed class PipelineWatermarkTests
{
    /// <summary>What the definition says, computed anew from every partition at each step.</summary>
    private sealed class Model(int partitions)
    {
        public long?[] Own { get; } = new long?[partitions];

        public PartitionActivity[] Activity { get; } = new PartitionActivity[partitions];

        public long? Current { get; private set; }

        public void Look()
        {
            var active = Own.Where((_, i) => Activity[i] == PartitionActivity.Active).ToArray();
            if (active.Length > 0)
            {
                if (active.All(own => own is not null)) Raise(active.Min());
            }
            else if (Activity.All(a => a == PartitionActivity.Finished))
            {
                Raise(Own.Max());
            }
        }

        public void Raise(long? to) => Current = to > Current || Current is null ? to ?? Current : Current;
    }

    private static void ForAnySteps(int steps, Action<PipelineWatermark, Model> check) => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var partitions = random.Next(1, 5);
        var (watermark, model) = (new PipelineWatermark(partitions), new Model(partitions));
        if (random.Next(2) == 0)
        {
            var current = random.NextInt64(50);
            for (var partition = 0; partition < partitions; partition++)
            {
                var own = random.Next(3) == 0 ? EventTime.MinValue : random.NextInt64(100);
                watermark.Restore(partition, own, current);
                model.Own[partition] = own == EventTime.MinValue ? null : own;
                model.Raise(current);
            }
        }
        check(watermark, model);
        for (var step = 0; step < steps; step++)
        {
            var partition = random.Next(partitions);
            if (random.Next(3) > 0)
            {
                var own = random.NextInt64(200);
                watermark.Advance(partition, own);
                model.Own[partition] = Math.Max(model.Own[partition] ?? own, own);
                model.Activity[partition] = PartitionActivity.Active;
            }
            else
            {
                var activity = (PartitionActivity)random.Next(1, 3);
                watermark.Set(partition, activity);
                model.Activity[partition] = activity;
            }
            model.Look();
            check(watermark, model);
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void It_is_what_the_definition_says_after_every_step() => ForAnySteps(60, (watermark, model) =>
    {
        Assert.Equal(model.Current ?? EventTime.MinValue, watermark.Current);
        for (var i = 0; i < model.Own.Length; i++)
            Assert.Equal((model.Own[i] ?? EventTime.MinValue, model.Activity[i]), (watermark.Own(i), watermark.Activity(i)));
    });

    [Fact]
    public void It_never_moves_back_and_never_passes_what_was_seen_or_restored()
    {
        PipelineWatermark? current = null;
        var (before, restored) = (EventTime.MinValue, EventTime.MinValue);
        ForAnySteps(60, (watermark, model) =>
        {
            // The first look at a watermark is at what was restored.
            if (watermark != current) (current, before, restored) = (watermark, watermark.Current, watermark.Current);
            Assert.True(watermark.Current >= before);
            Assert.True(watermark.Current <= Math.Max(model.Own.Max() ?? EventTime.MinValue, restored));
            before = watermark.Current;
        });
    }

    [Fact]
    public void An_event_lies_between_what_was_reached_and_the_least_of_the_other_active_partitions() => ForAnySteps(60, (watermark, model) =>
    {
        for (var i = 0; i < model.Own.Length; i++)
        {
            var others = model.Own.Where((_, j) => j != i && model.Activity[j] == PartitionActivity.Active).Select(own => own ?? EventTime.MinValue);
            Assert.Equal((watermark.Current, others.DefaultIfEmpty(long.MaxValue).Min()), watermark.BoundsFor(i));
        }
    });

    [Fact]
    public void A_partition_that_has_seen_nothing_holds_it_back_until_it_is_idle()
    {
        var watermark = new PipelineWatermark(2);
        watermark.Advance(0, 100);
        Assert.Equal(EventTime.MinValue, watermark.Current);
        watermark.Set(1, PartitionActivity.Idle);
        Assert.Equal(100, watermark.Current);
    }

    [Fact]
    public void A_partition_that_wakes_up_behind_it_does_not_lower_it()
    {
        var watermark = new PipelineWatermark(2);
        watermark.Set(1, PartitionActivity.Idle);
        watermark.Advance(0, 100);
        watermark.Advance(1, 40);
        Assert.Equal((100, 40), (watermark.Current, watermark.Own(1)));
        watermark.Advance(0, 200);
        Assert.Equal(100, watermark.Current);
        watermark.Advance(1, 150);
        Assert.Equal(150, watermark.Current);
    }

    [Fact]
    public void It_holds_while_all_are_idle_and_is_the_largest_once_all_are_finished()
    {
        var watermark = new PipelineWatermark(2);
        watermark.Advance(0, 100);
        watermark.Advance(1, 300);
        watermark.Set(0, PartitionActivity.Idle);
        Assert.Equal(300, watermark.Current);
        watermark.Advance(0, 400);
        watermark.Set(0, PartitionActivity.Finished);
        watermark.Set(1, PartitionActivity.Idle);
        Assert.Equal(300, watermark.Current);
        watermark.Set(1, PartitionActivity.Finished);
        Assert.Equal(400, watermark.Current);
    }
}
