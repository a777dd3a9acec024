using System.Text;
using StreamForge.Core;

namespace StreamForge.Tests.Connectors.Files;

public sealed class FilesSourceTests : IDisposable
{
    private readonly FilesFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Files_of_a_glob_are_read_in_name_order_with_byte_positions()
    {
        _folder.Write("b.json", "{\"x\":3}\n");
        _folder.Write("a.json", "\uFEFF{\"x\":1}\r\n\n{\"x\":2}");
        _folder.Write("B.json", "{\"x\":0}\n");
        _folder.Write("c.txt", "no");
        _folder.Write("d.json", "");
        Assert.Equal(["B.json:0 0", "a.json:3 1", "a.json:13 2", "b.json:0 3"], await _folder.ReadAsync("*.json"));
    }

    [Fact]
    public async Task Segments_of_nested_globs_are_relative_to_the_root()
    {
        _folder.Write("in/2024/a.json", "{\"x\":1}\n");
        _folder.Write("in/2025/b.json", "{\"x\":2}\n");
        _folder.Write("in/c.json", "{\"x\":3}\n");
        Assert.Equal(["2024/a.json:0 1", "2025/b.json:0 2"], await _folder.ReadAsync("in/20*/*.json"));
        Assert.Equal(["2024/a.json:0 1", "2025/b.json:0 2", "c.json:0 3"], await _folder.ReadAsync("in/**/*.json"));
        Assert.Equal(["c.json:0 3"], await _folder.ReadAsync("in/c.json"));
    }

    [Fact]
    public async Task Csv_files_may_differ_in_the_order_of_their_columns()
    {
        _folder.Write("1.csv", "\uFEFFx,y\r\n1,\"a\n,b\"\r\n\r\n2,\r\n");
        _folder.Write("2.csv", "z,y,x\n0,c,3");
        _folder.Write("3.csv", "y,x\n");
        _folder.Write("4.csv", "");
        Assert.Equal(["1.csv:8 1|a\n,b", "1.csv:20 2|null", "2.csv:6 3|c"], await _folder.ReadAsync("*.csv", "x bigint, y string", "csv"));
    }

