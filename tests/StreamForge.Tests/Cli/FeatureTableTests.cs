using StreamForge.Cli.Features;

namespace StreamForge.Tests.Cli;

public sealed class FeatureTableTests
{
    private static readonly string[] Windows = ["1d", "tumbling_1d", "lifetime"];

    [Theory]
    [InlineData("spend_1d", "spend", "1d")]
    [InlineData("spend_tumbling_1d", "spend", "tumbling_1d")]
    [InlineData("_lifetime", "_lifetime", "")]
    [InlineData("ratio", "ratio", "")]
    public void Feature_stands_under_the_longest_window_that_its_name_ends_in(string feature, string name, string window) =>
        Assert.Equal((name, window), FeatureTable.Split(feature, Windows));
}
