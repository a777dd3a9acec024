using StreamForge.Cluster.Ports;
using StreamForge.Core;
using Xunit;
using static StreamForge.Testing.Cluster.StorageSuite.Samples;

namespace StreamForge.Testing.Cluster.StorageSuite;

/// <summary>What is written is read, fenced by its version, and found again by what is due.</summary>
public static class KeyCases
{
    public static async Task A_key_that_is_written_is_loaded_with_version_writer_and_content(StorageTrial trial)
    {
        var (storage, me) = (await trial.OpenAsync(), Guid.NewGuid());
        Assert.Null(await storage.LoadAsync(Key(1)));
        Assert.True(await storage.WriteAsync(Write(Key(1), 0, me, "first")));
        Assert.True(await storage.WriteAsync(Write(Key(1), 1, me, "second")));
        var other = await trial.OpenAsync();
        var stored = await other.LoadAsync(Key(1));
        Assert.Equal((2, me, "second"), (stored!.Version, stored.Writer, Text(stored.Content)));
        Assert.Null(await other.LoadAsync(Key(1, view: 1)));
    }

    public static async Task A_write_over_another_version_does_nothing_and_keeps_no_other_from_being_written(StorageTrial trial)
    {
        var (storage, first, second) = (await trial.OpenAsync(), Guid.NewGuid(), Guid.NewGuid());
        await storage.WriteAsync(Write(Key(1), 0, first, "first"));
        var written = await storage.Keys.WriteAsync(
            [Write(Key(3), 0, second, "new"), Write(Key(1), 0, second, "not"), Write(Key(2), 4, second, "not"), Write(Key(0), 0, second, "new")], None);
        Assert.Equal([true, false, false, true], written);
        Assert.False(await storage.WriteAsync(Write(Key(1), 2, second, "not")));
        var stored = await storage.Keys.LoadAsync([Key(2), Key(1), Key(0), Key(3)], None);
        Assert.Equal([null, "first", "new", "new"], stored.Select(s => s is null ? null : Text(s.Content)));
        Assert.Equal([null, 1L, 1L, 1L], stored.Select(s => s?.Version));
    }

    public static async Task Nothing_to_load_or_write_is_nothing(StorageTrial trial)
    {
        var storage = await trial.OpenAsync();
        Assert.Empty(await storage.Keys.LoadAsync([], None));
        Assert.Empty(await storage.Keys.WriteAsync([], None));
    }

    public static async Task Twenty_thousand_keys_are_written_fenced_and_loaded_in_their_order(StorageTrial trial)
    {
        const int count = 20_000;
        var (storage, me, random) = (await trial.OpenAsync(), Guid.NewGuid(), new Random(1));
        var order = Enumerable.Range(0, count).ToArray();
        random.Shuffle(order);
        Assert.All(await storage.Keys.WriteAsync([.. order.Select(n => Write(Key(n, n % 2), 0, me, $"{n}"))], None), Assert.True);
        random.Shuffle(order);
        // Every third names a version that is not there; some are new.
        var again = await storage.Keys.WriteAsync([.. order.Select(n => n % 5 == 0 ? Write(Key(n + count, n % 2), 0, me, "new") : Write(Key(n, n % 2), n % 3 == 0 ? 7 : 1, me, $"{n} again"))], None);
        Assert.Equal(order.Select(n => n % 5 == 0 || n % 3 != 0), again);
        random.Shuffle(order);
        var loaded = await storage.Keys.LoadAsync([.. order.Select(n => Key(n, n % 2)), .. order.Select(n => Key(n, 1 - n % 2))], None);
        Assert.Equal(order.Select(n => n % 5 != 0 && n % 3 != 0 ? $"{n} again" : $"{n}"), loaded.Take(count).Select(s => Text(s!.Content)));
        Assert.All(loaded.Skip(count), Assert.Null);
    }

    public static async Task Contents_of_any_size_and_value_come_back(StorageTrial trial)
    {
        var (storage, me, random) = (await trial.OpenAsync(), Guid.NewGuid(), new Random(2));
        byte[][] contents = [.. new[] { 0, 1, 100, 1900, 2100, 9000, 70_000, 3_000_000 }.Select(length => { var bytes = new byte[length]; random.NextBytes(bytes); return bytes; })];
        Assert.All(await storage.Keys.WriteAsync([.. contents.Select((c, n) => Write(Key(n), 0, me) with { Content = c })], None), Assert.True);
        Assert.Equal(contents, (await storage.Keys.LoadAsync([.. contents.Select((_, n) => Key(n))], None)).Select(s => s!.Content));
        Assert.True(await storage.WriteAsync(Write(new KeyId(0, []), 0, me, "the key without bytes")));
        Assert.Equal("the key without bytes", Text((await storage.LoadAsync(new KeyId(0, [])))!.Content));
    }

