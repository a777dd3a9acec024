using System.Globalization;
using System.Numerics;
using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Oracle;

public class ExactFractionTests
{
    [Fact]
    public void Every_double_comes_back_unchanged()
    {
        var random = new Random(1);
        for (var i = 0; i < 2_000; i++)
        {
            var value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (double.IsFinite(value)) Assert.Equal(value, ExactFraction.Of(value).ToDouble());
        }
        foreach (var value in new[] { 0, double.Epsilon, -double.Epsilon, 2.2250738585072014e-308, 2.225073858507201e-308, double.MaxValue, double.MinValue, 1, 0.1 })
            Assert.Equal(value, ExactFraction.Of(value).ToDouble());
    }

    [Fact]
    public void Nearest_double_of_a_decimal_is_what_the_parser_reads()
    {
        var random = new Random(2);
        for (var i = 0; i < 2_000; i++)
        {
            BigInteger unscaled = random.NextInt64(long.MinValue, long.MaxValue);
            var scale = random.Next(0, 340);
            var expected = double.Parse($"{unscaled}e-{scale}", CultureInfo.InvariantCulture);
            Assert.Equal(expected, new ExactFraction(unscaled, BigInteger.Pow(10, scale)).ToDouble());
        }
    }

    [Theory]
    [InlineData("9007199254740993", 9007199254740992.0)]
    [InlineData("9007199254740995", 9007199254740996.0)]
    [InlineData("18014398509481987", 18014398509481988.0)]
    public void Halves_round_to_even(string number, double expected) =>
        Assert.Equal(expected, new ExactFraction(BigInteger.Parse(number, CultureInfo.InvariantCulture), 1).ToDouble());

    [Fact]
    public void Half_of_the_smallest_subnormal_is_zero_and_a_little_more_is_not()
    {
        var half = new ExactFraction(1, BigInteger.One << 1075);
        Assert.Equal(0, half.ToDouble());
        Assert.Equal(double.Epsilon, (half + new ExactFraction(1, BigInteger.One << 1200)).ToDouble());
        Assert.Equal(double.PositiveInfinity, new ExactFraction(BigInteger.One << 1024, 1).ToDouble());
    }
}
