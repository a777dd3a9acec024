using StreamForge.Core;
using StreamForge.Embedded.Reads;
using StreamForge.Tests.Engine;

namespace StreamForge.Tests.Shards;

/// <summary>What may happen to a key between the steps of a read.</summary>
public class ReadTests
{
    private readonly StoreWriter _writer = new();

    private ShardedFeatureReader Reader(Func<long> watermark) => new(StoreWriter.Plan, [[_writer.Store]], watermark, TimeProvider.System);

    [Fact]
    public void Tiles_that_are_dropped_while_a_moment_is_read_are_either_in_the_answer_or_refuse_it()
    {
        for (var i = 0; i < 40; i++) _writer.Apply(1);
        var at = EventTime.Ceiling(_writer.Newest, EventTime.Second);
        var expected = PipelineFolder.Read(Reader(() => EventTime.MinValue), "v", "1", at)["n_1m"].Int64;
        Assert.Equal(40 * StoreWriter.BatchRows, expected);
        var late = EventTime.MinValue;
        var reader = Reader(() =>
        {
            // The watermark is looked at; before the read goes on, an event hours later drops every tile.
            var seen = late;
            if (late != EventTime.MinValue) return seen;
            late = _writer.Newest + 5 * EventTime.Hour;
            _writer.Apply(1, after: 5 * EventTime.Hour, watermark: late);
            _writer.Apply(1, after: EventTime.Hour, watermark: late);
            return seen;
        });
        Assert.Equal(expected, PipelineFolder.Read(reader, "v", "1", at)["n_1m"].Int64);
        Assert.Equal(ErrorKind.OutOfRange, Assert.Throws<StreamForgeException>(() => PipelineFolder.Read(reader, "v", "1", at)).Kind);
    }

    [Fact]
    public void Now_follows_the_newest_event_of_the_key_that_is_read()
    {
        _writer.Apply(1);
        var (_, row) = PipelineFolder.ReadRow(Reader(() => EventTime.MinValue), "v", "1");
        Assert.Equal((_writer.Newest + 1, _writer.Newest, _writer.Newest), (row.At, row.NewestEvent, row.EventTime));
        _writer.Apply(2);
        var (_, other) = PipelineFolder.ReadRow(Reader(() => EventTime.MinValue), "v", "1");
        Assert.Equal((_writer.Newest + 1, row.EventTime), (other.At, other.EventTime));
    }
}
