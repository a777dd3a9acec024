using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using Region = StreamForge.Features.KeyState.KeyState;

namespace StreamForge.Tests.FeatureTests;

public sealed class RetractionTests
{
    private static void ForAny(Action<Random> property, int cases = 400) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(cases), Prop.ForAll<int>(seed => property(new Random(seed))));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_answer_is_what_counting_all_rows_anew_gives(bool retracts) => ForAny(random =>
    {
        var any = new ChangelogCase(random, retracts);
        var region = any.Fresh();
        foreach (var row in any.Applied)
        {
            var expected = any.Rows.Retracts(row) ? any.IsOrphan(row) : false;
            region = any.Apply(region, row, out var orphan);
            if (expected is { } sure) Assert.Equal(sure, orphan);
            if (!orphan) any.Count(row);
            if (random.Next(6) == 0) Compare(any, region, any.Reached[row]);
        }
        Compare(any, region, any.Watermark);
    }, cases: 1500);

    private static void Compare(ChangelogCase any, byte[] region, long watermark)
    {
        var newest = Region.NewestOf(region);
        var earliest = any.Layout.EarliestReadable(watermark, newest);
        // By the clock of events a view is read just after its newest event, however far its source has gone on.
        foreach (var at in any.Moments(region).Append(earliest).Where(at => at >= earliest && at != EventTime.MinValue).Append(newest == EventTime.MinValue ? 0 : newest + 1))
        {
            // A lifetime window without tiles cannot be read before the newest event.
            if (newest >= at && any.Layout.Windows.Any(w => w.Series < 0)) continue;
            var answer = any.Read(region, at);
            for (var w = 0; w < any.Layout.Windows.Length; w++) Assert.Equal(any.Expected(w, at), answer[w]);
        }
    }

    [Fact]
    public void A_key_whose_rows_have_all_been_taken_out_has_no_tiles_and_is_still_known() => ForAny(random =>
    {
        var any = new ChangelogCase(random);
        Array.Fill(any.Rows.Watermarks, EventTime.MinValue);
        var size = Region.UsedBytes(any.Fresh());
        var region = any.Fresh();
        Array.Fill(any.Rows.Ops!, (byte)ChangeOp.Read);
        for (var row = 0; row < any.RowCount; row++) region = any.Apply(region, row, out _);
        var (newest, oldest) = (new Region(region, any.Layout).Newest, new Region(region, any.Layout).Oldest);
        Array.Fill(any.Rows.Ops!, (byte)ChangeOp.Delete);
        foreach (var row in Enumerable.Range(0, any.RowCount).OrderBy(_ => random.Next()))
        {
            region = any.Apply(region, row, out var orphan);
            Assert.False(orphan);
        }
        for (var s = 0; s < any.Layout.Series.Length; s++) Assert.True(new Region(region, any.Layout).Tiles(s).IsEmpty);
        Assert.Equal(-1, new Region(region, any.Layout).LifetimeSlots.IndexOfAnyExcept((byte)0));
        Assert.Equal((newest, oldest), (new Region(region, any.Layout).Newest, new Region(region, any.Layout).Oldest));
        Assert.Equal(size, new Region(region, any.Layout).CompactSize);
    });

    [Fact]
    public void An_orphan_changes_not_a_byte() => ForAny(random =>
    {
        var any = new ChangelogCase(random);
        var region = any.Fresh();
        foreach (var row in any.Applied)
        {
            var before = region.ToArray();
            region = any.Apply(region, row, out var orphan);
            if (orphan && !any.Layout.HasLifetime) Assert.Equal(before, region[..before.Length]);
        }
    });
}
