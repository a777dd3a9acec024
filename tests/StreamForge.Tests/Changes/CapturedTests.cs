using System.Text.Json;
using System.Text.Json.Nodes;
using StreamForge.Core;
using StreamForge.Tests.Engine;

namespace StreamForge.Tests.Changes;

/// <summary>Whole pipelines over captured topics: stored images, a lifetime count and a sink end where the table has ended; what cannot be known is said.</summary>
public class CapturedTests
{
    public static TheoryData<string> Topics => [.. CapturedTables.Topics().Where(t => !CapturedExceptions.IsElsewhere(t)).DefaultIfEmpty("none")];

    [CapturedTheory]
    [MemberData(nameof(Topics))]
    public async Task A_captured_table_ends_as_it_has_ended(string topic)
    {
        using var folder = new PipelineFolder(Pipeline(CapturedTables.FileOf(topic), "before: stored", "event_timestamp"));
        var status = await folder.RunAsync();
        var images = CapturedTables.Images(folder, "changes");
        var exception = CapturedExceptions.Of(topic);
        Assert.Equal(exception.Orphans, status.Degraded);
        Assert.Equal(exception.Orphans, folder.Late().Count(l => JsonNode.Parse(l)!["reason"]!.GetValue<string>().StartsWith("orphan: ", StringComparison.Ordinal)));
        Assert.Equal(0, status.DeadLetters);
        if (images.Count > 0) Assert.Equal(images.Count, folder.Read("rows", "1")["n_lifetime"].Int64);

        var final = CapturedTables.Final(topic);
        if (!exception.EndsElsewhere) Assert.Equal(final.Count, images.Count);
        var agreeing = 0;
        foreach (var row in final)
        {
            var key = CapturedExceptions.KeyOf(row);
            var image = images.SingleOrDefault(i => key.All(k => i[k].ToString() == row.GetProperty(k).ToString()));
            if (image is null && exception.EndsElsewhere) continue;
            Assert.True(image is not null, $"the row {row} is missing");
            foreach (var column in row.EnumerateObject().Where(c => image.ContainsKey(c.Name) && !exception.Columns.Contains(c.Name) && !topic.Contains(".types.", StringComparison.Ordinal)))
            {
                if (CapturedTables.Agree(image[column.Name], column.Value) is not { } agree) continue;
                Assert.True(agree, $"{column.Name} of {row} is {image[column.Name]}");
                agreeing++;
            }
        }
        Assert.True(final.Count == 0 || agreeing > 0 || exception.EndsElsewhere || topic.Contains(".types.", StringComparison.Ordinal));
        CheckSink(folder, topic, status.Duplicates);
    }

    /// <summary>The sink has one row for each row's change; where the database or the transform has said so, of a truncate one for each row that was there.</summary>
    private static void CheckSink(PipelineFolder folder, string topic, long duplicates)
    {
        var written = folder.SinkRows().Select(r => JsonNode.Parse(r)!["_op"]!.GetValue<string>()).CountBy(op => op).ToDictionary();
        var sent = File.ReadLines(CapturedTables.FileOf(topic)).Select(CapturedExceptions.OpOf).CountBy(op => op).ToDictionary();
        if (duplicates > 0 || CapturedExceptions.Of(topic).Orphans > 0 || sent.ContainsKey("t")) return;
        foreach (var op in (string[])["c", "u", "d", "r"]) Assert.Equal(sent.GetValueOrDefault(op), written.GetValueOrDefault(op));
    }

    [CapturedTheory]
    [InlineData("postgres/pgcrash/pgcrash.shop.ticks", 23)]
    public async Task What_a_killed_connector_has_sent_again_is_known_again(string topic, long duplicates)
    {
        using var folder = new PipelineFolder(Pipeline(CapturedTables.FileOf(topic), "before: stored", "event_timestamp"));
        var status = await folder.RunAsync();
        // Of the 24 records one is a tombstone, which has no position.
        Assert.Equal(duplicates, status.Duplicates);
    }

    [CapturedTheory]
    [InlineData("postgres/pg/pg.shop.log_nokey", "{name: line, type: string}, {name: at, type: timestamptz}", "at")]
    [InlineData("mariadb/mysql/mysql.shop.customers", "{name: email, type: string}, {name: created_at, type: timestamp, unit: us}", "created_at")]
    [InlineData("mariadb/maria/maria.shop.customers", "{name: email, type: string}, {name: created_at, type: timestamp, unit: us}", "created_at")]
    public async Task Whole_images_need_no_store(string topic, string schema, string eventTime)
    {
        using var folder = new PipelineFolder(Pipeline(CapturedTables.FileOf(topic), $"before: full, schema: [{schema}], event_time: {eventTime}, watermark: {{max_future: 40000d}}", eventTime));
        var status = await folder.RunAsync();
        Assert.Equal(0, status.Degraded);
        Assert.Equal(CapturedTables.Final(topic).Count, folder.Read("rows", "1")["n_lifetime"].Int64);
    }

