namespace StreamForge.Tests.Definitions;

public sealed class YamlTests
{
    [Theory]
    [InlineData("", "1:1: the file is empty; a pipeline has at least 'metadata' with a name, and 'sources'")]
    [InlineData("# nothing\n", "1:1: the file is empty; a pipeline has at least 'metadata' with a name, and 'sources'")]
    [InlineData("---\n...\n", "1:1: the file is empty; a pipeline has at least 'metadata' with a name, and 'sources'")]
    [InlineData("- a", "1:1: the pipeline must be a mapping of fields, not a list")]
    [InlineData("CREATE TABLE x", "1:1: the pipeline must be a mapping of fields, not a single value")]
    [InlineData("metadata:\n\tname: x\n", "2:1: a tab cannot indent YAML; use spaces")]
    [InlineData("metadata:\n  name: x\n \tversion: y\n", "3:2: a tab cannot indent YAML; use spaces")]
    [InlineData("a: b: c\n", "1:5: this is not valid YAML: while scanning a plain scalar value, found invalid mapping; a text that holds ': ' needs quotes, and the fields of one mapping the same indentation")]
    [InlineData("metadata: {name: x\nsources: 1\n", "1:11: this is not valid YAML: the bracket that opens here is not closed as it should be")]
    [InlineData("metadata: 'x\n", "1:11: this is not valid YAML: while scanning a quoted scalar, found unexpected end of stream")]
    [InlineData("storage: {endpoint: ${X}}\n", "1:22: this is not valid YAML: while parsing a flow mapping, did not find expected ',' or '}'; within braces or brackets, ${…} needs quotes")]
    [InlineData("metadata: \"a\u0001\"", "1:13: the control character U+0001 cannot stand in YAML; remove it, or write it as an escape within double quotes")]
    public void Text_that_is_no_pipeline_is_one_fault_with_its_place(string text, string fault) => Assert.Equal([fault], TestFiles.Faults(text));

    [Fact]
    public void A_second_document_is_a_fault() =>
        Assert.Contains("4:1: a second document begins here; a pipeline file holds one, so move this one to a file of its own", TestFiles.Faults(TestFiles.Head() + "---\na: 1\n"));

    [Fact]
    public void A_byte_order_mark_is_passed_over() => Assert.Empty(TestFiles.Parse("\uFEFF" + TestFiles.Head()).Faults);

    [Fact]
    public void Anchors_aliases_and_merge_keys_are_resolved()
    {
        var result = TestFiles.Parse("""
            metadata: {name: p}
            sources:
              a: &base
                type: clickstream
                rate: 5
                watermark: &w {out_of_orderness: 1s}
              b:
                <<: *base
                rate: 6
              c: {<<: [{type: clickstream, rate: 7}, *base], watermark: *w}
            """);
        Assert.Empty(result.Faults);
        Assert.Equal([5.0, 6, 7], result.Definition!.Sources.Select(s => ((StreamForge.Pipeline.Definitions.ClickstreamSourceOptions)s.Options).Rate!.Value));
        Assert.All(result.Definition.Sources, s => Assert.Equal(1_000_000, s.Watermark.OutOfOrderness));
    }

    [Theory]
    [InlineData("sinks: *x", "1:8: no anchor '&x' stands above this alias")]
    [InlineData("sinks: &x {o: *x}", "1:15: no anchor '&x' stands above this alias")]
    [InlineData("sinks: {o: !special {type: files, input: s, path: o}}", "1:12: the tag '!special' means nothing in a pipeline file; remove it")]
    [InlineData("sinks: {o: {type: files, type: files, input: s, path: o}}", "1:26: the key 'type' is already given at line 4; keep one of the two")]
    [InlineData("orchestration: {<<: 5}", "1:21: '<<' merges a mapping, or a list of mappings, not a single value")]
    [InlineData("? [a]\n: b", "1:3: a field's name must be a single word, not a list")]
    public void Misused_structure_is_a_fault(string addition, string fault) => Assert.Equal([fault], TestFiles.FaultsOf(addition));

    [Fact]
    public void A_fault_in_an_anchor_is_said_once_however_often_it_is_used() =>
        Assert.Equal(["2:43: 'rate' must be a number above 0, not '0'"], TestFiles.Faults("metadata: {name: p}\nsources: {a: &a {type: clickstream, rate: 0}, b: *a, c: {<<: *a}}\n"));

    [Fact]
    public void Nesting_has_an_end() =>
        Assert.Contains("more than 64 levels of nesting", Assert.Single(TestFiles.Faults("a: " + new string('[', 5000) + new string(']', 5000))), StringComparison.Ordinal);

    [Fact]
    public void A_row_blown_up_by_aliases_is_refused()
    {
        var rows = string.Concat(Enumerable.Range(1, 12).Select(i => $"      k{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]\n"));
        var faults = TestFiles.FaultsOf("features:\n  - {view: v, input: s, entity: [u], windows: [1h], aggregates: [{name: n, function: count}]}\ntests:\n  - view: v\n    key: {u: 1}\n    expect: {n_1h: 1}\n    given:\n    - k0: &a0 x\n" + rows);
        Assert.Contains("longer than 1024 KiB of JSON", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Fact]
    public void No_text_makes_the_reader_throw()
    {
        var seed = File.ReadAllText(Path.Combine(TestFiles.Repository, "examples", "clickstream", "pipeline.yaml"));
        var random = new Random(17);
        const string alphabet = "{}[]:,-#&*!|>'\"%@`$ \n\t\r\\ab10~?<=.é😀";
        for (var round = 0; round < 3000; round++)
        {
            var text = new System.Text.StringBuilder(seed[..random.Next(seed.Length)]);
            for (var edit = random.Next(1, 4); edit > 0 && text.Length > 0; edit--)
            {
                var at = random.Next(text.Length);
                if (random.Next(3) == 0) text.Remove(at, Math.Min(random.Next(1, 30), text.Length - at));
                else text.Insert(at, alphabet[random.Next(alphabet.Length)]);
            }
            var result = TestFiles.Parse(text.ToString());
            Assert.True(result.Definition is not null || !result.Faults.IsEmpty);
            Assert.All(result.Faults, f => Assert.True(f.Line >= 1 && f.Column >= 1 && f.Line <= text.ToString().Count(c => c is '\n' or '\r') + 1 && f.Column <= text.Length + 1, f.ToString()));
        }
    }
}
