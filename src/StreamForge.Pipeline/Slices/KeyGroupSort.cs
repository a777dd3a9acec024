using System.Buffers;
using StreamForge.Core;

namespace StreamForge.Pipeline.Slices;

/// <summary>Sorts rows by key group, and within it by further bits of the hash, keeping the order of rows that tie: a radix sort in two passes of eight bits.</summary>
internal static class KeyGroupSort
{
    /// <summary>Sorts the first <paramref name="count"/> entries of <paramref name="rows"/> in place.</summary>
    public static void Sort(int[] rows, int count, KeyVector keys)
    {
        var other = ArrayPool<int>.Shared.Rent(Math.Max(count, 1));
        Pass(rows, other, count, keys, shift: 0);
        Pass(other, rows, count, keys, shift: 8);
        ArrayPool<int>.Shared.Return(other);
    }

    /// <summary>Where each shard's rows begin; one more than there are shards.</summary>
    public static int[] ShardStarts(int[] rows, int count, KeyVector keys, int shards)
    {
        var starts = new int[shards + 1];
        for (var i = 0; i < count; i++) starts[KeyGroup.Shard(KeyGroup.Of(keys.Hash(rows[i])), shards) + 1]++;
        for (var s = 0; s < shards; s++) starts[s + 1] += starts[s];
        return starts;
    }

    // The group's ten bits stand above six more bits of the hash.
    private static int Digits(ulong hash) => (KeyGroup.Of(hash) << 6) | (int)(hash >> 10 & 63);

    private static void Pass(int[] from, int[] to, int count, KeyVector keys, int shift)
    {
        Span<int> starts = stackalloc int[257];
        starts.Clear();
        for (var i = 0; i < count; i++) starts[(Digits(keys.Hash(from[i])) >> shift & 255) + 1]++;
        for (var d = 0; d < 256; d++) starts[d + 1] += starts[d];
        for (var i = 0; i < count; i++)
        {
            var row = from[i];
            to[starts[Digits(keys.Hash(row)) >> shift & 255]++] = row;
        }
    }
}