    [CapturedTheory]
    [InlineData("postgres/pg/pg.shop.orders", "REPLICA IDENTITY FULL")]
    [InlineData("mariadb/maria/maria.shop.staging", "truncated")]
    [InlineData("mariadb/maria/maria.shop.late_read", "incremental snapshot")]
    public async Task What_would_be_a_wrong_number_without_stored_images_stops_the_pipeline(string topic, string reason)
    {
        using var folder = new PipelineFolder($$"""
            metadata: {name: case, version: "1"}
            sources:
              changes: {type: files, path: {{CapturedTables.FileOf(topic)}}, format: debezium-json, before: full, on_error: dead_letter}
            sinks:
              out: {type: files, path: out, input: changes}
            """);
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => folder.RunAsync());
        Assert.Equal(ErrorKind.DataLoss, error.Kind);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.StartsWith($"changes/0 at {Path.GetFileName(topic)}.jsonl:", error.Message, StringComparison.Ordinal);
    }

    [CapturedTheory]
    [InlineData("postgres/pgagain/pgagain.shop.ticks_again", "was not in the snapshot that was read again")]
    [InlineData("postgres/pg/pg.shop.accounts_index", "the key 0, of which no image is known")]
    [InlineData("postgres/pgflat/pgflat.shop.documents", "was not sent and no earlier image has it")]
    public async Task What_cannot_be_known_is_said(string topic, string reason)
    {
        using var folder = new PipelineFolder(Pipeline(CapturedTables.FileOf(topic), "before: stored", "event_timestamp"));
        var status = await folder.RunAsync();
        Assert.Contains(folder.Late(), l => l.Contains(reason, StringComparison.Ordinal));
        Assert.Equal(status.Degraded, Assert.Single(status.Views).Degraded);
        Assert.Equal(folder.Late().Length, status.Late);
    }

    private static string Pipeline(string file, string before, string eventTime) => $$$"""
        metadata: {name: case, version: "1"}
        sources:
          changes: {type: files, path: {{{file}}}, format: debezium-json, {{{before}}}}
        transformations:
          - {name: counted, type: sql_transform, input: changes, sql: "SELECT 1 AS one, {{{eventTime}}} FROM {{ input }}"}
        features:
          - view: rows
            input: counted
            entity: [{name: one, type: bigint}]
            event_time: {{{eventTime}}}
            windows: [lifetime]
            aggregates: [{name: n, function: count}]
        sinks:
          out: {type: files, path: out, input: changes}
        """;
}

/// <summary>Where a captured topic does not say how its table has ended.</summary>
/// <param name="Orphans">What is said of it.</param>
/// <param name="EndsElsewhere">The topic cannot lead to the table's end.</param>
/// <param name="Columns">Columns whose values no event says, or that are written in another form.</param>
internal sealed record CapturedExceptions(int Orphans, bool EndsElsewhere, string[] Columns)
{
    /// <summary>Topics whose records do not say what they are; and a table without a key that holds equal rows, which is for whole images.</summary>
    public static bool IsElsewhere(string topic) => topic.Contains("pgflatdefault", StringComparison.Ordinal) || topic.EndsWith("log_nokey", StringComparison.Ordinal);

    public static CapturedExceptions Of(string topic)
    {
        var isFlat = topic.Contains("flat", StringComparison.Ordinal);
        return topic[(topic.LastIndexOf('.') + 1)..] switch
        {
            // Rows go by a key that is not the primary key: deletes under 0, a new key as a plain update.
            "accounts_index" => new(3, true, []),
            // Changes of rows that had not been read; the rows themselves come later, but not through the transform.
            "late_read" => new(4, isFlat, []),
            "ticks_again" => new(1, true, []),
            // The table's first row came under its former name.
            "renamed" => new(0, true, []),
            // The transform drops truncates.
            "staging" or "staging_a" or "staging_b" => new(0, isFlat, []),
            // A value that was not sent with a new key: without positions nothing says which row had the old one.
            "documents" when topic.Contains("pgflat", StringComparison.Ordinal) => new(1, false, ["raw", "body", "meta", "tags", "nums"]),
            "documents" or "documents_full" => new(0, false, ["raw"]),
            // Columns that were added with a default, or renamed, in rows that nobody has touched since.
            "evolving" => new(0, false, ["d", "price"]),
            // Computed by the database, and not written to its log.
            "order_lines" => new(0, false, ["total"]),
            "customers" => new(0, false, ["address"]),
            _ => new(0, false, []),
        };
    }

    public static string[] KeyOf(JsonElement row) =>
        row.TryGetProperty("line_no", out _) ? ["order_id", "line_no"] : row.TryGetProperty("order_id", out _) ? ["order_id"] : row.TryGetProperty("Id", out _) ? ["Id"] : ["id"];

    /// <summary>The op of a record; nothing for a tombstone.</summary>
    public static string OpOf(string record)
    {
        if (JsonNode.Parse(record)!["value"]?.GetValue<string>() is not { } text || JsonNode.Parse(text) is not { } value) return "";
        value = value["payload"] ?? value;
        return (value["op"] ?? value["__op"])!.GetValue<string>();
    }
}
