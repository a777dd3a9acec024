using System.Collections.Immutable;
using System.Text.Json.Nodes;
using StreamForge.Core;
using StreamForge.Iceberg.Catalogs;
using StreamForge.Iceberg.Spec;
using StreamForge.Iceberg.Transactions;
using StreamForge.ObjectStores.Local;
using StreamForge.Testing.Services;
using StreamForge.Tests.Engine;
using StreamForge.Tests.Examples;

namespace StreamForge.Tests.Connectors.Tables;

/// <summary>One pipeline writes a table, <c>bronze.lines</c>, and another one reads it: each row once, however the second is stopped while the first goes on.</summary>
public sealed class TableSourceTests : IDisposable
{
    private const string Writer = """
        metadata: {name: bronze}
        sources:
          lines: {type: files, path: in/*.jsonl, format: json, schema: [{name: n, type: int}, {name: key, type: string}, {name: amount, type: "decimal(10,2)"}, {name: at, type: timestamp}], event_time: at}
        sinks:
          bronze: {type: iceberg, input: lines, table: bronze.lines, partition_by: [key]}
        """;

    private readonly PipelineFolder _bronze = new(Writer, "bronze");
    private readonly PipelineFolder _silver = new(name: "silver");
    private int _written;

    public TableSourceTests() => _silver.Pipeline = Reader($"path: {TablePath}");

    private string TablePath => Path.Combine(_bronze.Data.Warehouse, "bronze", "lines");

    public void Dispose()
    {
        _bronze.Dispose();
        _silver.Dispose();
    }

