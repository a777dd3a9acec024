using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;

namespace StreamForge.Tests.Changes;

/// <summary>Trackers over random changelogs, whose tables are known: the rows that come out add up to the table, however its changes are cut into reads, repeated, and interrupted by restarts.</summary>
public class TrackerModelTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_rows_add_up_to_the_table(bool stored) => ForAny(stored, (random, made) =>
    {
        var log = new ChangeCase(stored);
        var left = made.Changes.ToArray().AsSpan();
        while (left.Length > 0)
        {
            var count = random.Next(1, Math.Min(left.Length, 12) + 1);
            log.Take(left[..count]);
            left = left[count..];
            if (random.Next(4) == 0) log.Restart();
        }
        Assert.Equal(made.Table.Values.OrderBy(r => r.Id), log.Table.Keys.OrderBy(r => r.Id));
        Assert.All(log.Table.Values, count => Assert.Equal(1, count));
        Assert.Equal(made.Repeated, log.Duplicates);
        Assert.Empty(log.Orphans);
        if (stored) Assert.Equal(made.Table.Values.OrderBy(r => r.Id), log.Stored().OrderBy(r => r.Id));
    });

    [Fact]
    public void Cutting_and_restarting_change_nothing_that_comes_out() => ForAny(stored: true, (random, made) =>
    {
        var whole = new ChangeCase(stored: true);
        whole.Take([.. made.Changes]);
        var cut = new ChangeCase(stored: true);
        foreach (var change in made.Changes)
        {
            cut.Take(change);
            if (random.Next(3) == 0) cut.Restart();
        }
        Assert.Equal(whole.Rows, cut.Rows);
        Assert.Equal((whole.Duplicates, whole.PassedOver, whole.Events), (cut.Duplicates, cut.PassedOver, cut.Events));
    });

    private static void ForAny(bool stored, Action<Random, RandomChangelog> check) => Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        check(random, RandomChangelog.Make(random, stored));
        return true;
    }));
}

/// <summary>A table, and the changes that have made it what it is, as a connector sends them: a snapshot, streamed changes with rising positions, blocks of them repeated.</summary>
internal sealed class RandomChangelog
{
    private const int Keys = 6;

    private readonly Random _random;
    private readonly bool _stored;
    private ulong _position = 100;

    private RandomChangelog(Random random, bool stored)
    {
        _random = random;
        _stored = stored;
    }

    public SortedDictionary<long, TableRow> Table { get; } = [];

    public List<Change> Changes { get; } = [];

    /// <summary>Changes that come again, tombstones not counted.</summary>
    public int Repeated { get; private set; }

    public static RandomChangelog Make(Random random, bool stored)
    {
        var log = new RandomChangelog(random, stored);
        log.Snapshot();
        var streamed = log.Changes.Count;
        for (var steps = random.Next(40); steps > 0; steps--)
        {
            if (random.Next(10) == 0) log.Repeat(ref streamed);
            else log.Step();
        }
        return log;
    }

    private void Snapshot()
    {
        for (var id = 0; id < Keys; id++)
        {
            if (_random.Next(2) == 0) Table[id] = NewRow(id);
        }
        Changes.AddRange(Table.Values.Select(r => Change.Read(r, at: 50)));
        if (Changes.Count > 0 && _random.Next(2) == 0) Changes[^1] = Changes[^1] with { Snapshot = SnapshotPhase.Last };
    }

    /// <summary>A connector that was killed begins again at a transaction that it had sent, so never with a tombstone or the second half of a key change.</summary>
    private void Repeat(ref int streamed)
    {
        var first = _random.Next(streamed, Changes.Count + 1);
        while (first < Changes.Count && first > streamed && (Changes[first].Kind == ChangeKind.Tombstone || Changes[first].At == Changes[first - 1].At || IsSecondHalf(first))) first--;
        if (first < Changes.Count && Changes[first].Kind == ChangeKind.Tombstone) return;
        var block = Changes[first..];
        Repeated += block.Count(c => c.Kind != ChangeKind.Tombstone);
        Changes.AddRange(block);
    }

    private bool IsSecondHalf(int index) => index >= 2 && Changes[index - 1].Kind == ChangeKind.Tombstone && Changes[index].At == Changes[index - 2].At;

    private void Step()
    {
        var id = _random.Next(Keys);
        var known = Table.TryGetValue(id, out var row);
        switch (_random.Next(12))
        {
            case 0 when _stored:
                Changes.Add(Change.Truncate(Next()));
                Table.Clear();
                break;
            case < 5 when known:
                var changed = _random.Next(6) == 0 ? row! : NewRow(id);
                var lacksNote = _stored && _random.Next(3) == 0;
                if (lacksNote) changed = changed with { Note = row!.Note };
                Changes.Add(Change.Update(_stored ? null : row, changed, Next()) with { LacksNote = lacksNote });
                Table[id] = changed;
                break;
            case < 7 when known:
                Delete(row!, Next());
                break;
            case 7 when known && !Table.ContainsKey(id + Keys):
                var at = Next();
                Delete(row!, at);
                var moved = row! with { Id = id + Keys };
                Changes.Add(Change.Create(moved, at) with { LacksNote = _stored && _random.Next(2) == 0 });
                Table[moved.Id] = moved;
                break;
            case 8 when _stored && known:
                // A tombstone alone, as where deletes are not written.
                Changes.Add(Change.Tombstone(id));
                Table.Remove(id);
                // Its being repeated cannot be known but by what comes before it, so something does that can.
                var filler = NewRow(100 + id);
                Changes.Add(Table.ContainsKey(filler.Id) ? Change.Update(null, filler, Next()) : Change.Create(filler, Next()));
                Table[filler.Id] = filler;
                break;
            default:
                if (known) break;
                Table[id] = NewRow(id);
                Changes.Add(Change.Create(Table[id], Next()));
                break;
        }
    }

    private void Delete(TableRow row, ulong at)
    {
        Changes.Add(Change.Delete(row.Id, _stored ? null : row, at));
        Changes.Add(Change.Tombstone(row.Id));
        Table.Remove(row.Id);
    }

    private ulong Next() => _position += (ulong)_random.Next(1, 50);

    private TableRow NewRow(long id) => new(id, _random.Next(5), _random.Next(3) == 0 ? null : new string('n', _random.Next(4)), _random.Next(1000));
}
