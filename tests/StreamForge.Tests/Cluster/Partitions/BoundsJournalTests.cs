using FsCheck;
using FsCheck.Fluent;
using StreamForge.Cluster.Partitions;
using StreamForge.Core;

namespace StreamForge.Tests.Cluster.Partitions;

public class BoundsJournalTests
{
    [Fact]
    public void One_partition_judges_by_its_own_watermark_alone()
    {
        var journal = new BoundsJournal([BoundsJournal.First(0, partitions: 1)], 0, EventTime.MinValue, EventTime.MinValue);
        Assert.Equal(7, journal.BoundsFor(0, 0, 7).Judge(7));
    }

    [Fact]
    public void Nothing_is_late_before_the_other_partitions_are_known()
    {
        var journal = new BoundsJournal([BoundsJournal.First(0, partitions: 2)], 0, EventTime.MinValue, EventTime.MinValue);
        Assert.Equal(EventTime.MinValue, journal.BoundsFor(0, 0, 7).Judge(7));
    }

    [Fact]
    public void New_bounds_hold_from_their_offset_on()
    {
        var journal = new BoundsJournal([new BoundsEntry(0, 0, 10), new BoundsEntry(5, 0, 20)], 0, 0, 0);
        var bounds = journal.BoundsFor(0, 3, 15);
        Assert.Equal((10, 5), (bounds.Judge(15), bounds.Until));
        Assert.Equal(15, journal.BoundsFor(0, 5, 15).Judge(15));
    }

    [Fact]
    public void Bounds_that_lie_lower_do_not_lower_what_events_are_judged_by()
    {
        var journal = new BoundsJournal([new BoundsEntry(0, 0, long.MaxValue), new BoundsEntry(5, 0, 3)], 0, 0, 0);
        journal.BoundsFor(0, 0, 0);
        journal.Advance(0, 50);
        Assert.Equal(50, journal.BoundsFor(0, 5, 50).Judge(60));
    }

    [Fact]
    public void Same_events_are_judged_alike_however_they_are_cut_and_wherever_reading_begins_again() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue - 1)), Holds));

    private static bool Holds(int seed)
    {
        var random = new Random(seed);
        var entries = new List<BoundsEntry> { new(0, random.Next(5), random.Next(60)) };
        while (random.Next(5) > 0) entries.Add(new BoundsEntry(entries[^1].From + random.Next(1, 12), entries[^1].AtLeast + random.Next(8), random.Next(60)));
        var times = Enumerable.Range(0, 60).Select(i => (long)i + random.Next(-8, 8)).ToArray();
        var once = Judge(times, new BoundsJournal([.. entries], 0, EventTime.MinValue, EventTime.MinValue), 0, random, out var ends);
        if (!once.Zip(once.Skip(1)).All(p => p.First <= p.Second)) return false;
        var (from, own, reached) = ends[random.Next(ends.Count)];
        var journal = new BoundsJournal([.. entries], 0, EventTime.MinValue, EventTime.MinValue);
        var again = Judge(times, new BoundsJournal(journal.Since(from), from, own, reached), from, random, out _);
        if (from < times.Length && journal.JudgedAt(from, own, reached) > once[(int)from]) return false;
        return once.Skip((int)from).SequenceEqual(again);
    }

    private static List<long> Judge(long[] times, BoundsJournal journal, long from, Random random, out List<(long, long, long)> ends)
    {
        ends = [(from, journal.Own, journal.Reached)];
        var judged = new List<long>();
        var newest = journal.Own;
        for (var position = from; position < times.Length;)
        {
            var next = Math.Min(times.Length, position + random.Next(1, 9));
            var bounds = journal.BoundsFor(0, position, newest);
            for (; position < next; position++)
            {
                if (position >= bounds.Until) bounds = journal.BoundsFor(0, position, newest);
                judged.Add(bounds.Judge(newest));
                newest = Math.Max(newest, times[position]);
            }
            journal.Advance(0, newest);
            ends.Add((position, journal.Own, journal.Reached));
        }
        return judged;
    }
}
