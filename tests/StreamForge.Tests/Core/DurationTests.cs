using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;

namespace StreamForge.Tests.Core;

public sealed class DurationTests
{
    [Fact]
    public void What_is_written_reads_back_as_itself() => Prop.ForAll(
        Gen.OneOf(ArbMap.Default.GeneratorFor<long>(), Gen.Choose(0, 1_000_000).Select(n => n * EventTime.Second), Gen.Choose(0, 100_000).Select(n => n * EventTime.Day)).ToArbitrary(),
        any =>
        {
            var micros = any & long.MaxValue;
            return Duration.TryParse(Duration.Format(micros), out var read) && read == micros;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(3_600_000_000, "1h")]
    [InlineData(90_000_000, "90s")]
    [InlineData(86_400_000_000, "1d")]
    [InlineData(90_000_000_000, "25h")]
    [InlineData(1_500_000, "1500ms")]
    [InlineData(1_000_001, "1000001us")]
    [InlineData(long.MaxValue, "9223372036854775807us")]
    public void The_largest_unit_that_divides_it_is_written(long micros, string text) => Assert.Equal(text, Duration.Format(micros));

    [Theory]
    [InlineData("d", 86_400_000_000)]
    [InlineData("h", 3_600_000_000)]
    [InlineData("m", 60_000_000)]
    [InlineData("s", 1_000_000)]
    [InlineData("ms", 1_000)]
    [InlineData("us", 1)]
    public void Each_unit_is_read_up_to_the_last_number_that_fits(string unit, long size)
    {
        var largest = long.MaxValue / size;
        Assert.True(Duration.TryParse($"{largest}{unit}", out var micros));
        Assert.Equal((BigInteger)largest * size, micros);
        Assert.False(Duration.TryParse($"{(BigInteger)largest + 1}{unit}", out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("10")]
    [InlineData("-1s")]
    [InlineData("+1s")]
    [InlineData("1.5h")]
    [InlineData("1 h")]
    [InlineData("1H")]
    [InlineData("1min")]
    [InlineData("1w")]
    [InlineData("1h30m")]
    [InlineData("99999999999999999999s")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(Duration.TryParse(text, out _));

    [Fact]
    public void Blanks_around_it_do_not_matter()
    {
        Assert.True(Duration.TryParse(" 30s ", out var micros));
        Assert.Equal(30_000_000, micros);
    }
}