    public static async Task Keys_are_due_from_the_watermark_that_reaches_them_in_their_view_and_groups(StorageTrial trial)
    {
        var (storage, me) = (await trial.OpenAsync(), Guid.NewGuid());
        KeyWrite[] writes = [.. Enumerable.Range(0, 400).Select(n => Write(Key(n), 0, me, due: n % 4 == 0 ? null : n * 10L)), Write(Key(1, view: 1), 0, me, due: 5)];
        await storage.Keys.WriteAsync(writes, None);
        async Task<KeyId[]> DueAsync(int view, int from, int to, long watermark, int limit = 1000) => [.. await storage.Keys.DueAsync(view, from, to, watermark, limit, None)];

        KeyId[] Expected(int from, int to, long watermark) => [.. writes.Where(w => w.Id.View == 0 && w.Due <= watermark && w.Id.Group >= from && w.Id.Group < to).Select(w => w.Id)];
        foreach (var (from, to, watermark) in new[] { (0, 1024, 1010L), (0, 1024, 1009L), (300, 700, long.MaxValue), (writes[1].Id.Group, writes[1].Id.Group + 1, 10L), (0, 1024, long.MinValue) })
            Assert.Equal(Expected(from, to, watermark).ToHashSet(), [.. await DueAsync(0, from, to, watermark)]);
        Assert.Equal([Key(1, view: 1)], await DueAsync(1, 0, 1024, 5));
        Assert.Equal(7, (await DueAsync(0, 0, 1024, long.MaxValue, limit: 7)).Distinct().Count());
        await storage.Keys.WriteAsync([Write(Key(1), 1, me, due: 5000), Write(Key(2), 1, me, due: null), Write(Key(4), 1, me, due: 1)], None);
        Assert.Equal([Key(4)], await DueAsync(0, 0, 1024, 29));
    }

    public static async Task The_newest_event_and_the_number_of_keys_are_those_of_the_view(StorageTrial trial)
    {
        var (storage, me) = (await trial.OpenAsync(), Guid.NewGuid());
        Assert.Equal(EventTime.MinValue, await storage.Keys.NewestEventAsync(0, None));
        Assert.Equal(0, (await storage.Keys.SampleAsync(0, 10, None)).Total);
        await storage.Keys.WriteAsync([Write(Key(1), 0, me, newest: -50), Write(Key(2), 0, me, newest: -70), Write(Key(3, view: 1), 0, me, newest: 900)], None);
        Assert.Equal(-50, await storage.Keys.NewestEventAsync(0, None));
        await storage.WriteAsync(Write(Key(2), 1, me, newest: 12));
        Assert.Equal(12, await storage.Keys.NewestEventAsync(0, None));
        var (total, keys) = await storage.Keys.SampleAsync(0, 1, None);
        Assert.Equal((2, 1), (total, keys.Count));
        Assert.Contains(new KeyId(0, keys[0]), new[] { Key(1), Key(2) });
    }

    public static async Task Emissions_are_in_the_outbox_when_their_key_was_written_and_only_then(StorageTrial trial)
    {
        var (storage, me) = (await trial.OpenAsync(), Guid.NewGuid());
        await storage.Keys.WriteAsync([Write(Key(1), 0, me, emissions: [Row("lake", "1 first"), Row("bus", "1 first")]), Write(Key(2), 0, me)], None);
        var written = await storage.Keys.WriteAsync(
            [Write(Key(1), 0, me, emissions: Row("lake", "lost")), Write(Key(1, view: 1), 0, me, emissions: Row("lake", "2 other view")), Write(Key(2), 7, me, emissions: Row("lake", "lost"))], None);
        Assert.Equal([false, true, false], written);
        await storage.WriteAsync(Write(Key(1), 1, me, emissions: [Row("lake", "3 second"), Row("lake", "4 third")]));
        Assert.Equal(["1 first", "2 other view", "3 second", "4 third"], await storage.OutboxAsync("lake"));
        Assert.Equal(["1 first"], await storage.OutboxAsync("bus"));
    }
}
