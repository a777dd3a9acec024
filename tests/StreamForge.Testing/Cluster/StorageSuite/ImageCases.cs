using StreamForge.Cluster.Ports;
using StreamForge.Core;
using Xunit;
using static StreamForge.Testing.Cluster.StorageSuite.Samples;

namespace StreamForge.Testing.Cluster.StorageSuite;

/// <summary>Images of rows: written with the record of their partition or not at all, and read only by whoever has it. Orphans of keys: written with the key or not at all.</summary>
public static class ImageCases
{
    public static async Task Images_are_put_replaced_and_removed_with_the_record_of_their_partition(StorageTrial trial)
    {
        var (storage, me) = (await trial.OpenAsync(), Guid.NewGuid());
        Assert.True(await storage.Records.TryWriteAsync(WithImages(3, 0, me, ("a", "1"), ("b", "1"), ("c", null)), None));
        Assert.True(await storage.Records.TryWriteAsync(WithImages(4, 0, me, ("a", "other")), None));
        Assert.True(await storage.Records.TryWriteAsync(WithImages(3, 1, me, ("a", null), ("b", "2"), ("d", "1")), None));
        var other = await trial.OpenAsync();
        Assert.Equal(["b=2", "d=1"], (await other.ImagesAsync(3, me))!);
        Assert.Equal(["a=other"], (await other.ImagesAsync(4, me))!);
        Assert.Empty((await other.Images.LoadAsync(new ImageOwner(RecordOf(3), me, 3), [], None))!);
    }

    public static async Task Images_are_loaded_in_the_order_that_they_are_asked_for(StorageTrial trial)
    {
        var (storage, me) = (await trial.OpenAsync(), Guid.NewGuid());
        await storage.Records.TryWriteAsync(WithImages(3, 0, me, [.. Enumerable.Range(0, 3000).Select(n => ($"k{n}", (string?)$"image {n}"))]), None);
        var asked = Enumerable.Range(0, 4000).ToArray();
        new Random(1).Shuffle(asked);
        var images = await storage.Images.LoadAsync(new ImageOwner(RecordOf(3), me, 3), [.. asked.Select(n => Bytes($"k{n}"))], None);
        for (var i = 0; i < asked.Length; i++) Assert.Equal(asked[i] < 3000 ? $"image {asked[i]}" : null, images![i] is { } image ? Text(image) : null);
    }

    public static async Task Images_are_read_in_pages_in_the_order_of_their_keys(StorageTrial trial)
    {
        var (storage, me) = (await trial.OpenAsync(), Guid.NewGuid());
        byte[][] keys = [[0], [0, 0], [0, 255], [1], [127], [128], [255], [255, 0]];
        var write = Record(RecordOf(3), 0, me) with { Images = new ImageChanges(3, [.. keys.Reverse().Select(k => new ImageRow(k, Bytes("image")))]) };
        await storage.Records.TryWriteAsync(write, None);
        var read = new List<byte[]>();
        for (byte[]? after = null; await storage.Images.PageAsync(new ImageOwner(RecordOf(3), me, 3), after, 3, None) is { Count: > 0 } page; after = page[^1].Key) read.AddRange(page.Select(r => r.Key));
        Assert.Equal(keys, read);
    }

    public static async Task A_record_that_lost_its_fence_changes_no_image(StorageTrial trial)
    {
        var (storage, me, other) = (await trial.OpenAsync(), Guid.NewGuid(), Guid.NewGuid());
        await storage.Records.TryWriteAsync(WithImages(3, 0, me, ("a", "1")), None);
        Assert.False(await storage.Records.TryWriteAsync(WithImages(3, 0, other, ("a", "lost"), ("b", "lost")), None));
        Assert.False(await storage.Records.TryWriteAsync(WithImages(3, 7, other, ("a", null)), None));
        Assert.Equal(["a=1"], (await storage.ImagesAsync(3, me))!);
    }

    public static async Task Whoever_has_lost_the_record_is_given_no_images(StorageTrial trial)
    {
        var (storage, me, next) = (await trial.OpenAsync(), Guid.NewGuid(), Guid.NewGuid());
        Assert.Null(await storage.Images.LoadAsync(new ImageOwner(RecordOf(3), me, 3), [Bytes("a")], None));
        await storage.Records.TryWriteAsync(WithImages(3, 0, me, ("a", "1")), None);
        await storage.Records.TryWriteAsync(Record(RecordOf(3), 1, next), None);
        Assert.Null(await storage.Images.LoadAsync(new ImageOwner(RecordOf(3), me, 3), [Bytes("a")], None));
        Assert.Null(await storage.ImagesAsync(3, me));
        Assert.Equal(["a=1"], (await storage.ImagesAsync(3, next))!);
    }

