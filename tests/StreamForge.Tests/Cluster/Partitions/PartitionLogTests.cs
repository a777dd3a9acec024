using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.Partitions;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Pipeline.Slices;

namespace StreamForge.Tests.Cluster.Partitions;

public class PartitionLogTests
{
    private static readonly SiloId A = new("a"), B = new("b");
    private static readonly Guid First = new(1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]), Second = new(2, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]);

    private static PartitionBoundary At(long position) => new(position, new StageState(position, position), position, position);

    private static PartitionLog New() => new(views: 1, sinks: 1, At(10));

    private static PollBatch Batch(long from, long next) => new(from, next, default);

    private static OutstandingBatch Take(PartitionLog log, long next, params (SiloId Silo, long Flush)[] flushes)
    {
        var batch = log.Receive(At(next), 1, []);
        PartitionLog.NoteAnswer(batch, new SliceAnswer([.. flushes], IsBehind: false));
        log.Apply(batch);
        return batch;
    }

    [Fact]
    public void Batch_follows_or_was_seen_or_leaves_a_gap()
    {
        var log = New();
        Assert.Equal(BatchPlace.Follows, log.Place(Batch(10, 20)));
        Assert.Equal(BatchPlace.Seen, log.Place(Batch(5, 10)));
        Assert.Equal(BatchPlace.Gap, log.Place(Batch(11, 20)));
        Assert.Equal(BatchPlace.Gap, log.Place(Batch(5, 15)));
    }

    [Fact]
    public void Batch_is_settled_when_all_silos_have_flushed_it_and_those_before_it()
    {
        var log = New();
        Take(log, 20, (A, 3), (B, 1));
        Take(log, 30, (A, 3));
        Assert.Null(log.NoteFlushes(A, new FlushStatus(A, 3, 0)));
        Assert.Equal(0, log.Settled);
        Assert.Null(log.NoteFlushes(B, new FlushStatus(B, 1, 0)));
        Assert.Equal(2, log.Settled);
        log.Advance(2);
        Assert.Equal(30, log.Durable);
        Assert.Equal(At(30), log.DurableBoundary);
    }

    [Fact]
    public void Batch_under_way_is_never_settled()
    {
        var log = New();
        log.Receive(At(20), 1, []);
        Assert.Equal(0, log.Settled);
        Assert.Equal(10, log.Applied);
        Assert.Throws<InvalidOperationException>(() => log.Advance(1));
    }

    [Fact]
    public void Loss_in_a_flush_that_holds_something_outstanding_rewinds()
    {
        var log = New();
        Take(log, 20, (A, 3));
        Assert.Null(log.NoteFlushes(A, new FlushStatus(A, 2, 2)));
        Assert.NotNull(log.NoteFlushes(A, new FlushStatus(A, 3, 3)));
    }

    [Fact]
    public void Silo_that_is_another_run_of_it_rewinds_only_what_it_held()
    {
        var log = New();
        Assert.Null(log.NoteFlushes(A, new FlushStatus(B, 0, 0)));
        Take(log, 20, (A, 3));
        Assert.NotNull(log.NoteFlushes(A, new FlushStatus(B, 0, 0)));
        Assert.NotNull(log.NoteGone(A));
        Assert.Null(log.NoteGone(B));
    }

    [Fact]
    public void Sink_that_was_started_anew_rewinds_what_it_had_taken_and_not_made_durable()
    {
        var log = New();
        var batch = log.Receive(At(20), 1, []);
        Assert.Equal(0, log.SendRows(batch, 0, 18));
        Assert.Null(log.NoteRows(batch, 0, First));
        log.Apply(batch);
        var next = log.Receive(At(30), 1, []);
        Assert.Equal(18, log.SendRows(next, 0, 25));
        Assert.NotNull(log.NoteRows(next, 0, Second));
    }

    [Fact]
    public void Sink_that_was_started_anew_after_it_had_made_all_durable_rewinds_nothing()
    {
        var log = New();
        var batch = log.Receive(At(20), 1, []);
        log.SendRows(batch, 0, 18);
        log.NoteRows(batch, 0, First);
        log.Apply(batch);
        Assert.Null(log.NoteSink(0, new SinkStatus(Second, ImmutableDictionary<int, long>.Empty.Add(4, 18)), 4));
        Assert.Equal(1, log.Settled);
    }

    [Fact]
    public void Rewind_forgets_all_but_the_durable_position()
    {
        var log = New();
        Take(log, 20);
        log.Advance(1);
        var batch = log.Receive(At(30), 7, []);
        log.SendKey(0, "k"u8, 1, 25);
        log.SendRows(batch, 0, 25);
        log.Rewind();
        Assert.Equal((20, 20, 20, 0), (log.Received, log.Applied, log.Durable, log.Outstanding));
        var again = log.Receive(At(30), 7, []);
        Assert.Equal(0, log.SendKey(0, "k"u8, 1, 25));
        Assert.Equal(0, log.SendRows(again, 0, 25));
    }

    [Fact]
    public void Durable_never_passes_what_a_silo_or_sink_has_not_made_durable() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(400), Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue - 1)), Holds));

    private static bool Holds(int seed)
    {
        var random = new Random(seed);
        var log = new PartitionLog(views: 1, sinks: 1, At(0));
        var sent = new List<(long Next, int Silo, long Flush, long Row)>();
        var completed = new long[3];
        var sinkDurable = 0L;
        var keys = new Dictionary<int, long>();
        for (var step = 0; step < 80; step++)
        {
            switch (random.Next(6))
            {
                case 0 or 1:
                    var next = log.Received + random.Next(1, 9);
                    var batch = log.Receive(At(next), 1, []);
                    var silo = random.Next(3);
                    var flush = completed[silo] + random.Next(1, 3);
                    var key = random.Next(5);
                    var before = log.SendKey(0, [(byte)key], (ulong)key, next);
                    // Whatever a key was sent and nobody knows to be durable is asked for; what is durable may be.
                    if (before != (keys.GetValueOrDefault(key) is var last && last > log.Durable ? last : 0)) return false;
                    keys[key] = next;
                    PartitionLog.NoteAnswer(batch, new SliceAnswer([(new SiloId($"{silo}"), flush)], IsBehind: false));
                    if (random.Next(2) == 0)
                    {
                        log.SendRows(batch, 0, next);
                        log.NoteRows(batch, 0, First);
                        sent.Add((next, silo, flush, next));
                    }
                    else sent.Add((next, silo, flush, 0));
                    log.Apply(batch);
                    break;
                case 2:
                    var flushed = random.Next(3);
                    completed[flushed] += random.Next(3);
                    if (log.NoteFlushes(new SiloId($"{flushed}"), new FlushStatus(new SiloId($"{flushed}"), completed[flushed], 0)) is not null) return false;
                    break;
                case 3:
                    sinkDurable = Math.Max(sinkDurable, log.Received - random.Next(20));
                    if (log.NoteSink(0, new SinkStatus(First, ImmutableDictionary<int, long>.Empty.Add(0, sinkDurable)), 0) is not null) return false;
                    break;
                case 4:
                    log.Advance(random.Next(log.Settled + 1));
                    break;
                default:
                    if (random.Next(8) > 0) break;
                    log.Rewind();
                    sent.RemoveAll(s => s.Next > log.Durable);
                    foreach (var (k, position) in keys.ToArray()) keys[k] = Math.Min(position, log.Durable);
                    break;
            }
            if (sent.Any(s => s.Next <= log.Durable && (s.Flush > completed[s.Silo] || s.Row > sinkDurable))) return false;
            if (log.Durable > log.Applied || log.Applied > log.Received) return false;
        }
        return true;
    }
}