    [Fact]
    public async Task Silver_is_made_of_bronze_in_one_warehouse_and_takes_each_append_once()
    {
        _silver.Data = _bronze.Data;
        _silver.Pipeline = Reader("table: bronze.lines");
        await AppendAsync(100);
        var first = await _silver.RunAsync();
        Assert.Equal((100, 100), (first.Events, first.Rows));
        Assert.Equal(0, (await _silver.RunAsync()).Sinks[0].Rows);

        await AppendAsync(20);
        await AppendAsync(3);
        Assert.Equal(23, (await _silver.RunAsync()).Sinks[0].Rows);
        AssertEachOnce();
        var silver = await LakeTable.ReadAsync(_silver.Data, "silver.lines", "n", "doubled", "_source_position", "_event_time");
        Assert.Equal(123, silver.Rows.Count);
        Assert.Equal(2 * 123 * 122 / 2, silver.Sum("doubled"));
        Assert.Equal(123, silver.Rows.Select(r => r[2]).Distinct().Count());
        Assert.Equal("2024-01-01T00:00:00Z", silver.Rows.Single(r => r[0] == "0")[3]);
        Assert.All(silver.Rows, r => Assert.Matches(@"^bronze/0@data/key=k\d/.*\.parquet:\d+$", r[2]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Each_row_comes_once_across_restarts_while_a_writer_appends(int seed)
    {
        var random = new Random(seed);
        await AppendAsync(200);
        for (var round = 0; round < 6; round++)
        {
            var append = AppendAsync(random.Next(1, 120));
            await using var running = await _silver.OpenAsync(bounded: false);
            using var stop = new CancellationTokenSource();
            var run = running.Engine.RunAsync(stop.Token);
            var wanted = Math.Min(running.Engine.Status().Events + random.Next(1, 150), 200);
            await Soon.ComesAsync(() => running.Engine.Status().Events >= wanted, run);
            await stop.CancelAsync();
            await run;
            await append;
        }
        await _silver.RunAsync();
        AssertEachOnce();
    }

    [Fact]
    public async Task Each_row_comes_once_when_the_reading_program_is_killed_again_and_again()
    {
        await AppendAsync(3000);
        _silver.Write("pipeline.yaml", _silver.Pipeline);
        for (var round = 0; round < 4; round++)
        {
            var committed = _silver.SinkRows().Length;
            await AppendAsync(500);
            using var program = CliProcess.Start(_silver.Path, new Dictionary<string, string>(), "run", "pipeline.yaml", "--port", "0", "--data-dir", "data");
            await program.ReadErrorsToAsync("listening");
            var end = program.EndAsync();
            await Soon.ComesAsync(() => _silver.SinkRows().Length > committed, end);
            await program.KillAsync();
            Assert.Equal(137, (await end).Code);
        }
        await _silver.RunAsync();
        AssertEachOnce();
    }

    [Fact]
    public async Task Rows_that_are_appended_later_are_followed_and_rewritten_files_passed_over()
    {
        await AppendAsync(10);
        await using var running = await _silver.OpenAsync(bounded: false);
        using var stop = new CancellationTokenSource();
        var run = running.Engine.RunAsync(stop.Token);
        await Soon.ComesAsync(() => running.Engine.Status().Events == 10, run);
        await CommitAsync("replace");
        await AppendAsync(5);
        await Soon.ComesAsync(() => running.Engine.Status().Events == 15, run);
        await stop.CancelAsync();
        await run;
        AssertEachOnce();
    }

    [Theory]
    [InlineData("overwrite")]
    [InlineData("delete")]
    public async Task Snapshot_that_is_no_append_stops_the_pipeline_with_a_clear_sentence(string operation)
    {
        await AppendAsync(10);
        await _silver.RunAsync();
        await CommitAsync(operation);
        await AppendAsync(5);
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => _silver.RunAsync());
        Assert.Equal(ErrorKind.DataLoss, error.Kind);
        Assert.Matches($@"source bronze: snapshot \d+ of the table .*/bronze/lines, made 20.*Z, is no append \(operation {operation}\): .*start with an empty data directory$", error.Message);

        // What a first read finds is the table as it is, whatever came before.
        _silver.Data = new(_silver["other"]);
        Assert.Equal(15, (await _silver.RunAsync()).Events);
    }

    [Fact]
    public async Task Snapshot_that_went_before_all_that_follows_was_read_is_missed_aloud()
    {
        await AppendAsync(10);
        await _silver.RunAsync();
        await AppendAsync(5);
        var table = await TableAsync();
        var last = table.Metadata.CurrentSnapshot!;
        await AddAsync(table, new Snapshot(NewId, null, table.Metadata.LastSequenceNumber + 1, last.TimestampMs + 1, last.Summary, last.ManifestList!, 0));
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => _silver.RunAsync());
        Assert.Contains("is no longer in its history: it was rolled back, or the table was replaced", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metadata_file_is_the_table_as_it_was()
    {
        await AppendAsync(10);
        await AppendAsync(5);
        _silver.Pipeline = Reader($"path: {TablePath}/metadata/v2.metadata.json");
        Assert.Equal(10, (await _silver.RunAsync()).Events);
    }

    [Fact]
    public async Task Empty_table_is_read_from_its_first_snapshot_on()
    {
        var catalog = Catalog();
        await catalog.CreateAsync(TableName.Parse("bronze.lines"), new TableCreation((await SchemaOfAsync()), PartitionSpec.Unpartitioned, ImmutableSortedDictionary<string, string>.Empty), default);
        Assert.Equal(0, (await _silver.RunAsync()).Events);
    }

    [Fact]
    public async Task Only_the_columns_that_are_used_are_read_and_the_tables_own_bookkeeping_stays_behind()
    {
        await AppendAsync(1);
        await using var loaded = await _silver.LoadAsync();
        var source = loaded.Plan.Source("bronze");
        Assert.Equal(["n", "key", "amount", "at"], source.Schema.Fields.Select(f => f.Name));
        Assert.Equal(["amount", "at", "key", "n"], source.Columns.Fields.Select(f => f.Name).Order());
        _silver.Pipeline = Reader($"path: {TablePath}").Replace("event_time: at", "event_time: _event_time", StringComparison.Ordinal);
        await using var other = await _silver.LoadAsync();
        Assert.Equal(["n", "key", "amount", "at", "_event_time"], other.Plan.Source("bronze").Schema.Fields.Select(f => f.Name));
    }

    [Theory]
    [InlineData("table: bronze.nothing", "5:3: the table bronze.nothing does not exist in the warehouse ")]
    [InlineData("table: bronze", "needs a namespace before its name, such as retail.bronze")]
    [InlineData("table: bronze.lines, path: x", "names both a table and a path")]
    [InlineData("format: parquet, table: bronze.lines", "'format' belongs to a source of type files")]
    [InlineData("path: nowhere", "there is no Iceberg table at ")]
    [InlineData("{}", "needs 'table', such as table: retail.order_lines")]
    [InlineData("path: TABLE, schema: [{name: amout, type: double}, {name: at, type: timestamp}]", "has no column 'amout'; did you mean 'amount'?")]
    [InlineData("path: TABLE, schema: [{name: amount, type: int}, {name: at, type: timestamp}]", "the column 'amount' of the table TABLE is decimal(10,2), and not every such value is a int")]
    public async Task Fault_is_named_with_its_place(string fields, string sentence)
    {
        await AppendAsync(1);
        _silver.Pipeline = Reader(fields.Replace("TABLE", TablePath, StringComparison.Ordinal).Replace("{}", "on_error: fail", StringComparison.Ordinal));
        var error = await Assert.ThrowsAsync<InvalidDefinitionException>(() => _silver.LoadAsync());
        Assert.Contains(error.Faults, f => f.ToString().Contains(sentence.Replace("TABLE", TablePath, StringComparison.Ordinal), StringComparison.Ordinal));
    }

    private static long NewId => Random.Shared.NextInt64(1, long.MaxValue);

    private static string Reader(string source) => $$"""
        metadata: {name: silver}
        # reads what another pipeline wrote
        sources:

          bronze: {type: iceberg, {{source}}, event_time: at}
        transformations:
          - {name: lines, type: sql_transform, input: bronze, sql: "SELECT n, key, amount * 2 AS doubled, at FROM {% raw %}"}
        features:
          - {view: keys, input: lines, entity: [key], windows: [lifetime], aggregates: [{name: rows, function: count}, {name: total, function: sum, of: doubled}]}
        sinks:
          rows: {type: files, input: lines, path: out}
          silver: {type: iceberg, input: lines, table: silver.lines}
        orchestration: {max_records: 7, checkpoint_interval: 50ms}
        """.Replace("{% raw %}", "{{ input }}", StringComparison.Ordinal);

    /// <summary>Writes a further file of rows, n counting on, and lets the writer append them as one snapshot.</summary>
    private async Task AppendAsync(int rows)
    {
        var lines = Enumerable.Range(_written, rows).Select(n => $$"""{"n": {{n}}, "key": "k{{n % 3}}", "amount": {{n}}.00, "at": "2024-01-01T00:{{n / 60 % 60:00}}:{{n % 60:00}}Z"}""");
        _bronze.Write($"in/{_written:00000}.jsonl", string.Join('\n', lines) + "\n");
        _written += rows;
        Assert.Equal(rows, (await _bronze.RunAsync()).Sinks[0].Rows);
    }

    /// <summary>Every row that was written came through to the sink and into the view, and none twice.</summary>
    private void AssertEachOnce()
    {
        Assert.Equal(Enumerable.Range(0, _written), _silver.SinkRows().Select(r => (int)JsonNode.Parse(r)!["n"]!).Order());
        for (var k = 0; k < 3; k++)
        {
            var mine = Enumerable.Range(0, _written).Where(n => n % 3 == k).ToArray();
            var features = _silver.Read("keys", $"k{k}");
            Assert.Equal((mine.Length, $"{2 * mine.Sum()}.00"), ((int)features["rows_lifetime"].Int64, features["total_lifetime"].ToString()));
        }
    }

    private WarehouseCatalog Catalog() => new(new LocalObjectStore(), LocalPath.ToLocation(_bronze.Data.Warehouse), TimeProvider.System);

    private async Task<TableSchema> SchemaOfAsync()
    {
        using var other = new TableSourceTests();
        await other.AppendAsync(1);
        return (await other.TableAsync()).Metadata.CurrentSchema;
    }

    private async Task<Table> TableAsync()
    {
        var catalog = Catalog();
        return new Table(catalog, new LocalObjectStore(), TimeProvider.System, await catalog.LoadAsync(TableName.Parse("bronze.lines"), default));
    }

    /// <summary>A snapshot of the same files under another operation.</summary>
    private async Task CommitAsync(string operation)
    {
        var table = await TableAsync();
        var last = table.Metadata.CurrentSnapshot!;
        var summary = ImmutableSortedDictionary<string, string>.Empty.Add("operation", operation);
        await AddAsync(table, new Snapshot(NewId, last.SnapshotId, table.Metadata.LastSequenceNumber + 1, last.TimestampMs + 1, summary, last.ManifestList!, 0));
    }

    private static async Task AddAsync(Table table, Snapshot snapshot) =>
        await table.CommitAsync(metadata => metadata.CurrentSnapshotId == snapshot.SnapshotId, _ => new ValueTask<TableChange>(new TableChange([], [new AddSnapshot(snapshot)])), default);
}
