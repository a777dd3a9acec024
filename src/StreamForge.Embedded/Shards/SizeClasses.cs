using System.Numerics;

namespace StreamForge.Embedded.Shards;

/// <summary>
/// The region sizes of a slab: four steps to each doubling (64, 80, 96, 112, 128, 160, …), so that at most a fifth of a region is slack.
/// </summary>
internal static class SizeClasses
{
    public const int Smallest = 64;

    /// <summary>The smallest class whose regions hold <paramref name="bytes"/>.</summary>
    public static int ClassFor(int bytes)
    {
        if (bytes <= Smallest) return 0;
        var log = BitOperations.Log2((uint)(bytes - 1));
        var step = (bytes - 1) >> (log - 2) & 3;
        return (log - 6) * 4 + step + 1;
    }

    /// <summary>Bytes of a region of class <paramref name="sizeClass"/>.</summary>
    public static int Size(int sizeClass) => (4 + (sizeClass & 3)) << (sizeClass / 4 + 4);
}
