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
            var snapshot = writer.Store.BeginSnapshot(all: true, room, CancellationToken.None);
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
        var snapshot = writer.Store.BeginSnapshot(all: true, room, CancellationToken.None);
        // Every page that was there is written to, and new ones come.
        for (var i = 0; i < 3000; i++) writer.Apply(i % 60);
        Assert.InRange(snapshot.MostKept, 1, snapshot.Pages);
        Assert.Equal(expected, Read(snapshot));
        Assert.Equal(1000, room.CurrentCount);
    }

    [Fact]
    public async Task The_writer_waits_for_the_snapshots_reader_rather_than_saving_more_than_allowed()
    {
        const int Many = 3000;
        var writer = new StoreWriter();
        for (var i = 0; i < Many; i++) writer.Apply(i);
        var expected = All(writer.Store, Many);
        using var room = new SemaphoreSlim(2);
        var snapshot = writer.Store.BeginSnapshot(all: true, room, CancellationToken.None);
        Assert.True(snapshot.Pages > 4);
        var writing = Task.Run(() =>
        {
            for (var i = 0; i < Many; i++) writer.Apply(i);
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
        var snapshot = writer.Store.BeginSnapshot(all: true, room, abort.Token);
        abort.Cancel();
        var expected = All(writer.Store);
        Assert.Throws<OperationCanceledException>(() => writer.Apply(0));
        Assert.Equal(expected, Read(snapshot));
    }

    [Fact]
    public async Task Snapshots_of_changes_add_up_to_the_state_at_the_last_barrier()
    {
        var writer = new StoreWriter();
        var random = new Random(9);
        using var room = new SemaphoreSlim(3);
        var restored = new KeyStore(writer.Store.Layout);
        for (var round = 0; round < 20; round++)
        {
            for (var i = 0; i < 100; i++)
            {
                var key = random.Next(Keys * 6);
                if (random.Next(8) > 0) writer.Apply(key);
                else writer.Forget(key);
            }
            var expected = All(writer.Store);
            var isBase = round == 0;
            var snapshot = writer.Store.BeginSnapshot(isBase, room, CancellationToken.None);
            Assert.True(isBase == (snapshot.Removed.Count == 0));
            var reading = Task.Run(() =>
            {
                var saved = new List<byte[]>();
                foreach (var (_, states) in SlabSnapshot.Read([snapshot]))
                {
                    foreach (var state in states) saved.Add(state.ToArray());
                }
                return saved;
            });
            // What comes meanwhile belongs to the next one.
            for (var i = 0; i < 100; i++) writer.Apply(random.Next(Keys * 6));
            var changes = await reading;
            Assert.True(changes.Count <= expected.Count);
            if (!isBase) Assert.InRange(changes.Count, 1, 200);
            foreach (var key in snapshot.Removed) restored.Remove(key, KeyGroup.Hash(key));
            foreach (var state in changes) restored.Replace(state, KeyGroup.Hash(KeyState.KeyOf(state)));
            Assert.Equal(expected, All(restored));
        }
    }

    [Fact]
    public void A_snapshot_of_changes_has_nothing_that_was_read_back_and_not_written_since()
    {
        var writer = new StoreWriter();
        for (var i = 0; i < 100; i++) writer.Apply(i);
        writer.Forget(7);
        writer.Store.ForgetWrites();
        writer.Apply(3);
        writer.Forget(4);
        using var room = new SemaphoreSlim(100);
        var snapshot = writer.Store.BeginSnapshot(all: false, room, CancellationToken.None);
        Assert.Equal([StoreWriter.Key(4)], snapshot.Removed);
        Assert.Equal([Convert.ToHexString(Copy(writer.Store, 3)!)], Read(snapshot));
        Assert.Empty(Read(writer.Store.BeginSnapshot(all: false, room, CancellationToken.None)));
    }

    [Fact]
    public void A_key_that_was_taken_out_is_unknown_and_others_are_found_behind_its_place()
    {
        var writer = new StoreWriter();
        for (var i = 0; i < 3000; i++) writer.Apply(i);
        for (var i = 0; i < 3000; i += 3) writer.Forget(i);
        Assert.Equal(2000, writer.Store.Keys);
        for (var i = 0; i < 3000; i++) Assert.Equal(i % 3 == 0, Copy(writer.Store, i) is null);
        for (var i = 0; i < 3000; i += 6) writer.Apply(i);
        for (var i = 0; i < 3000; i++) Assert.Equal(i % 6 == 3, Copy(writer.Store, i) is null);
        Assert.False(writer.Store.Remove(StoreWriter.Key(3), KeyGroup.Hash(StoreWriter.Key(3))));
    }

    [Fact]
    public void States_that_a_store_restores_are_those_that_another_wrote()
    {
        var writer = new StoreWriter();
        for (var i = 0; i < 1000; i++) writer.Apply(i % 77);
        using var room = new SemaphoreSlim(1000);
        var restored = new KeyStore(writer.Store.Layout);
        foreach (var (_, states) in SlabSnapshot.Read([writer.Store.BeginSnapshot(all: true, room, CancellationToken.None)]))
        {
            foreach (var state in states) restored.Restore(state, KeyGroup.Hash(KeyState.KeyOf(state)));
        }
        Assert.Equal((77, writer.Store.Newest), (restored.Keys, restored.Newest));
        Assert.Equal(All(writer.Store), All(restored));
    }

    private static List<string> Read(SlabSnapshot snapshot)
    {
        var states = new List<string>();
        foreach (var (_, buffer) in SlabSnapshot.Read([snapshot]))
        {
            foreach (var state in buffer) states.Add(Convert.ToHexString(state));
        }
        states.Sort(StringComparer.Ordinal);
        return states;
    }

    private static List<string> All(KeyStore store, int keys = Keys * 6)
    {
        var states = Enumerable.Range(0, keys).Select(k => Copy(store, k)).Where(s => s is not null).Select(s => Convert.ToHexString(s!)).ToList();
        Assert.Equal(store.Keys, states.Count);
        states.Sort(StringComparer.Ordinal);
        return states;
    }
}
