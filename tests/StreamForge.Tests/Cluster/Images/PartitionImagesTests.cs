using FsCheck;
using FsCheck.Fluent;
using StreamForge.Cluster.Images;

using Batches = System.Collections.Generic.Queue<(long Number, System.Collections.Generic.IReadOnlyDictionary<byte[], byte[]?> Changes, System.Collections.Generic.SortedDictionary<int, string> After)>;

namespace StreamForge.Tests.Cluster.Images;

/// <summary>A partition's images against a plain table: batches change rows, some become durable, and now and then everything that is not is forgotten.</summary>
public class PartitionImagesTests
{
    private const int Keys = 12;

    private static readonly Arbitrary<int> Seeds = Gen.Choose(0, int.MaxValue - 1).ToArbitrary();

    [Fact]
    public void Every_batch_finds_the_images_that_its_events_found_the_first_time() => Prop.ForAll(Seeds, seed =>
    {
        var random = new Random(seed);
        var storage = new SortedDictionary<int, string>();
        var table = new SortedDictionary<int, string>();
        var batches = new Batches();
        var images = new PartitionImages(random.Next(3) * 600);
        var number = 0L;
        for (var step = 0; step < 60; step++)
        {
            switch (random.Next(4))
            {
                case 0 when batches.Count > 0:
                    Settle(images, storage, batches);
                    break;
                case 1 when random.Next(4) == 0:
                    images.Rewind();
                    batches.Clear();
                    table = new(storage);
                    break;
                default:
                    Change(random, images, storage, batches, table, ++number);
                    batches.Enqueue((number, images.End(number), new(table)));
                    break;
            }
            if (batches.All(static b => b.Changes.Count == 0)) Assert.Equal(0, images.ChangedBytes);
        }
        return true;
    }).QuickCheckThrowOnFailure();

    /// <summary>Storage takes a batch's changes, and then the images hear of it.</summary>
    private static void Settle(PartitionImages images, SortedDictionary<int, string> storage, Batches batches)
    {
        var (number, changes, after) = batches.Dequeue();
        foreach (var (key, image) in changes)
        {
            if (image is null) storage.Remove(key[0]);
            else storage[key[0]] = Text(image);
        }
        Assert.Equal(after, storage);
        images.Settle(number, changes);
    }

    private static void Change(
        Random random, PartitionImages images, SortedDictionary<int, string> storage, Batches batches, SortedDictionary<int, string> table,
        long number)
    {
        var before = Totals(table);
        images.Begin(before);
        Bring(random, images, storage, batches, [.. Enumerable.Range(0, Keys).Where(_ => random.Next(3) == 0)]);
        for (var n = random.Next(6); n > 0; n--)
        {
            var key = random.Next(Keys);
            while (true)
            {
                try
                {
                    Do(random.Next(20), images, table, key, $"{number}.{n}");
                    break;
                }
                catch (ImagesAbsentException absent)
                {
                    // Nothing has been changed by what failed.
                    if (absent.Key is not null) Bring(random, images, storage, batches, [absent.Key[0]]);
                    else BringAll(random, images, storage, batches);
                }
            }
            Assert.Equal(Totals(table), images.Totals);
        }
    }

    private static void Do(int what, PartitionImages images, SortedDictionary<int, string> table, int key, string image)
    {
        byte[] bytes = [(byte)key];
        switch (what)
        {
            case 0:
                images.Clear();
                table.Clear();
                break;
            case 1 or 2:
                var seen = new SortedDictionary<int, string>();
                images.Visit((k, i) => seen.Add(k[0], Text(i)));
                Assert.Equal(table, seen);
                break;
            case < 8:
                Assert.Equal(table.ContainsKey(key), images.Remove(bytes));
                table.Remove(key);
                break;
            case < 14:
                Assert.Equal(table.GetValueOrDefault(key), images.TryGet(bytes, out var found) ? Text(found) : null);
                break;
            default:
                images.Put(bytes, System.Text.Encoding.UTF8.GetBytes(image));
                table[key] = image;
                break;
        }
    }

    private static void Bring(Random random, PartitionImages images, SortedDictionary<int, string> storage, Batches batches, int[] keys)
    {
        var absent = images.Absent(keys.Select(k => new[] { (byte)k }));
        // While storage is read, more may become durable.
        if (batches.Count > 0 && random.Next(3) == 0) Settle(images, storage, batches);
        foreach (var key in absent) images.Bring(key, storage.TryGetValue(key[0], out var image) ? System.Text.Encoding.UTF8.GetBytes(image) : null);
    }

    private static void BringAll(Random random, PartitionImages images, SortedDictionary<int, string> storage, Batches batches)
    {
        images.BringChanged();
        for (var page = 0; page < Keys; page += 4)
        {
            if (batches.Count > 0 && random.Next(3) == 0) Settle(images, storage, batches);
            foreach (var (key, image) in storage.Where(i => i.Key >= page && i.Key < page + 4)) images.Bring([(byte)key], System.Text.Encoding.UTF8.GetBytes(image));
        }
        images.BringEnds();
    }

    private static ImageTotals Totals(SortedDictionary<int, string> table) => new(table.Count, table.Sum(i => 1 + i.Value.Length));

    private static string Text(ReadOnlySpan<byte> image) => System.Text.Encoding.UTF8.GetString(image);
}
