namespace StreamForge.Tests.Definitions;

public sealed class VariableTests
{
    private static string Owner(string text, params (string Name, string Value)[] variables) =>
        TestFiles.Parse($"metadata: {{name: p, owner: {text}}}\nsources: {{s: {{type: clickstream}}}}\n", variables).Definition!.Owner!;

    [Theory]
    [InlineData("\"${A}\"", "alpha")]
    [InlineData("\"x${A}y${A}z\"", "xalphayalphaz")]
    [InlineData("\"${B:-beta}\"", "beta")]
    [InlineData("\"${EMPTY:-beta}\"", "beta")]
    [InlineData("\"[${EMPTY}]\"", "[]")]
    [InlineData("\"${A:-beta}\"", "alpha")]
    [InlineData("\"$${A}\"", "${A}")]
    [InlineData("\"$$${A}\"", "$${A}")]
    [InlineData("\"$A $ 5\"", "$A $ 5")]
    [InlineData("\"${NESTED}\"", "${A}")]
    public void A_variable_is_filled_in(string text, string expected) =>
        Assert.Equal(expected, Owner(text, ("A", "alpha"), ("EMPTY", ""), ("NESTED", "${A}")));

    [Fact]
    public void A_missing_variable_is_one_fault_at_its_place_and_its_field_says_nothing_more()
    {
        Assert.Equal(
            ["1:31: the variable RATE is not set; set it in the environment, or give a default: ${RATE:-default}"],
            TestFiles.FaultsOf("orchestration: {parallelism: \"${RATE}\"}"));
        Assert.Equal(["1:33: '${' begins a variable: write ${NAME} or ${NAME:-default}, or $${ for the characters themselves"], TestFiles.FaultsOf("orchestration: {parallelism: \" 5${}\"}"));
        Assert.Equal(
            ["7:12: the variable X is not set; set it in the environment, or give a default: ${X:-default}"],
            TestFiles.FaultsOf("transformations:\n  - name: t\n    type: sql_transform\n    input: s\n    sql: |\n      SELECT\n        a, ${X}\n"));
    }

    [Fact]
    public void Values_of_variables_appear_neither_in_faults_nor_in_the_kept_text()
    {
        var result = TestFiles.Parse(TestFiles.Head() + "orchestration: {parallelism: \"${SECRET}\"}", ("SECRET", "hunter2"));
        Assert.Equal("'parallelism' must be an integer from 1 to 1024, not '${SECRET}'", Assert.Single(result.Faults).Sentence);
        Assert.DoesNotContain("hunter2", result.Redacted, StringComparison.Ordinal);
        Assert.Equal(["SECRET"], result.Variables.AsEnumerable());
    }

    [Fact]
    public void Variables_in_comments_are_only_comments() => Assert.Empty(TestFiles.FaultsOf("# ${MISSING}\n"));
}
