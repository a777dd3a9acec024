using FsCheck;
using FsCheck.Fluent;

namespace StreamForge.Tests.Shards;

/// <summary>Closing windows of every shape, under late rows and rows that are taken out, held to what computing each window anew gives.</summary>
public sealed class ClosingShapesTests
{
    private static void ForAny(Action<Random> property) => Check.One(Config.QuickThrowOnFailure.WithMaxTest(150), Prop.ForAll<int>(seed => property(new Random(seed))));

    /// <summary>What a reader has who follows what is emitted.</summary>
    private sealed class Reader
    {
        private readonly Dictionary<(long, string, long), long> _revisions = [];

        public Dictionary<(long Key, string Window, long Start), ClosingCase.Emitted> There { get; } = [];

        public void Take(IEnumerable<ClosingCase.Emitted> rows)
        {
            foreach (var row in rows)
            {
                var identity = (row.Key, row.Window, row.Start);
                Assert.Equal(_revisions.GetValueOrDefault(identity, -1) + 1, row.Revision);
                _revisions[identity] = row.Revision;
                var had = There.TryGetValue(identity, out var before);
                Assert.Equal(row.Op == "c", !had);
                if (row.Op == "u") Assert.NotEqual((before.End, before.Values), (row.End, row.Values));
                if (row.Op != "d") There[identity] = row;
                else
                {
                    Assert.True(There.Remove(identity));
                    Assert.Equal("null null", row.Values);
                }
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_reader_of_what_is_emitted_has_every_window_that_time_has_closed_as_it_is(bool retracts) => ForAny(random =>
    {
        var any = new ClosingCase(random, retracts);
        var reader = new Reader();
        for (var step = random.Next(1, 60); step > 0; step--)
        {
            var (embedded, cluster) = any.Step();
            reader.Take(embedded);
            Assert.Equal(embedded.Select(e => e.Text).Order(StringComparer.Ordinal), cluster.Select(e => e.Text).Order(StringComparer.Ordinal));
            Compare(any, reader, drained: false);
            if (random.Next(8) == 0) any.Restart();
        }
        reader.Take(any.Next(all: true));
        Compare(any, reader, drained: true);
        Assert.Empty(any.Next(all: true));
    });

    private static void Compare(ClosingCase any, Reader reader, bool drained)
    {
        var instances = any.Instances().ToDictionary(i => (i.Key, i.Window, i.Start));
        foreach (var (identity, instance) in instances)
        {
            if (!drained && instance.End > any.Watermark) continue;
            Assert.True(reader.There.TryGetValue(identity, out var row), $"{instance} is missing");
            Assert.Equal(instance, new ClosingCase.Instance(row.Key, row.Window, row.Start, row.End, row.Values));
        }
        // One that has been opened again by a late row stays as it was until it closes again.
        Assert.All(reader.There.Keys, identity => Assert.Contains(identity, instances.Keys));
    }

    [Fact]
    public void Windows_that_nothing_can_change_any_more_are_forgotten() => ForAny(random =>
    {
        var any = new ClosingCase(random, retracts: true);
        for (var step = 0; step < 200; step++) any.Step();
        // A reach of time that no window and no lateness spans has room for a few hundred rows at most, each in five windows and a handful of hops.
        Assert.InRange(any.Known, 0, 1500);
    });
}
