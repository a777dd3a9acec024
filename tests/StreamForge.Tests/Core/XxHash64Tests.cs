using System.Numerics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;

namespace StreamForge.Tests.Core;

public sealed class XxHash64Tests
{
    [Theory]
    [InlineData("", 0xEF46DB3751D8E999)]
    [InlineData("a", 0xD24EC4F1A98C6E5B)]
    [InlineData("abc", 0x44BC2CF5AD770999)]
    [InlineData("Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1)]
    public void Published_values_are_met(string text, ulong hash) => Assert.Equal(hash, XxHash64.Hash(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Every_length_across_the_stripes_agrees_with_the_specification_read_literally()
    {
        var data = new byte[200];
        new Random(1).NextBytes(data);
        for (var length = 0; length <= data.Length; length++)
            Assert.Equal(Literal(data[..length]), XxHash64.Hash(data.AsSpan(0, length)));
    }

    [Fact]
    public void Any_bytes_agree_with_the_specification_read_literally() =>
        Prop.ForAll<byte[]>(data => XxHash64.Hash(data) == Literal(data)).QuickCheckThrowOnFailure();

    /// <summary>The specification's steps in arithmetic modulo 2^64 of unbounded integers, byte by byte.</summary>
    private static ulong Literal(byte[] data)
    {
        BigInteger p1 = 0x9E3779B185EBCA87, p2 = 0xC2B2AE3D27D4EB4F, p3 = 0x165667B19E3779F9, p4 = 0x85EBCA77C2B2AE63, p5 = 0x27D4EB2F165667C5;
        var at = 0;
        BigInteger hash = p5;
        if (data.Length >= 32)
        {
            BigInteger[] lanes = [p1 + p2, p2, 0, -p1];
            for (; at + 32 <= data.Length; at += 32)
            {
                for (var lane = 0; lane < 4; lane++) lanes[lane] = Round(lanes[lane], Number(at + lane * 8, 8));
            }
            hash = Rotate(lanes[0], 1) + Rotate(lanes[1], 7) + Rotate(lanes[2], 12) + Rotate(lanes[3], 18);
            foreach (var lane in lanes) hash = Wrap((Wrap(hash) ^ Round(0, lane)) * p1 + p4);
        }
        hash = Wrap(hash + data.Length);
        for (; at + 8 <= data.Length; at += 8) hash = Wrap(Rotate(hash ^ Round(0, Number(at, 8)), 27) * p1 + p4);
        for (; at + 4 <= data.Length; at += 4) hash = Wrap(Rotate(hash ^ Wrap(Number(at, 4) * p1), 23) * p2 + p3);
        for (; at < data.Length; at++) hash = Wrap(Rotate(hash ^ Wrap(data[at] * p5), 11) * p1);
        hash = Wrap((hash ^ (hash >> 33)) * p2);
        hash = Wrap((hash ^ (hash >> 29)) * p3);
        return (ulong)(hash ^ (hash >> 32));

        BigInteger Number(int start, int length) => new(data.AsSpan(start, length), isUnsigned: true);
        BigInteger Round(BigInteger lane, BigInteger input) => Wrap(Rotate(lane + input * p2, 31) * p1);
        static BigInteger Wrap(BigInteger value) => ((value % (BigInteger.One << 64)) + (BigInteger.One << 64)) % (BigInteger.One << 64);
        static BigInteger Rotate(BigInteger value, int bits) => Wrap(Wrap(value) << bits) | (Wrap(value) >> (64 - bits));
    }
}