    [Fact]
    public async Task A_csv_file_that_lacks_a_column_stops_the_source()
    {
        _folder.Write("1.csv", "x,y\n1,2\n");
        _folder.Write("2.csv", "x\n1\n");
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => _folder.ReadAsync("*.csv", "x bigint, y string", "csv"));
        Assert.Equal((ErrorKind.Corrupt, $"{_folder["2.csv"]}: the CSV header cannot be read: the header has no column 'y'; it has x"), (error.Kind, error.Message));
    }

    [Fact]
    public async Task Every_cursor_is_a_place_to_go_on_from()
    {
        var text = string.Concat(Enumerable.Range(0, 100).Select(i => i % 7 == 3 ? "oops\n" : i % 5 == 0 ? $"\n{{\"x\":{i}}}\r\n" : $"{{\"x\":{i}}}\n"));
        _folder.Write("a.json", text);
        _folder.Write("b.json.gz", FilesFolder.Gzip(text));
        _folder.Write("c.json.gz", FilesFolder.Gzip(text)[..^20]);
        var csv = "y,x\n" + string.Concat(Enumerable.Range(0, 50).Select(i => $"\"q\n\"\"{i}\",{i}\n"));
        _folder.Write("d.csv", csv);
        _folder.Write("e.csv.gz", FilesFolder.Gzip(csv));
        foreach (var (glob, columns, format) in new[] { ("*.json*", "x bigint", "json"), ("*.csv*", "x bigint, y string", "csv") })
        {
            await using var whole = await _folder.StartAsync(glob, columns, format, maxRows: 9);
            var seenAt = new List<int>();
            while (await whole.Reader.ReadAsync(default) is { State: ReadState.Batch, Batch: { } batch })
            {
                using (batch) whole.Take(batch);
                seenAt.Add(whole.Seen.Count);
            }
            for (var i = 0; i < whole.Cursors.Count; i++)
                Assert.Equal(whole.Seen.Skip(seenAt[i]).Order(), (await _folder.ReadAsync(glob, columns, format, whole.Cursors[i], maxRows: 13)).Order());
        }
    }

    [Fact]
    public async Task A_batch_never_spans_two_files_and_has_at_most_the_rows_asked_for()
    {
        _folder.Write("a.json", string.Concat(Enumerable.Repeat("{\"x\":1}\n", 25)));
        _folder.Write("b.json", string.Concat(Enumerable.Repeat("{\"x\":2}\n", 5)));
        await using var run = await _folder.StartAsync("*.json", maxRows: 10);
        await run.ReadAsync();
        Assert.Equal([10, 10, 5, 5], run.BatchSizes);
        Assert.Equal(1.0, run.Reader.Progress);
    }

    [Fact]
    public async Task Raw_bytes_of_a_row_outlive_further_reads_until_the_batch_is_disposed()
    {
        _folder.Write("a.json", string.Concat(Enumerable.Range(0, 300_000).Select(i => $"{{\"x\":{i}}}\n")));
        await using var run = await _folder.StartAsync("a.json", maxRows: 10_000);
        var batches = new List<SourceBatch>();
        while (await run.Reader.ReadAsync(default) is { State: ReadState.Batch, Batch: { } batch }) batches.Add(batch);
        var expected = 0;
        foreach (var batch in batches)
        {
            for (var row = 0; row < batch.Batch.Count; row++, expected++)
                Assert.Equal($"{{\"x\":{expected}}}", Encoding.UTF8.GetString(batch.Raw[row]));
            batch.Dispose();
        }
        Assert.Equal(300_000, expected);
    }

    [Theory]
    [InlineData("no.json", "x bigint", "json", ErrorKind.NotFound, "does not exist")]
    [InlineData("gone/*.json", "x bigint", "json", ErrorKind.NotFound, "does not exist")]
    [InlineData("*.json", "", "json", ErrorKind.NotFound, "no file matches")]
    [InlineData("", "x bigint", "json", ErrorKind.InvalidArgument, "is a folder")]
    [InlineData("*.parquet", "x bigint", "parquet", ErrorKind.NotSupported, "not supported yet")]
    public async Task What_cannot_be_opened_is_said_in_one_sentence(string glob, string columns, string format, ErrorKind kind, string part)
    {
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => _folder.OpenAsync(glob, columns, format));
        Assert.Equal(kind, error.Kind);
        Assert.Contains(part, error.Message);
    }

    [Fact]
    public async Task A_bounded_read_of_a_glob_without_files_is_an_error()
    {
        var source = await _folder.OpenAsync("*.json");
        var error = Assert.Throws<StreamForgeException>(() => source.Open(source.Partitions[0], PartitionCursor.Start, new ReadRequest(source.Schema, 10, Bounded: true)));
        Assert.Equal(ErrorKind.NotFound, error.Kind);
    }

    [Fact]
    public async Task Schema_auto_reads_the_files_themselves()
    {
        _folder.Write("1.csv.gz", FilesFolder.Gzip("n,t\n1,2010-12-01 08:26:00\n"));
        _folder.Write("2.csv", "t,n,extra\n2010-12-01,1.5,x\n");
        Assert.Equal("n double, t timestamp, extra string", (await _folder.OpenAsync("*.csv*", "", "csv", "t")).Schema.ToString());
        _folder.Write("1.json", "{\"a\":1}\n{\"b\":tru\n{\"b\":true}");
        Assert.Equal("a bigint, b boolean", (await _folder.OpenAsync("*.json", "")).Schema.ToString());
        _folder.Write("1.json", "");
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => _folder.OpenAsync("*.json", ""));
        Assert.Contains("declare 'schema'", error.Message);
    }

    [Fact]
    public async Task Online_retail_adds_up()
    {
        var path = Path.Combine(Repository(), "examples/retail/online_retail.csv.gz");
        await using var run = await _folder.StartAsync(path, "Quantity bigint, UnitPrice decimal(10,3), CustomerID bigint, InvoiceDate timestamp", "csv", maxRows: 10_000);
        Int128 sum = 0;
        int lines = 0, customers = 0;
        var newest = long.MinValue;
        while (await run.Reader.ReadAsync(default) is { State: ReadState.Batch, Batch: { } batch })
        {
            using (batch)
            {
                var quantities = (Int64Column)batch.Batch["Quantity"];
                var prices = (DecimalColumn)batch.Batch["UnitPrice"];
                for (var row = 0; row < batch.Batch.Count; row++) sum += quantities[row] * prices[row];
                lines += batch.Batch.Count;
                customers += batch.Batch["CustomerID"].Valid.Count((byte)1);
                newest = Math.Max(newest, ((Int64Column)batch.Batch["InvoiceDate"]).Values[^1]);
                Assert.Empty(batch.DeadLetters);
            }
        }
        Assert.Equal((541_909, 406_829, "9747747.934"), (lines, customers, Decimal128.Format(sum, 3)));
        Assert.Equal("2011-12-09T12:50:00Z", EventTime.Format(newest));
    }

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "StreamForge.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
