using System.IO.Compression;
using StreamForge.Core;
using StreamForge.Embedded.Evolution;
using StreamForge.Embedded.Trials;
using StreamForge.Pipeline.Evolution;

namespace StreamForge.Tests.Engine;

/// <summary>Lookup files from the pipeline file to the features behind them.</summary>
public sealed class LookupTests : IDisposable
{
    private const string Pipeline = """
        metadata: {name: case}
        sources:
          s: {type: files, path: events.json, format: json, event_time: t, schema: [{name: t, type: timestamptz, unit: ms}, {name: code, type: string}, {name: x, type: bigint}]}
        transformations:
          - name: priced
            type: sql_transform
            input: s
            lookups: {products: {path: products.csv, key: StockCode}}
            sql: |
              SELECT t, code, x * p.price AS amount, p.Category
              FROM {{ input }} LEFT JOIN products AS p ON p.StockCode = code
        features:
          - {view: v, input: priced, entity: [Category], windows: [lifetime], aggregates: [{name: sum, function: sum, of: amount}, {name: n, function: count}]}
          - {view: raw, input: s, entity: [code], windows: [lifetime], aggregates: [{name: n, function: count}]}
        tests:
          - {given: [{t: 1700000000000, code: "b", x: 3}], view: v, key: {Category: "toys"}, expect: {sum_lifetime: 7.5}}
        """;

    private const string Products = "StockCode,price,Category\na,1,tools\nb,2.5,toys\n,9,none\nc,4,toys\n";

    private readonly PipelineFolder _folder = new(Pipeline);

    public LookupTests()
    {
        _folder.Write("products.csv", Products);
        _folder.Write("events.json", Event("a", 1) + Event("b", 2) + Event("c", 3) + Event("zz", 4) + Event("b", 1));
    }

    public void Dispose() => _folder.Dispose();

    private static string Event(string code, int x) => $"{{\"t\": 1700000000000, \"code\": \"{code}\", \"x\": {x}}}\n";

    [Fact]
    public async Task Features_behind_a_join_are_read_without_the_file()
    {
        await _folder.RunAsync();
        File.Delete(_folder["products.csv"]);
        Assert.Equal("19.5", _folder.Read("v", "toys")["sum_lifetime"].ToString());
        Assert.Equal("1", _folder.Read("v", "tools")["sum_lifetime"].ToString());
        Assert.Equal("2", _folder.Read("raw", "b")["n_lifetime"].ToString());
    }

    [Fact]
    public async Task A_changed_lookup_file_is_refused_over_live_state_and_the_same_content_goes_on()
    {
        await _folder.RunAsync();
        _folder.Write("products.csv", Products.Replace("2.5", "2.6", StringComparison.Ordinal));
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => _folder.RunAsync());
        Assert.Equal(ErrorKind.Conflict, error.Kind);
        Assert.StartsWith("case: the view v has changed over its live state: it was 'lookup products: 4 rows with the hash ", error.Message, StringComparison.Ordinal);

        _folder.Write("products.csv", Products);
        _folder.Append("events.json", Event("a", 5));
        await _folder.RunAsync();
        Assert.Equal("6", _folder.Read("v", "tools")["sum_lifetime"].ToString());

