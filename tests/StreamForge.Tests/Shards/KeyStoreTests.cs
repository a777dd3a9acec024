using System.Buffers;
using StreamForge.Core;
using StreamForge.Embedded.Shards;
using StreamForge.Features.KeyState;
using StreamForge.Pipeline.Reads;

namespace StreamForge.Tests.Shards;

/// <summary>One writer and many readers, and snapshots taken meanwhile.</summary>
public class KeyStoreTests
{
    private const int Keys = 40;
    private const int Batches = 12_000;

    [Fact]
    public async Task Readers_see_whole_batches_only_while_keys_grow_and_sets_become_sketches()
    {
        var writer = new StoreWriter();
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(seed => Task.Run(() => ReadUntil(writer.Store, seed, done.Token))).ToArray();
        // A third of the batches go to one key, so that it is being written most of the time that it is read.
        for (var i = 0; i < Batches; i++) writer.Apply(i % 3 == 0 ? 0 : i % Keys);
        await done.CancelAsync();
        foreach (var (reads, torn) in await Task.WhenAll(readers))
        {
            Assert.Null(torn);
            Assert.True(reads > 0);
        }
        Assert.Equal(Keys, writer.Store.Keys);
        var computer = new FeatureComputer();
        for (var key = 0; key < Keys; key++) Assert.Null(StoreWriter.Torn(computer, Copy(writer.Store, key)!));
        Assert.Null(Copy(writer.Store, Keys));
    }

    private static (int Reads, string? Torn) ReadUntil(KeyStore store, int seed, CancellationToken done)
    {
        var random = new Random(seed);
        var computer = new FeatureComputer();
        var newest = new long[Keys];
        for (var reads = 0; ; reads++)
        {
            var key = random.Next(3) == 0 ? 0 : random.Next(Keys);
            if (Copy(store, key) is { } state)
            {
                if (StoreWriter.Torn(computer, state) is { } torn) return (reads, $"key {key}: {torn}");
                if (KeyState.NewestOf(state) < newest[key]) return (reads, $"key {key} went back in time");
                newest[key] = KeyState.NewestOf(state);
            }
            else if (newest[key] != 0)
            {
                return (reads, $"key {key} was lost");
            }
            if (done.IsCancellationRequested && reads > 0) return (reads, null);
        }
    }

    private static byte[]? Copy(KeyStore store, long key)
    {
        var bytes = StoreWriter.Key(key);
        if (store.TryCopy(bytes, KeyGroup.Hash(bytes), out var length) is not { } rented) return null;
        var state = rented[..length];
        ArrayPool<byte>.Shared.Return(rented);
        return state;
    }

    [Fact]
    public async Task Snapshot_is_the_state_at_its_barrier_whatever_is_written_while_it_is_read()
    {
        var writer = new StoreWriter();
        var random = new Random(5);
        using var room = new SemaphoreSlim(4);
        for (var round = 0; round < 12; round++)
        {
            for (var i = 0; i < 400; i++) writer.Apply(random.Next(Keys * 5));
            var expected = All(writer.Store);
            var snapshot = writer.Store.BeginSnapshot(room, CancellationToken.None);
            var read = Task.Run(() => Read(snapshot));
            for (var i = 0; i < 400; i++) writer.Apply(random.Next(Keys * 6));
            Assert.Equal(expected, await read);
            Assert.InRange(snapshot.MostKept, 0, 4);
            Assert.Equal(4, room.CurrentCount);
        }
    }

    [Fact]
    public void A_snapshot_that_is_read_late_is_still_the_state_at_its_barrier()
    {
        var writer = new StoreWriter();
        for (var i = 0; i < 500; i++) writer.Apply(i % 30);
        var expected = All(writer.Store);
        using var room = new SemaphoreSlim(1000);
        var snapshot = writer.Store.BeginSnapshot(room, CancellationToken.None);
        // Every page that was there is written to, and new ones come.
        for (var i = 0; i < 3000; i++) writer.Apply(i % 60);
        Assert.InRange(snapshot.MostKept, 1, snapshot.Pages);
        Assert.Equal(expected, Read(snapshot));
        Assert.Equal(1000, room.CurrentCount);
    }

    [Fact]
    public async Task The_writer_waits_for_the_snapshots_reader_rather_than_copying_more_pages_than_allowed()
    {
        var writer = new StoreWriter();
        for (var i = 0; i < 2000; i++) writer.Apply(i % 200);
        var expected = All(writer.Store);
        using var room = new SemaphoreSlim(2);
        var snapshot = writer.Store.BeginSnapshot(room, CancellationToken.None);
        Assert.True(snapshot.Pages > 4);
        var writing = Task.Run(() =>
        {
            for (var i = 0; i < 2000; i++) writer.Apply(i % 200);
        });
        while (room.CurrentCount > 0 && !writing.IsCompleted) await Task.Yield();
        Assert.False(writing.IsCompleted);
        Assert.Equal(expected, Read(snapshot));
        await writing;
        Assert.InRange(snapshot.MostKept, 1, 2);
    }

    [Fact]
    public void A_snapshot_whose_writer_gave_up_while_it_waited_for_room_ends()
    {
        var writer = new StoreWriter();
        for (var i = 0; i < 10; i++) writer.Apply(i);
        using var room = new SemaphoreSlim(0);
        using var abort = new CancellationTokenSource();
        var snapshot = writer.Store.BeginSnapshot(room, abort.Token);
        abort.Cancel();
        Assert.Throws<OperationCanceledException>(() => writer.Apply(0));
        Assert.Throws<OperationCanceledException>(() => Read(snapshot));
    }

    [Fact]
    public void States_that_a_store_restores_are_those_that_another_wrote()
    {
        var writer = new StoreWriter();
        for (var i = 0; i < 1000; i++) writer.Apply(i % 77);
        using var room = new SemaphoreSlim(1000);
        var restored = new KeyStore(writer.Store.Layout);
        foreach (var page in writer.Store.BeginSnapshot(room, CancellationToken.None).Read())
        {
            using (page)
            {
                for (var i = 0; i < page.Regions; i++)
                {
                    if (page.State(i) is { Length: > 0 } state) restored.Restore(state, KeyGroup.Hash(KeyState.KeyOf(state)));
                }
            }
        }
        Assert.Equal((77, writer.Store.Newest), (restored.Keys, restored.Newest));
        Assert.Equal(All(writer.Store), All(restored));
    }

    private static List<string> Read(SlabSnapshot snapshot)
    {
        var states = new List<string>();
        foreach (var page in snapshot.Read())
        {
            using (page)
            {
                for (var i = 0; i < page.Regions; i++)
                {
                    if (page.State(i) is { Length: > 0 } state) states.Add(Convert.ToHexString(state));
                }
            }
        }
        states.Sort(StringComparer.Ordinal);
        return states;
    }

    private static List<string> All(KeyStore store)
    {
        var states = Enumerable.Range(0, Keys * 6).Select(k => Copy(store, k)).Where(s => s is not null).Select(s => Convert.ToHexString(s!)).ToList();
        Assert.Equal(store.Keys, states.Count);
        states.Sort(StringComparer.Ordinal);
        return states;
    }
}
