namespace StreamForge.Integration.Tests;

public class NeedsTests
{
    [Fact]
    public void Absent_variable_and_folder_are_named_and_present_ones_skip_nothing()
    {
        Assert.StartsWith("STREAMFORGE_TEST_NOBODY_SETS_THIS is not set", Needs.Missing("PATH", "STREAMFORGE_TEST_NOBODY_SETS_THIS"), StringComparison.Ordinal);
        Assert.Equal("there is no ../shared/data/no-such-folder beside the repository", Needs.Missing("data/no-such-folder"));
        Assert.Null(Needs.Missing("PATH"));
        Assert.Null(new ServiceFactAttribute("PATH").Skip);
        Assert.NotNull(new ServiceTheoryAttribute("STREAMFORGE_TEST_NOBODY_SETS_THIS").Skip);
    }
}
