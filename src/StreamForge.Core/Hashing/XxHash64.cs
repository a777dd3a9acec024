using System.Buffers.Binary;
using System.Numerics;

namespace StreamForge.Core;

/// <summary>
/// XXH64 with seed 0 (Yann Collet, xxHash specification, "XXH64 algorithm description"). It names key groups, guards checkpoint
/// blocks and makes fingerprints, so its result is part of the stored format and must never change.
/// </summary>
public static class XxHash64
{
    private const ulong P1 = 11400714785074694791, P2 = 14029467366897019727, P3 = 1609587929392839161, P4 = 9650029242287828579, P5 = 2870177450012600261;

    public static ulong Hash(ReadOnlySpan<byte> data)
    {
        ulong hash;
        var rest = data;
        if (rest.Length >= 32)
        {
            ulong a = unchecked(P1 + P2), b = P2, c = 0, d = unchecked(0 - P1);
            do
            {
                a = Round(a, Read64(rest));
                b = Round(b, Read64(rest[8..]));
                c = Round(c, Read64(rest[16..]));
                d = Round(d, Read64(rest[24..]));
                rest = rest[32..];
            }
            while (rest.Length >= 32);
            hash = BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7) + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
            hash = Merge(Merge(Merge(Merge(hash, a), b), c), d);
        }
        else
        {
            hash = P5;
        }
        hash += (ulong)data.Length;
        for (; rest.Length >= 8; rest = rest[8..])
            hash = BitOperations.RotateLeft(hash ^ Round(0, Read64(rest)), 27) * P1 + P4;
        if (rest.Length >= 4)
        {
            hash = BitOperations.RotateLeft(hash ^ (BinaryPrimitives.ReadUInt32LittleEndian(rest) * P1), 23) * P2 + P3;
            rest = rest[4..];
        }
        foreach (var value in rest) hash = BitOperations.RotateLeft(hash ^ (value * P5), 11) * P1;
        hash = (hash ^ (hash >> 33)) * P2;
        hash = (hash ^ (hash >> 29)) * P3;
        return hash ^ (hash >> 32);
    }

    private static ulong Read64(ReadOnlySpan<byte> data) => BinaryPrimitives.ReadUInt64LittleEndian(data);

    private static ulong Round(ulong accumulator, ulong input) => BitOperations.RotateLeft(accumulator + input * P2, 31) * P1;

    private static ulong Merge(ulong accumulator, ulong value) => (accumulator ^ Round(0, value)) * P1 + P4;
}
