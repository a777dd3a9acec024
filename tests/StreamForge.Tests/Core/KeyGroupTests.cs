using StreamForge.Core;

namespace StreamForge.Tests.Core;

public sealed class KeyGroupTests
{
    [Fact]
    public void Every_group_belongs_to_one_shard_and_every_shard_owns_a_contiguous_even_range()
    {
        for (var shards = 1; shards <= KeyGroup.Count; shards++)
        {
            var owners = Enumerable.Range(0, KeyGroup.Count).Select(group => KeyGroup.Shard(group, shards)).ToArray();
            Assert.Equal(0, owners[0]);
            Assert.Equal(shards - 1, owners[^1]);
            for (var group = 1; group < owners.Length; group++) Assert.InRange(owners[group] - owners[group - 1], 0, 1);
            var sizes = owners.CountBy(owner => owner).Select(pair => pair.Value).ToArray();
            Assert.Equal(shards, sizes.Length);
            Assert.InRange(sizes.Max() - sizes.Min(), 0, 1);
        }
    }

    [Fact]
    public void A_group_is_the_hash_of_the_key_modulo_1024()
    {
        for (var i = 0UL; i < 5000; i++) Assert.Equal((int)(i * 0x9E3779B97F4A7C15 % 1024), KeyGroup.Of(i * 0x9E3779B97F4A7C15));
        Assert.Equal(XxHash64.Hash("abc"u8), KeyGroup.Hash("abc"u8));
    }

    [Fact]
    public void Consecutive_keys_spread_over_all_groups_as_chance_would_have_it()
    {
        const int keys = 1024 * 100;
        var counts = new int[KeyGroup.Count];
        var column = new Int64Column(DataType.BigInt, 1);
        var key = new byte[16];
        for (var i = 0; i < keys; i++)
        {
            column.Truncate(0);
            column.Append(i);
            counts[KeyGroup.Of(KeyGroup.Hash(key.AsSpan(0, KeyCodec.Write(column, 0, key))))]++;
        }
        // Chi-squared with 1,023 degrees of freedom lies within 1,023 ± 4 standard deviations of 45.2.
        var chiSquared = counts.Sum(c => (c - 100.0) * (c - 100.0) / 100.0);
        Assert.InRange(chiSquared, 1023 - 181, 1023 + 181);
        column.Release();
    }
}
