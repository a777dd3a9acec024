using System.Text.RegularExpressions;

namespace StreamForge.Tests.Architecture;

/// <summary>Words that have no place in the repository. They are put together here, so that this file does not hold them.</summary>
public partial class TextRuleTests
{
    [Theory]
    [InlineData("", "NotImplemented" + "Exception")]
    [InlineData("", "#reg" + "ion")]
    [InlineData("src/", "DateTime" + ".Now")]
    [InlineData("src/", "DateTime" + ".UtcNow")]
    [InlineData("src/", "Thread" + ".Sleep")]
    public void Words_that_are_written_nowhere(string under, string word) =>
        Assert.Empty(RepositoryText.Lines(under, line => line.Contains(word, StringComparison.Ordinal)));

    [Fact]
    public void Intentions_carry_the_number_of_their_issue() => Assert.Empty(RepositoryText.Lines("", line => Unnumbered().IsMatch(line)));

    [Fact]
    public void Rule_for_intentions_knows_a_number()
    {
        Assert.DoesNotMatch(Unnumbered(), "// TO" + "DO(#12): later");
        Assert.Matches(Unnumbered(), "// TO" + "DO: later");
    }

    [Fact]
    public void Oracle_shares_no_code_with_the_engine() => Assert.Empty(
        RepositoryText.Lines("tests/StreamForge.Testing/Oracle/", line => EngineRoom().IsMatch(line))
            .Concat(RepositoryText.Lines("tests/StreamForge.Testing/Retail/", line => EngineRoom().IsMatch(line))));

    [GeneratedRegex("TO" + @"DO(?!\s*\(#\d+\))", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Unnumbered();

    /// <summary>A using of, or a name within, a room of the product.</summary>
    [GeneratedRegex(@"StreamForge\.(?!Testing)|(?<![.\w])(Core|Sql|Formats|Pipeline|Connectors|Embedded|Server|Features\.(Aggregates|Windows|Tiles|KeyState|KeyGroups))\.\w", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex EngineRoom();
}
