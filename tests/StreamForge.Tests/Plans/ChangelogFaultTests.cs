using StreamForge.Core;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Tests.Plans;

public sealed class ChangelogFaultTests
{
    private static readonly Schema Columns = new([.. PlanCase.Columns.Fields, new Field("event_timestamp", DataType.TimestampTz), new Field("offset", DataType.BigInt), new Field("tags", new DataType(TypeKind.Array))]);

    private const string View = """
        features:
          - {view: v, input: s, entity: [user], windows: [1h], aggregates: [{name: n, function: count}]}
        """;

    /// <summary>The faults of a pipeline over one changelog, each as <c>line:column: sentence</c>; the source stands in line 3.</summary>
    private static string[] Faults(string source, string rest = View)
    {
        var result = PlanCase.Result($"metadata: {{name: p}}\nsources:\n  s: {source}\n{rest}", Columns);
        return [.. result.Faults.Select(f => $"{f.Line}:{f.Column}: {f.Sentence}")];
    }

    [Theory]
    [InlineData("{type: files, path: a, format: debezium-json, event_time: t}")]
    [InlineData("{type: files, path: a, format: debezium-json, event_time: t, key: user}")]
    [InlineData("{type: files, path: a, format: debezium-json, event_time: t, key: [user, country], before: full}")]
    [InlineData("{type: files, path: a, format: debezium-json, key: [user], before: stored}")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t, format: debezium-json, before: stored, start_offset: latest}")]
    public void A_changelog_is_planned(string source) => Assert.Empty(Faults(source));

    [Fact]
    public void A_view_counts_old_images_at_the_time_of_their_own_row_or_not_at_all()
    {
        const string fault = "the view v counts rows at the time of their change, and with 'before: full' nothing says when the old image of a row was counted; name a column of the row as 'event_time', or write before: stored";
        Assert.Equal([$"3:3: {fault}"], Faults("{type: files, path: a, format: debezium-json}"));
        Assert.Equal([$"3:64: {fault}"], Faults("{type: files, path: a, format: debezium-json, event_time: event_timestamp}"));
        Assert.Empty(Faults("{type: files, path: a, format: debezium-json}", View.Replace("windows: [1h]", "event_time: t, windows: [1h]", StringComparison.Ordinal)));
        Assert.Empty(Faults("{type: files, path: a, format: debezium-json}", "sinks: {f: {type: files, path: out, input: s}}"));
    }

    [Fact]
    public void What_is_the_records_decides_nothing_where_the_old_image_would_have_another_records()
    {
        const string rest = """
            transformations:
              - {name: a, type: sql_transform, input: s, sql: "SELECT user, t, `offset` + 1 AS place FROM s WHERE `offset` > 5", expect: [{must: place > 7}]}
            features:
              - {view: v, input: a, entity: [place], windows: [1h], aggregates: [{name: n, function: max, of: place * 2}]}
              - {view: w, input: s, event_time: event_timestamp, entity: [user], windows: [1h], aggregates: [{name: n, function: count}]}
            """;
        string Why(string column) => $"depends on '{column}', which is the Kafka record's and not the row's: with 'before: full' the old image of a row of s would have that of the record that replaces it, and could not be taken out; "
            + "write before: stored, which keeps it with the image, or use a column of the row";
        Assert.Equal(
            [
                $"5:52: which rows the transformation a lets through {Why("offset")}", $"5:134: 'place > 7' {Why("place")}", $"7:34: the key of the view v {Why("place")}", $"7:99: 'place * 2' {Why("place")}",
                $"8:37: the time of the view w {Why("event_timestamp")}",
            ],
            Faults("{type: files, path: a, format: debezium-json, event_time: t}", rest));
        Assert.Empty(Faults("{type: files, path: a, format: debezium-json, event_time: t, key: user, before: stored}", rest));
    }

    [Fact]
    public void A_key_names_columns_of_the_row()
    {
        Assert.Equal(
            ["3:73: unknown key column 'usr'; did you mean 'user'?", "3:78: the key column tags is of type array; a key needs scalars such as bigint or string"],
            Faults("{type: files, path: a, format: debezium-json, event_time: t, key: [usr, tags]}"));
        Assert.StartsWith("3:72: unknown key column 'event_timestamp'; known are t, user", Faults("{type: files, path: a, format: debezium-json, event_time: t, key: event_timestamp}").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_on_a_rows_way_may_depend_on_when_it_is_looked_at()
    {
        const string why = "over the changelog s a row must count for the same when it is taken out as when it was put in, so NOW, RAND and UUID may not be used";
        Assert.Equal(
            [$"5:52: the transformation a is not the same at every reading; {why}", $"5:107: 'RAND() < 0.5' is not the same at every reading; {why}", $"7:98: 'CURRENT_TIMESTAMP' is not the same at every reading; {why}"],
            Faults("{type: files, path: a, format: debezium-json, event_time: t}", """
                transformations:
                  - {name: a, type: sql_transform, input: s, sql: "SELECT user, t, NOW() AS seen FROM s", expect: [{must: RAND() < 0.5}]}
                features:
                  - {view: v, input: s, entity: [user], windows: [1h], aggregates: [{name: n, function: min, of: CURRENT_TIMESTAMP}]}
                """));
    }

    [Fact]
    public void A_key_that_is_forgotten_cannot_have_a_lifetime() => Assert.Contains(
        "a lifetime window over a changelog cannot have a 'ttl'",
        Faults("{type: files, path: a, format: debezium-json, event_time: t}", View.Replace("windows: [1h]", "ttl: 3d, windows: [1h, lifetime]", StringComparison.Ordinal)).Single(), StringComparison.Ordinal);

    [Theory]
    [InlineData("key: []", "3:65: 'key' must name at least one column, such as [order_id]; leave it out where the records' own keys are the primary key")]
    [InlineData("key: [a, a]", "3:69: the key column 'a' is named twice; keep one of the two")]
    [InlineData("key: [\"\"]", "3:66: a column of 'key' needs a name, such as order_id")]
    [InlineData("before: ful", "3:68: unknown value for before 'ful'; did you mean 'full'?")]
    [InlineData("befor: full", "3:60: unknown field 'befor'; did you mean 'before'?")]
    [InlineData("schema: [{name: event_timestamp, type: timestamp}]", "3:76: the column 'event_timestamp' hides the record's timestamp, which is the event time where none is named; name one with 'event_time'")]
    public void What_a_changelog_says_of_itself_is_checked(string field, string fault)
    {
        var text = $"metadata: {{name: p}}\nsources:\n  s: {{type: files, path: a.jsonl, format: debezium-json,   {field}}}\nsinks: {{f: {{type: files, path: out, input: s}}}}";
        Assert.Equal([fault], PipelineFile.Parse(text, "p.yaml", "/", _ => null).Faults.Select(f => $"{f.Line}:{f.Column}: {f.Sentence}"));
    }
}
