using StreamForge.Core;
using Xunit;
using static StreamForge.Testing.Cluster.StorageSuite.Samples;

namespace StreamForge.Testing.Cluster.StorageSuite;

/// <summary>Connections that die: the outcome of a write is unknown, and reading settles it.</summary>
public static class LossCases
{
    public static async Task A_write_whose_answer_is_lost_has_happened_whole(StorageTrial trial)
    {
        var (fragile, sure, me) = (await trial.OpenFragileAsync(), await trial.OpenAsync(), Guid.NewGuid());
        await fragile.Storage.WriteAsync(Write(Key(1), 0, me, "first"));
        fragile.LoseNextAnswer();
        var error = await Assert.ThrowsAsync<StreamForgeException>(() =>
            fragile.Storage.Keys.WriteAsync([.. Enumerable.Range(1, 3000).Select(n => Write(Key(n), n == 1 ? 1 : 0, me, "second", emissions: Row("lake", $"{n}")))], None).AsTask());
        Assert.True(error.Retryable);
        var stored = await fragile.Storage.Keys.LoadAsync([.. Enumerable.Range(1, 3000).Select(n => Key(n))], None);
        Assert.All(stored, s => Assert.Equal((me, "second"), (s!.Writer, Text(s.Content))));
        Assert.Equal(3000, (await sure.Records.OutboxAsync("lake", int.MaxValue, None)).Count);
        Assert.True(await fragile.Storage.WriteAsync(Write(Key(1), 2, me, "third")));
    }

    public static async Task A_write_without_emissions_whose_answer_is_lost_has_happened(StorageTrial trial)
    {
        var (fragile, me) = (await trial.OpenFragileAsync(), Guid.NewGuid());
        await fragile.Storage.LoadAsync(Key(1));
        fragile.LoseNextAnswer();
        Assert.True((await Assert.ThrowsAsync<StreamForgeException>(() => fragile.Storage.WriteAsync(Write(Key(1), 0, me)))).Retryable);
        Assert.Equal(me, (await fragile.Storage.LoadAsync(Key(1)))!.Writer);
    }

    public static async Task A_write_that_did_not_arrive_has_not_happened(StorageTrial trial)
    {
        var (fragile, sure, me) = (await trial.OpenFragileAsync(), await trial.OpenAsync(), Guid.NewGuid());
        await fragile.Storage.LoadAsync(Key(1));
        fragile.LoseNextRequest();
        Assert.True((await Assert.ThrowsAsync<StreamForgeException>(() => fragile.Storage.WriteAsync(Write(Key(1), 0, me, emissions: Row("lake", "lost"))))).Retryable);
        Assert.Null(await sure.LoadAsync(Key(1)));
        Assert.Empty(await sure.OutboxAsync("lake"));
        Assert.True(await fragile.Storage.WriteAsync(Write(Key(1), 0, me)));
    }

    public static async Task A_record_whose_answer_is_lost_is_written_with_its_ledger_and_its_consumption(StorageTrial trial)
    {
        var (fragile, sure, me) = (await trial.OpenFragileAsync(), await trial.OpenAsync(), Guid.NewGuid());
        await fragile.Storage.WriteAsync(Write(Key(1), 0, me, emissions: Row("lake", "row")));
        var entry = Assert.Single(await fragile.Storage.Records.OutboxAsync("lake", 10, None));
        fragile.LoseNextAnswer();
        var error = await Assert.ThrowsAsync<StreamForgeException>(() =>
            fragile.Storage.Records.TryWriteAsync(Record("sink/lake", 0, me, ledger: [Letter(1, "letter")], consumed: entry.Id), None).AsTask());
        Assert.True(error.Retryable);
        Assert.Equal((1, me), await fragile.Storage.Records.LoadAsync("sink/lake", None) is { } found ? (found.Version, found.Writer) : default);
        Assert.Empty(await sure.OutboxAsync("lake"));
        Assert.Equal(1, (await sure.Records.LedgerAsync(LedgerKind.DeadLetters, false, 0, 10, None)).Total);
        Assert.False(await fragile.Storage.Records.TryWriteAsync(Record("sink/lake", 0, me, ledger: [Letter(1, "letter")]), None));
    }

    public static async Task Loads_fail_as_retryable_and_succeed_again(StorageTrial trial)
    {
        var (fragile, me) = (await trial.OpenFragileAsync(), Guid.NewGuid());
        await fragile.Storage.WriteAsync(Write(Key(1), 0, me));
        fragile.LoseNextRequest();
        Assert.True((await Assert.ThrowsAsync<StreamForgeException>(() => fragile.Storage.LoadAsync(Key(1)))).Retryable);
        Assert.Equal(me, (await fragile.Storage.LoadAsync(Key(1)))!.Writer);
        fragile.LoseNextAnswer();
        Assert.True((await Assert.ThrowsAsync<StreamForgeException>(() => fragile.Storage.Records.ListAsync("", None).AsTask())).Retryable);
        Assert.Empty(await fragile.Storage.Records.ListAsync("", None));
    }
}