    public static async Task Of_two_writers_of_a_partition_one_writes_its_images(StorageTrial trial)
    {
        const int rounds = 8;
        var storages = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => trial.OpenAsync().AsTask()));
        for (var round = 0; round < rounds; round++)
        {
            var writers = storages.Select(_ => Guid.NewGuid()).ToArray();
            var results = await Task.WhenAll(storages.Select((storage, w) => Task.Run(() =>
                storage.Records.TryWriteAsync(WithImages(3, round, writers[w], [.. Enumerable.Range(0, 200).Select(n => ($"k{n}", n % 3 == w ? null : (string?)$"{round} {w}"))]), None).AsTask())));
            var winner = Assert.Single(results.Index().Where(r => r.Item)).Index;
            var expected = Enumerable.Range(0, 200).Where(n => n % 3 != winner).Select(n => $"k{n}={round} {winner}");
            Assert.Equal(expected.Order(StringComparer.Ordinal), (await storages[0].ImagesAsync(3, writers[winner], page: 37))!.Order(StringComparer.Ordinal));
        }
    }

    public static async Task Images_whose_answer_is_lost_are_written_with_their_record(StorageTrial trial)
    {
        var (fragile, sure, me) = (await trial.OpenFragileAsync(), await trial.OpenAsync(), Guid.NewGuid());
        await fragile.Storage.Records.TryWriteAsync(WithImages(3, 0, me, ("a", "1")), None);
        fragile.LoseNextAnswer();
        var write = WithImages(3, 1, me, [("a", null), .. Enumerable.Range(0, 2000).Select(n => ($"k{n}", (string?)"2"))]);
        Assert.True((await Assert.ThrowsAsync<StreamForgeException>(() => fragile.Storage.Records.TryWriteAsync(write, None).AsTask())).Retryable);
        Assert.Equal(2, (await fragile.Storage.Records.LoadAsync(RecordOf(3), None))!.Version);
        Assert.False(await fragile.Storage.Records.TryWriteAsync(write, None));
        Assert.Equal(2000, (await sure.ImagesAsync(3, me))!.Count(i => i.EndsWith("=2", StringComparison.Ordinal)));
        Assert.Null((await sure.Images.LoadAsync(new ImageOwner(RecordOf(3), me, 3), [Bytes("a")], None))![0]);
    }

    public static async Task Images_that_did_not_arrive_are_not_written(StorageTrial trial)
    {
        var (fragile, sure, me) = (await trial.OpenFragileAsync(), await trial.OpenAsync(), Guid.NewGuid());
        await fragile.Storage.Records.TryWriteAsync(WithImages(3, 0, me, ("a", "1")), None);
        fragile.LoseNextRequest();
        Assert.True((await Assert.ThrowsAsync<StreamForgeException>(() => fragile.Storage.Records.TryWriteAsync(WithImages(3, 1, me, ("a", "2")), None).AsTask())).Retryable);
        Assert.Equal(["a=1"], (await sure.ImagesAsync(3, me))!);
        fragile.LoseNextRequest();
        Assert.True((await Assert.ThrowsAsync<StreamForgeException>(() => fragile.Storage.Images.LoadAsync(new ImageOwner(RecordOf(3), me, 3), [Bytes("a")], None).AsTask())).Retryable);
        Assert.Equal(["a=1"], (await fragile.Storage.ImagesAsync(3, me))!);
    }

    public static async Task Orphans_are_written_with_the_key_that_found_them(StorageTrial trial)
    {
        var (storage, me, other) = (await trial.OpenAsync(), Guid.NewGuid(), Guid.NewGuid());
        var late = Letter(5, "late", LedgerKind.Late);
        await storage.Records.TryWriteAsync(Record(RecordOf(3), 0, me, ledger: [late]), None);
        Assert.True(await storage.WriteAsync(Write(Key(1), 0, me, emissions: Row("lake", "row")) with { Orphans = [Letter(5, "orphan of key 1", LedgerKind.Late)] }));
        Assert.True(await storage.WriteAsync(Write(Key(1, view: 1), 0, me) with { Orphans = [Letter(5, "orphan of another view", LedgerKind.Late), Letter(6, "one more", LedgerKind.Late)] }));
        Assert.False(await storage.WriteAsync(Write(Key(1), 0, other) with { Orphans = [Letter(7, "of a key that lost its fence", LedgerKind.Late)] }));
        var (total, items) = await storage.Records.LedgerAsync(LedgerKind.Late, backwards: false, 0, 10, None);
        Assert.Equal(4, total);
        Assert.Equal(["late", "orphan of key 1", "orphan of another view", "one more"], items);
        Assert.Equal((1, 2), (await storage.Keys.OrphansAsync(0, None), await storage.Keys.OrphansAsync(1, None)));
    }
}
