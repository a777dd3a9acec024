using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Tests.Definitions;

public sealed class DefinitionTextTests
{
    [Theory]
    [InlineData("windws", "windows")]
    [InlineData("widnows", "windows")]
    [InlineData("WINDOWS", "windows")]
    [InlineData("window", "windows")]
    [InlineData("inptu", "input")]
    [InlineData("zzz", null)]
    [InlineData("", null)]
    public void The_nearest_name_is_a_slip_of_the_keyboard_away(string name, string? expected) =>
        Assert.Equal(expected, NearestName.Find(name, ["view", "input", "windows", "widows"]));

    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("ab", "ba", 1)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("ca", "abc", 3)]
    public void Distance_counts_the_known_examples(string a, string b, int distance) => Assert.Equal(distance, NearestName.Distance(a, b));

    [Fact]
    public void Distance_is_symmetric_and_zero_only_between_equals() =>
        Prop.ForAll<NonNull<string>, NonNull<string>>((a, b) =>
            NearestName.Distance(a.Get, b.Get) == NearestName.Distance(b.Get, a.Get) && NearestName.Distance(a.Get, b.Get) == 0 == (a.Get == b.Get)).QuickCheckThrowOnFailure();

    [Fact]
    public void A_long_or_broken_text_is_quoted_by_its_beginning()
    {
        Assert.Equal("'a…'", DefinitionText.Quote("a\nb"));
        Assert.Equal($"'{new string('x', 60)}…'", DefinitionText.Quote(new string('x', 61)));
    }
}
