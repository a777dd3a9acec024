using System.Buffers.Binary;
using System.Numerics;

namespace StreamForge.Iceberg.Spec;

/// <summary>MurmurHash3, x86 variant, 32 bits, seed 0 (A. Appleby), the hash of bucket partitions.</summary>
public static class Murmur3
{
    private const uint C1 = 0xcc9e2d51, C2 = 0x1b873593;

    public static int Hash(ReadOnlySpan<byte> bytes)
    {
        uint hash = 0;
        var rest = bytes;
        for (; rest.Length >= 4; rest = rest[4..]) hash = Mix(hash, BinaryPrimitives.ReadUInt32LittleEndian(rest));
        uint tail = 0;
        for (var i = rest.Length - 1; i >= 0; i--) tail = (tail << 8) | rest[i];
        if (!rest.IsEmpty) hash ^= Scramble(tail);
        return Finish(hash, bytes.Length);
    }

    /// <summary>The hash of a number's eight bytes, the lowest first: int, long, date, time and timestamps.</summary>
    public static int Hash(long number) => Finish(Mix(Mix(0, (uint)number), (uint)(number >> 32)), 8);

    private static uint Scramble(uint block) => BitOperations.RotateLeft(block * C1, 15) * C2;

    private static uint Mix(uint hash, uint block) => BitOperations.RotateLeft(hash ^ Scramble(block), 13) * 5 + 0xe6546b64;

    private static int Finish(uint hash, int length)
    {
        hash ^= (uint)length;
        hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
        hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
        return (int)(hash ^ (hash >> 16));
    }
}