        // Compression does not change what the file holds.
        File.Delete(_folder["products.csv"]);
        _folder.Write("products.csv.gz", Gzip(Products));
        _folder.Pipeline = Pipeline.Replace("path: products.csv", "path: products.csv.gz", StringComparison.Ordinal);
        _folder.Append("events.json", Event("a", 1));
        await _folder.RunAsync();
        Assert.Equal("7", _folder.Read("v", "tools")["sum_lifetime"].ToString());
    }

    [Fact]
    public async Task A_changed_lookup_file_concerns_the_aggregates_that_read_it()
    {
        _folder.Pipeline = Pipeline.Replace("entity: [Category]", "entity: [code]", StringComparison.Ordinal);
        _folder.Pipeline = _folder.Pipeline[.._folder.Pipeline.IndexOf("tests:", StringComparison.Ordinal)];
        await _folder.RunAsync();
        _folder.Write("products.csv", Products.Replace("2.5", "2.6", StringComparison.Ordinal));
        await using var loaded = await _folder.LoadAsync();
        var change = LiveDefinition.Find(_folder.Data, "case")!.Compare(loaded.Plan, ChangeRequest.None);
        var refused = change.Refused.Single();
        Assert.Equal(("sum", "v"), (refused.Name, refused.View));
        Assert.Matches("^it was 'sum of `amount` .sum.double v1. from SELECT .* with 4 rows of products with the hash [0-9a-f]+' and is now '.*'; --reset v.sum lets it begin empty, or give it another name$", refused.Detail!);
        Assert.Equal(ChangeVerdict.Kept, change.Changes.Single(c => c is { Name: "n", View: "v" }).Verdict);
        Assert.Equal(ErrorKind.Conflict, (await Assert.ThrowsAsync<StreamForgeException>(() => _folder.RunAsync())).Kind);
        var reset = LiveDefinition.Find(_folder.Data, "case")!.Compare(loaded.Plan, new ChangeRequest(["v.sum"], []));
        Assert.Empty(reset.Refused);
        Assert.Equal(-1, reset.Views[0].Migration!.Slots[0]);
        _folder.Write("products.csv", Products);
        await _folder.RunAsync();
    }

    [Fact]
    public async Task The_tests_and_the_preview_of_a_file_read_its_lookups()
    {
        await using var loaded = await _folder.LoadAsync();
        Assert.Empty(PipelineTests.Faults(loaded.Plan));
        var outcome = await PipelineTests.RunAsync(loaded.Plan, Assert.Single(loaded.Plan.Definition.Tests));
        Assert.True(outcome.Passed);
        var preview = await Preview.RunAsync(loaded, "priced", 10, TimeProvider.System, CancellationToken.None);
        Assert.Equal(5, preview.Events);
        var lookup = Assert.Single(loaded.Plan.Lookups.Values).Description;
        Assert.Equal((4, (long)Products.Length, "products.csv"), (lookup.Rows, lookup.Bytes, lookup.File));
        Assert.Equal("StockCode string, price double, Category string", lookup.Schema.ToString());
    }

    [Theory]
    [InlineData("x,y\n1,2\n", "pipeline.yaml:8:51: the lookup products has no column 'StockCode'; known: x, y")]
    [InlineData("StockCode,price,Category\na,1,A\nb,2,B\n\na,3,C\n", "pipeline.yaml:8:32: lookup products: {path}: lines 2 and 5 have the same key, StockCode a; a lookup's key must be unique")]
    [InlineData("StockCode,price,Category\na,1,A\nb,2\n", "pipeline.yaml:8:32: lookup products: {path}: line 3: ")]
    [InlineData("StockCode,price,Category\n1,1,A\n", "pipeline.yaml:11:51: cannot compare bigint with string; use CAST")]
    [InlineData(null, "pipeline.yaml:8:32: lookup products: the file {path} does not exist")]
    public async Task What_is_wrong_with_a_lookup_is_a_fault_of_the_pipeline_file(string? content, string fault)
    {
        File.Delete(_folder["products.csv"]);
        if (content is not null) _folder.Write("products.csv", content);
        var error = await Assert.ThrowsAsync<InvalidDefinitionException>(() => _folder.LoadAsync());
        Assert.StartsWith(fault.Replace("{path}", _folder["products.csv"], StringComparison.Ordinal), Assert.Single(error.Faults).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lookup_may_declare_its_columns_and_its_format_and_have_a_key_of_several()
    {
        _folder.Write("prices.txt", "{\"c\": 1, \"y\": 2023, \"v\": \"old\"}\n{\"c\": 1, \"y\": 2024, \"v\": \"new\"}\n");
        _folder.Pipeline = """
            metadata: {name: case}
            sources:
              s: {type: files, path: events.json, format: json, event_time: t, schema: [{name: t, type: timestamptz, unit: ms}, {name: code, type: string}]}
            transformations:
              - name: joined
                type: sql_transform
                input: s
                lookups: {prices: {path: prices.txt, format: json, key: [c, y], schema: [{name: c, type: int}, {name: y, type: bigint}, {name: v, type: string}]}}
                sql: SELECT t, v FROM {{ input }} JOIN prices ON c = 1 AND y = EXTRACT(YEAR FROM t)
            features:
              - {view: v, input: joined, entity: [v], windows: [lifetime], aggregates: [{name: n, function: count}]}
            """;
        await _folder.RunAsync();
        Assert.Equal("5", _folder.Read("v", "old")["n_lifetime"].ToString());
    }

    [Fact]
    public async Task A_name_that_does_not_say_the_format_and_an_unknown_key_are_faults_with_their_places()
    {
        _folder.Pipeline = Pipeline.Replace("products.csv, key: StockCode", "products.txt, key: [StockCode, StockCode]", StringComparison.Ordinal);
        var error = await Assert.ThrowsAsync<InvalidDefinitionException>(() => _folder.LoadAsync());
        Assert.Equal(
            ["pipeline.yaml:8:32: the name of 'products.txt' does not say its format; add format: csv or format: json", "pipeline.yaml:8:63: the key names 'StockCode' twice; remove one"],
            error.Faults.Select(f => f.ToString()));
    }

    private static byte[] Gzip(string text)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest)) gzip.Write(System.Text.Encoding.UTF8.GetBytes(text));
        return memory.ToArray();
    }
}
