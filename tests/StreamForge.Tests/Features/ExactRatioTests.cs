using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Features.Aggregates;
using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.FeatureTests;

public sealed class ExactRatioTests
{
    private static double Nearest(BigInteger sum, long count, int scale) => new ExactFraction(sum, BigInteger.Pow(10, scale) * count).ToDouble();

    [Fact]
    public void Any_quotient_is_the_nearest_double() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var bytes = new byte[random.Next(1, 25)];
        random.NextBytes(bytes);
        var sum = new BigInteger(bytes);
        var count = random.NextInt64(1, 1L << random.Next(1, 50));
        var scale = random.Next(39);
        Assert.Equal(Nearest(sum, count, scale), ExactRatio.Divide(sum, count, scale));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_quotient_just_beside_the_middle_of_two_doubles_goes_to_the_nearer() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var count = random.NextInt64(3, 1L << random.Next(3, 40));
        var scale = random.Next(20);
        // 54 bits with the last one set: the middle between two doubles.
        BigInteger middle = (1L << 53) | (random.NextInt64(1L << 52) << 1) | 1;
        var sum = (middle << random.Next(60)) * count * BigInteger.Pow(10, scale);
        foreach (var beside in (int[])[-1, 0, 1])
        {
            Assert.Equal(Nearest(sum + beside, count, scale), ExactRatio.Divide(sum + beside, count, scale));
            Assert.Equal(-Nearest(sum + beside, count, scale), ExactRatio.Divide(-sum - beside, count, scale));
        }
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1, 3, 0, 1.0 / 3)]
    [InlineData(10, 4, 0, 2.5)]
    [InlineData(0, 7, 3, 0.0)]
    [InlineData(-150, 1, 2, -1.5)]
    public void Small_ones(int sum, long count, int scale, double expected) => Assert.Equal(expected, ExactRatio.Divide(sum, count, scale));
}
