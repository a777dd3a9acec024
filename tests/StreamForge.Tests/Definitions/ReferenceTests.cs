namespace StreamForge.Tests.Definitions;

public sealed class ReferenceTests
{
    private static string Transformation(string name, string input) => $"  - {{name: {name}, type: sql_transform, input: {input}, sql: SELECT 1}}\n";

    [Fact]
    public void A_cycle_is_named_once_from_its_first_member_in_the_file()
    {
        var text = TestFiles.Head() + "transformations:\n" + Transformation("tail", "b") + Transformation("a", "c") + Transformation("b", "a") + Transformation("c", "b") + Transformation("self", "self") + Transformation("good", "s");
        var result = TestFiles.Parse(text);
        Assert.Equal(
            ["p.yaml:6:43: transformations read each other in a cycle: a → c → b → a; let one of them read a source",
             "p.yaml:9:46: transformations read each other in a cycle: self → self; let one of them read a source"],
            result.Faults.Select(f => f.ToString()));
        Assert.Equal(["a", "b", "c", "self", "tail"], result.Broken.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Sources_transformations_and_views_share_their_names_and_others_have_their_own()
    {
        var faults = TestFiles.FaultsOf("""
            transformations:
              - {name: s, type: sql_transform, input: s, sql: SELECT 1}
              - {name: t, type: sql_transform, input: s, sql: SELECT 1}
            features:
              - {view: t, input: s, entity: [u], windows: [1h], aggregates: [{name: n, function: count}]}
            services:
              - {name: s, features: ["t:*"]}
              - {name: s, features: ["t:*"]}
            sinks:
              s: {type: files, input: s, path: o}
            """, "{type: clickstream}");
        Assert.Equal(
            ["2:12: the name 's' is already taken by the source at line 3; give this transformation another one",
             "5:12: the name 't' is already taken by the transformation at line 6; give this view another one",
             "8:12: the name 's' is already taken by the service at line 10; give this service another one"],
            faults);
    }

    [Theory]
    [InlineData("sinks: {o: {type: files, input: ss, path: o}}", "1:33: unknown input 'ss'; did you mean 's'?")]
    [InlineData("sinks: {o: {type: files, input: orders, path: o}}", "1:33: unknown input 'orders'; known: s")]
    [InlineData("transformations: [{name: t, type: sql_transform, input: x, sql: SELECT 1}]", "1:57: unknown input 'x'; did you mean 's'?")]
    public void An_unknown_input_is_a_fault_with_the_nearest_name(string addition, string fault) =>
        Assert.Equal([fault], TestFiles.FaultsOf(addition));

    [Theory]
    [InlineData("tests: [{given: [], view: v, key: {uid: 1}, expect: {n_1h: 1}}]", "3:36: the key of view 'v' is u, not uid")]
    [InlineData("tests: [{given: [], view: v, key: {u: null}, expect: {n_1h: 1}}]", "3:36: the key column 'u' needs a value; a row whose entity is null is outside every view")]
    [InlineData("tests: [{given: [], view: v, key: {u: 1}, expect: {}}]", "3:51: 'expect' must not be empty; write for example expect: {spend_1h: 3}")]
    [InlineData("tests: [{given: [], view: v, key: {u: 1}, expect: {n: 1}}]", "3:52: the view 'v' has no feature 'n'; known: n_1h")]
    [InlineData("tests: [{given: [], source: z, view: v, key: {u: 1}, expect: {n_1h: 1}}]", "3:29: unknown source 'z'; did you mean 's'?")]
    [InlineData("transformations: [{name: t, type: sql_transform, input: v, sql: SELECT 1}]", "3:57: 'v' is a view, and a transformation reads a source or a transformation; name one of those")]
    public void What_a_test_or_an_input_says_about_a_view_is_held_against_it(string addition, string fault) =>
        Assert.Equal([fault], TestFiles.FaultsOf("features:\n  - {view: v, input: s, entity: [u], windows: [1h], aggregates: [{name: n, function: count}]}\n" + addition));

    [Fact]
    public void What_reads_something_broken_is_broken_and_nothing_is_said_about_its_features()
    {
        var result = TestFiles.Parse(TestFiles.Head("{type: postgres}") + "transformations:\n" + Transformation("b", "a") + Transformation("a", "s")
            + "features:\n  - {view: v, input: b, entity: [u], windows: [soon], aggregates: [{name: n, function: count}]}\ntests: [{given: [], view: v, key: {u: 1}, expect: {n_session_1h: 1}}]");
        Assert.Equal(2, result.Faults.Length);
        Assert.Equal(["a", "b", "s", "v"], result.Broken.Order(StringComparer.Ordinal));
        Assert.Equal(["b", "a"], result.Definition!.Transformations.Select(t => t.Name));
    }
}
