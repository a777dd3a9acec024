using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Embedded.Shards;

namespace StreamForge.Tests.Shards;

/// <summary>Regions, size classes and the index from hashes to regions.</summary>
public class SlabTests
{
    private static readonly Arbitrary<int> Sizes = Arb.From(Gen.OneOf(Gen.Choose(1, 2000), Gen.Choose(1, 1 << 26), Gen.Choose(6, 26).SelectMany(log => Gen.Choose(-3, 3).Select(d => (1 << log) + d))));

    [Fact]
    public void The_class_for_a_size_is_the_smallest_that_holds_it() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(5000),
        Prop.ForAll(Sizes, bytes =>
        {
            var sizeClass = SizeClasses.ClassFor(bytes);
            return SizeClasses.Size(sizeClass) >= bytes && (sizeClass == 0 || SizeClasses.Size(sizeClass - 1) < bytes);
        }));

    [Fact]
    public void At_most_a_fifth_of_a_region_is_slack_beyond_the_smallest() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(5000),
        Prop.ForAll(Sizes, bytes => bytes <= SizeClasses.Smallest || (SizeClasses.Size(SizeClasses.ClassFor(bytes)) - bytes) * 5 < SizeClasses.Size(SizeClasses.ClassFor(bytes))));

    [Fact]
    public void Every_class_keeps_what_it_holds_aligned()
    {
        for (var c = 0; c < 80; c++)
        {
            Assert.Equal(c, SizeClasses.ClassFor(SizeClasses.Size(c)));
            Assert.Equal(0, SizeClasses.Size(c) % 16);
        }
    }

    [Fact]
    public void Regions_that_are_handed_out_never_overlap_and_freed_ones_are_used_again() => Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
    {
        var random = new Random(seed);
        var slab = new Slab();
        var live = new Dictionary<uint, (int Bytes, byte Mark)>();
        for (var i = 0; i < 400; i++)
        {
            if (random.Next(3) == 0 && live.Count > 0)
            {
                var victim = live.Keys.ElementAt(random.Next(live.Count));
                slab.BeginWrite(victim);
                slab.Free(victim);
                live.Remove(victim);
                continue;
            }
            var bytes = random.Next(8, random.Next(2) == 0 ? 300 : 300_000);
            var handle = slab.Allocate(bytes);
            var mark = (byte)random.Next(1, 256);
            Assert.False(live.ContainsKey(handle));
            slab.State(handle)[..bytes].Fill(mark);
            slab.EndWrite(handle);
            live.Add(handle, (bytes, mark));
        }
        Assert.Equal(live.Values.Sum(l => (long)SizeClasses.Size(SizeClasses.ClassFor(l.Bytes + Slab.VersionBytes))), slab.LiveBytes);
        Assert.All(live, l => Assert.Equal(-1, slab.State(l.Key)[..l.Value.Bytes].IndexOfAnyExcept(l.Value.Mark)));
        Assert.All(live, l => Assert.Equal(0, slab.Version(l.Key) & 1));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_region_is_odd_while_it_is_written_and_its_version_never_comes_again()
    {
        var slab = new Slab();
        var handle = slab.Allocate(100);
        var seen = new HashSet<long> { slab.Version(handle) };
        Assert.Equal(1, slab.Version(handle) & 1);
        for (var i = 0; i < 10; i++)
        {
            slab.EndWrite(handle);
            Assert.True(seen.Add(slab.Version(handle)));
            slab.BeginWrite(handle);
            Assert.Equal(1, slab.Version(handle) & 1);
            Assert.True(seen.Add(slab.Version(handle)));
            slab.Free(handle);
            Assert.True(seen.Add(slab.Version(handle)));
            Assert.Equal(handle, slab.Allocate(100));
            Assert.True(seen.Add(slab.Version(handle)));
        }
    }

    [Theory]
    [InlineData(1500, 1000, 100)]
    [InlineData(4, 200_000, 3000)]
    public async Task A_snapshot_has_every_state_once_however_its_writer_and_its_reader_overtake_each_other(int states, int stateBytes, int rounds)
    {
        var slab = new Slab();
        var handles = Enumerable.Range(0, states).Select(_ => slab.Allocate(stateBytes)).ToArray();
        using var room = new SemaphoreSlim(8);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var handle in handles)
            {
                if (round > 0) slab.BeginWrite(handle);
                Write(handle, round);
                slab.EndWrite(handle);
            }
            var snapshot = new SlabSnapshot(room, CancellationToken.None);
            slab.Snapshot(snapshot, all: false);
            var reading = Task.Run(() =>
            {
                var seen = new List<int>();
                foreach (var (_, buffer) in SlabSnapshot.Read([snapshot]))
                {
                    foreach (var state in buffer) seen.Add(BitConverter.ToInt32(state[4..]));
                }
                return seen;
            });
            foreach (var handle in handles)
            {
                slab.BeginWrite(handle);
                Write(handle, -1);
                slab.EndWrite(handle);
            }
            var seen = await reading;
            Assert.Equal(states, seen.Count);
            Assert.All(seen, r => Assert.Equal(round, r));
            Assert.Equal(8, room.CurrentCount);
        }

        void Write(uint handle, int round)
        {
            var state = slab.State(handle);
            BitConverter.TryWriteBytes(state, stateBytes);
            BitConverter.TryWriteBytes(state[4..], round);
        }
    }

    [Fact]
    public void The_index_finds_every_key_through_all_its_growth_also_where_hashes_agree_in_the_bits_it_keeps()
    {
        var random = new Random(1);
        var index = new KeyIndex();
        var model = new Dictionary<uint, ulong>();
        for (uint handle = 0; handle < 60_000; handle++)
        {
            // Every tenth key shares the upper half of its hash with another.
            var hash = handle % 10 == 0 && handle > 0 ? model[handle - 1] ^ 0x55 : (ulong)random.NextInt64();
            index.Add(hash, handle);
            model.Add(handle, hash);
        }
        Assert.Equal(60_000, index.Count);
        foreach (var (handle, hash) in model.ToArray())
        {
            if (handle % 3 != 0) continue;
            index.Move(hash, handle, handle + 1_000_000);
            model.Remove(handle);
            model.Add(handle + 1_000_000, hash);
        }
        foreach (var (handle, hash) in model)
        {
            var found = Candidates(index, hash);
            Assert.Contains(handle, found);
            Assert.All(found, f => Assert.Equal(hash >> 32, model[f] >> 32));
        }
        Assert.Empty(Candidates(new KeyIndex(), 17));
        Assert.True(index.Bytes >= 60_000 * sizeof(ulong));
    }

    [Fact]
    public void A_table_that_has_been_replaced_says_that_its_entries_are_not_current()
    {
        var index = new KeyIndex();
        index.Add(1UL << 32, 7);
        var before = index.Table;
        var probe = 0;
        Assert.True(KeyIndex.TryNext(before, 1UL << 32, ref probe, out var handle));
        Assert.True(index.IsCurrent(before, 1UL << 32, probe, handle));
        index.Move(1UL << 32, 7, 9);
        Assert.False(index.IsCurrent(before, 1UL << 32, probe, handle));
        for (uint i = 0; i < 100; i++) index.Add((ulong)i << 40, 100 + i);
        Assert.False(index.IsCurrent(before, 1UL << 32, probe, 9));
    }

    private static List<uint> Candidates(KeyIndex index, ulong hash)
    {
        var found = new List<uint>();
        var probe = 0;
        while (KeyIndex.TryNext(index.Table, hash, ref probe, out var handle)) found.Add(handle);
        return found;
    }

    [Fact]
    public void Every_key_group_belongs_to_one_shard_and_shards_own_ranges() => Prop.ForAll(Gen.Choose(1, KeyGroup.Count).ToArbitrary(), shards =>
    {
        var owners = Enumerable.Range(0, KeyGroup.Count).Select(g => KeyGroup.Shard(g, shards)).ToArray();
        return owners.SequenceEqual(owners.Order()) && owners.Distinct().Count() == shards && owners[^1] == shards - 1;
    }).QuickCheckThrowOnFailure();
}
