using StreamForge.Core;
using StreamForge.Features.Windows;

namespace StreamForge.Tests.FeatureTests;

public sealed class WindowMathTests
{
    private static long Micros(string text) => Duration.TryParse(text, out var micros) ? micros : throw new ArgumentException(text);

    [Theory]
    [InlineData("1us", "1us")]
    [InlineData("10ms", "10ms")]
    [InlineData("1s", "1s")]
    [InlineData("30s", "1s")]
    [InlineData("1m", "1s")]
    [InlineData("4m", "1s")]
    [InlineData("5m", "5s")]
    [InlineData("9m", "5s")]
    [InlineData("10m", "10s")]
    [InlineData("30m", "30s")]
    [InlineData("59m", "30s")]
    [InlineData("1h", "1m")]
    [InlineData("4h", "1m")]
    [InlineData("5h", "5m")]
    [InlineData("6h", "5m")]
    [InlineData("15h", "15m")]
    [InlineData("1d", "15m")]
    [InlineData("59h", "15m")]
    [InlineData("60h", "1h")]
    [InlineData("7d", "1h")]
    [InlineData("14d", "1h")]
    [InlineData("15d", "6h")]
    [InlineData("30d", "6h")]
    [InlineData("59d", "6h")]
    [InlineData("60d", "1d")]
    [InlineData("365d", "1d")]
    [InlineData("3652059d", "1d")]
    public void The_default_tile_is_a_sixtieth_rounded_down(string window, string tile) => Assert.Equal(tile, Duration.Format(WindowMath.DefaultResolution(Micros(window))));

    [Theory]
    [InlineData("1h", "1m")]
    [InlineData("1d", "15m")]
    [InlineData("7d", "1h")]
    [InlineData("100m", "1m")]
    [InlineData("90s", "1s")]
    [InlineData("7m", "5s")]
    [InlineData("61s", "1s")]
    [InlineData("36h", "15m")]
    [InlineData("15d", "6h")]
    [InlineData("1501ms", "1ms")]
    [InlineData("2500ms", "500ms")]
    [InlineData("10ms", "10ms")]
    [InlineData("1us", "1us")]
    public void A_fixed_window_has_tiles_that_divide_it(string window, string tile) => Assert.Equal(tile, Duration.Format(WindowMath.DividingResolution(Micros(window), Micros(window))));

    [Theory]
    [InlineData("1h", "5m", "1m")]
    [InlineData("1h", "90s", "30s")]
    [InlineData("1d", "1h", "15m")]
    [InlineData("1d", "10m", "5m")]
    [InlineData("1h", "7m", "1m")]
    [InlineData("10s", "3s", "1s")]
    [InlineData("10s", "1500ms", "500ms")]
    public void A_hopping_window_has_tiles_that_divide_it_and_its_hop(string window, string every, string tile) =>
        Assert.Equal(tile, Duration.Format(WindowMath.DividingResolution(Micros(window), Micros(every))));

    [Fact]
    public void Dividing_tiles_divide_and_are_never_coarser_than_the_default()
    {
        var random = new Random(1);
        for (var i = 0; i < 10_000; i++)
        {
            var window = random.NextInt64(1, 1L << random.Next(1, 50));
            if (random.Next(2) == 0) window = random.Next(1, 100_000) * EventTime.Second;
            var every = random.NextInt64(1, window + 1);
            if (window % EventTime.Second == 0 && random.Next(2) == 0) every = EventTime.Second * random.NextInt64(1, window / EventTime.Second + 1);
            var tile = WindowMath.DividingResolution(window, every);
            Assert.Equal((0, 0), (window % tile, every % tile));
            Assert.InRange(tile, 1, WindowMath.DefaultResolution(window));
        }
    }
}
