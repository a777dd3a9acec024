namespace StreamForge.Core;

/// <summary>
/// State is kept by 1,024 key groups, so that any number of shards, and either host, can take it over: a key's group is
/// XXH64 (seed 0) of its canonical bytes, modulo 1,024, and shards own ranges of groups.
/// </summary>
public static class KeyGroup
{
    public const int Count = 1024;

    /// <summary>The hash that everything about a key is derived from.</summary>
    public static ulong Hash(ReadOnlySpan<byte> canonicalKey) => XxHash64.Hash(canonicalKey);

    public static int Of(ulong hash) => (int)(hash & (Count - 1));

    /// <summary>Which of <paramref name="shards"/> (1 to 1,024) owns the group.</summary>
    public static int Shard(int group, int shards) => (int)((uint)group * (uint)shards / Count);
}
