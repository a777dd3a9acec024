using FsCheck;
using FsCheck.Fluent;
using StreamForge.Cluster.Records;
using StreamForge.Core;
using StreamForge.Tests.Cluster.Support;

namespace StreamForge.Tests.Cluster.Records;

public class FencedRecordTests
{
    private static readonly ManualClock Clock = new() { IsHasty = true };

    private sealed record Number(int Value);

    private static Guid Id(int number) => new(number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    private static ValueTask<FencedRecord<Number>> ClaimAsync(MemoryRecords records, int writer) =>
        FencedRecord<Number>.ClaimAsync(records, Clock, "r", Id(writer), CancellationToken.None);

    [Fact]
    public async Task Record_that_is_claimed_by_another_is_lost_to_its_earlier_owner()
    {
        var records = new MemoryRecords();
        var first = await ClaimAsync(records, 1);
        await first.WriteAsync(new Number(1), CancellationToken.None);
        var second = await ClaimAsync(records, 2);
        Assert.Equal(new Number(1), second.Stored);
        await Assert.ThrowsAsync<FenceLostException>(async () => await first.WriteAsync(new Number(2), CancellationToken.None));
        await second.WriteAsync(new Number(3), CancellationToken.None);
        Assert.Equal(new Number(3), (await ClaimAsync(records, 3)).Stored);
    }

    [Fact]
    public async Task New_record_belongs_to_who_writes_it_first()
    {
        var records = new MemoryRecords();
        var (first, second) = (await ClaimAsync(records, 1), await ClaimAsync(records, 2));
        await second.WriteAsync(new Number(2), CancellationToken.None);
        await Assert.ThrowsAsync<FenceLostException>(async () => await first.WriteAsync(new Number(1), CancellationToken.None));
    }

    [Fact]
    public async Task Record_of_another_format_is_refused_with_its_name()
    {
        var records = new MemoryRecords();
        await records.TryWriteAsync(new("r", 0, Id(1), """{"format":2,"content":{"value":1}}"""u8.ToArray(), [], []), CancellationToken.None);
        var error = await Assert.ThrowsAsync<StreamForgeException>(async () => await ClaimAsync(records, 1));
        Assert.Equal(ErrorKind.Corrupt, error.Kind);
        Assert.Contains("record r has format 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_write_happens_once_or_not_at_all_whatever_answers_are_lost() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue - 1)), seed =>
        {
            SingleThread.Run(() => WriteAsync(new Random(seed)));
            return true;
        }));

    private static async Task WriteAsync(Random random)
    {
        var records = new MemoryRecords { Faults = () => random.Next(3) == 0 ? (CallFault)random.Next(1, 3) : CallFault.None };
        var written = new List<long>();
        var owners = new List<FencedRecord<Number>>();
        var number = 0;
        for (var step = random.Next(1, 40); step > 0; step--)
        {
            try
            {
                if (owners.Count == 0 || random.Next(6) == 0) owners.Add(await ClaimAsync(records, ++number));
                var owner = owners[random.Next(owners.Count)];
                var position = ++number;
                try
                {
                    await owner.WriteAsync(new Number(position), [new(LedgerKind.Late, new PartitionId("s", 0), position, "{}")], [], null, CancellationToken.None);
                    written.Add(position);
                }
                catch (FenceLostException)
                {
                    owners.Remove(owner);
                }
            }
            catch (StreamForgeException error) when (error.Retryable)
            {
                // Loading it failed; another claim may do better.
            }
        }
        Assert.Equal(written, records.Ledger.Select(l => l.Position));
    }
}
