using System.Globalization;
using System.Text;
using StreamForge.Core;
using StreamForge.Tests.Engine;

namespace StreamForge.Tests.Lake;

/// <summary>A pipeline into a table: every row once, whatever happens between two steps of a commit.</summary>
public sealed class IcebergSinkTests : IDisposable
{
    private const string Columns = "[{name: t, type: timestamptz}, {name: id, type: int}, {name: kind, type: string}]";

    private readonly PipelineFolder _folder = new(Pipeline());

    public void Dispose() => _folder.Dispose();

    private static string Pipeline(string more = "", string columns = Columns) => $$"""
        metadata: {name: case}
        sources:
          events: {type: files, path: events.json, format: json, schema: {{columns}}, event_time: t}
        sinks:
          lake: {type: iceberg, input: events, table: a.rows{{more}}}
        orchestration: {max_records: 100}
        """;

    private void Append(int first, int count, string more = "")
    {
        var text = new StringBuilder();
        for (var id = first; id < first + count; id++)
            text.Append(CultureInfo.InvariantCulture, $"{{\"t\": \"2024-01-0{1 + id % 3}T00:00:00Z\", \"id\": {id}, \"kind\": {(id % 5 == 0 ? "null" : $"\"k {id % 5}/ö\"")}{more}}}\n");
        _folder.Append("events.json", text.ToString());
    }

    private static string[] Ids(int count) => [.. Enumerable.Range(0, count).Select(i => i.ToString(CultureInfo.InvariantCulture)).Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData("")]
    [InlineData(", partition_by: [date]")]
    [InlineData(", partition_by: [kind, \"bucket(3, id)\"]")]
    [InlineData(", file_format: avro, partition_by: [day(t)]")]
    public async Task Every_row_is_in_the_table_once_with_where_it_came_from(string options)
    {
        _folder.Pipeline = Pipeline(options);
        Append(0, 1000);
        var status = await _folder.RunAsync();
        Assert.Equal(Ids(1000), await _folder.RowsAsync("a.rows", "id"));
        Assert.Equal(1000, (await _folder.RowsAsync("a.rows", "_source_position")).Distinct().Count());
        Assert.Contains("0|null|c|events/0@events.json:0|2024-01-01T00:00:00Z", await _folder.RowsAsync("a.rows", "id", "kind", "_op", "_source_position", "_event_time"));
        var table = status.Sinks[0].Table!;
        Assert.Equal((1000, 1, _folder.DataFiles("a.rows").Length), (table.Rows, table.Snapshots, table.Files));
        var snapshot = Assert.Single((await _folder.TableAsync("a.rows")).Metadata.Snapshots);
        Assert.Equal(("case", "lake", "1"), (snapshot.Summary["streamforge.pipeline"], snapshot.Summary["streamforge.sink"], snapshot.Summary["streamforge.checkpoint"]));
        Assert.Equal($"{{\"events/0\":\"events.json:{_folder.Bytes("events.json").Length}\"}}", snapshot.Summary["streamforge.positions"]);
    }

    [Fact]
    public async Task A_pipeline_without_events_leaves_an_empty_table_that_can_be_read()
    {
        _folder.Write("events.json", "");
        await _folder.RunAsync();
        Assert.Empty(await _folder.RowsAsync("a.rows", "id", "_op"));
    }

    [Fact]
    public async Task Death_before_the_checkpoint_leaves_files_that_the_next_start_removes()
    {
        Append(0, 500);
        await DieAsync("data/checkpoints/case/checkpoint-000000000001.json/x");
        Assert.NotEmpty(_folder.DataFiles("a.rows"));
        Assert.Empty(await _folder.RowsAsync("a.rows", "id"));
        await _folder.RunAsync();
        Assert.Equal(Ids(500), await _folder.RowsAsync("a.rows", "id"));
        Assert.Single(_folder.DataFiles("a.rows"));
    }

    [Fact]
    public async Task Death_between_the_checkpoint_and_the_snapshot_is_repaired_by_repeating_the_commit()
    {
        Append(0, 500);
        var error = await DieAsync("data/warehouse/a/rows/metadata/v2.metadata.json/x");
        Assert.StartsWith("sink lake, table a.rows: ", error.Message, StringComparison.Ordinal);
        Assert.Empty(await _folder.RowsAsync("a.rows", "id"));
        Append(500, 100);
        await _folder.RunAsync();
        Assert.Equal(Ids(600), await _folder.RowsAsync("a.rows", "id"));
        Assert.Equal(2, (await _folder.TableAsync("a.rows")).Metadata.Snapshots.Length);
    }

    [Fact]
    public async Task A_commit_that_was_made_before_its_process_died_is_not_made_again()
    {
        Append(0, 500);
        await _folder.RunAsync();
        // The start that follows finds the checkpoint's commit pending, as after a death right after the snapshot.
        await _folder.RunAsync();
        Assert.Single((await _folder.TableAsync("a.rows")).Metadata.Snapshots);
        Assert.Equal(Ids(500), await _folder.RowsAsync("a.rows", "id"));
    }

    [Fact]
    public async Task The_end_of_a_run_commits_whatever_the_interval()
    {
        _folder.Pipeline = Pipeline(", commit_interval: 1h");
        Append(0, 100);
        await _folder.RunAsync();
        Assert.Equal(Ids(100), await _folder.RowsAsync("a.rows", "id"));
    }

    [Fact]
    public async Task A_new_column_is_added_and_a_missing_one_is_null_and_an_int_becomes_a_bigint()
    {
        Append(0, 10);
        await _folder.RunAsync();
        _folder.Data = new(_folder["data2"]);
        _folder.Write("events.json", """{"t": "2024-01-01T00:00:00Z", "id": 5000000000, "extra": 1.5}""" + "\n");
        _folder.Pipeline = Pipeline(columns: "[{name: t, type: timestamptz}, {name: id, type: bigint}, {name: extra, type: double}]")
            .Replace("metadata: {name: case}", "metadata: {name: case}\nstorage: {warehouse: data/warehouse}", StringComparison.Ordinal);
        await _folder.RunAsync();
        var rows = await _folder.RowsAsync("a.rows", "id", "kind", "extra");
        Assert.Equal(11, rows.Length);
        Assert.Contains("5000000000|null|1.5", rows);
        Assert.Contains("1|k 1/ö|null", rows);
    }

    [Theory]
    [InlineData("", "{name: id, type: string}", "id")]
    [InlineData(", partition_by: [day(t)]", "{name: id, type: int}", "it is partitioned by nothing, and the sink's partition_by is day(t)")]
    public async Task What_does_not_fit_the_table_is_refused_with_the_difference(string options, string id, string difference)
    {
        Append(0, 10);
        await _folder.RunAsync();
        Directory.Delete(_folder.Data.Checkpoints("case"), recursive: true);
        _folder.Pipeline = Pipeline(options, $"[{{name: t, type: timestamptz}}, {id}, {{name: kind, type: string}}]");
        Directory.Delete(_folder.Data.Catalog, recursive: true);
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => _folder.RunAsync());
        Assert.Equal((ErrorKind.Conflict, false), (error.Kind, error.Retryable));
        Assert.StartsWith("sink lake, table a.rows: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(difference, error.Message, StringComparison.Ordinal);
    }

    private async Task<StreamForgeException> DieAsync(string obstacle)
    {
        Directory.CreateDirectory(_folder[obstacle]);
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => _folder.RunAsync());
        Directory.Delete(_folder[obstacle[..^2]], recursive: true);
        return error;
    }
}
